"""How firmly a text says what it says: titles more than bodies, ends of paths more than their
beginnings, and what is excepted hardly at all.

A path is 'machines > pumps > gear pumps', as catalogues and tariffs write it: its last part is
what the thing is. An exception is what 제외, 除く, 以外 and "other than" take out: a seller of
'rubber hoses (except hard rubber)' does not sell hard rubber.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.compiling import kernel, part
from matching.engine.text.scripts import FIELD_END, TEXT_END, Characters
from matching.engine.text.trie import ALWAYS, Trie
from matching.engine.types import Bools, Ints

TITLE, BODY, EXCEPTED = 14, 10, 5
_IN_PATH: Final = 0.7  # of a part of a path that is not the last

_EXCEPT_BEFORE: Final = ("제외", "除く", "除き", "除いた", "除外", "以外", "이외")
_EXCEPT_BEHIND: Final = ("except", "excluding", "other than")
_REACH: Final = 120  # characters an exception in brackets may be long
_BARE_REACH: Final = 24  # and one outside

_ARROW: Final = ord(">")
_OPENING, _CLOSING, _COMMA, _CLAUSE, _END = range(1, 6)
_ROLES: Final = {
    _OPENING: "([",
    _CLOSING: ")]",
    _COMMA: ",、",
    _CLAUSE: "며고しで",  # before a comma: 하며, 하고, ものとし、で、
    _END: ">;。\n" + chr(FIELD_END) + chr(TEXT_END),
}


@cache
def _exceptions() -> Trie:
    return Trie([*_EXCEPT_BEFORE, *_EXCEPT_BEHIND])


@cache
def _role_table() -> NDArray[np.uint8]:
    table = np.zeros(0x10000, np.uint8)
    for role, marks in _ROLES.items():
        table[[ord(mark) for mark in marks]] = role
    return table


def levels_said(characters: Characters) -> NDArray[np.uint8]:
    """The level (1 to 14) of what stands at each character."""
    code = characters.code
    found = _exceptions().find(code, np.full(len(code), ALWAYS, np.uint8))
    is_behind = found.label >= len(_EXCEPT_BEFORE)
    return _levels(
        code, characters.in_title, _role_table()[code], found.start, found.stop, is_behind
    )


@kernel
def _levels(
    code: NDArray[np.uint16],
    in_title: Bools,
    role: NDArray[np.uint8],
    start: Ints,
    stop: Ints,
    is_behind: Bools,
) -> NDArray[np.uint8]:
    level = np.empty(len(code), np.uint8)
    field = 0
    for place in range(len(code)):
        said = TITLE if in_title[place] else BODY
        level[place] = said
        if code[place] == _ARROW:
            level[field:place] = np.uint8(round(said * _IN_PATH))
        if code[place] == FIELD_END or code[place] == TEXT_END:
            field = place + 1
    for i in range(len(start)):
        first, last = stop[i], start[i]
        if is_behind[i]:
            last = _end_of_exception(role, first)
        else:
            first = _begin_of_exception(role, last)
        for place in range(first, last):
            level[place] = EXCEPTED
    return level


@part
def _begin_of_exception(role: NDArray[np.uint8], stop: Any) -> Any:
    """Back to the bracket that opened or the last clause in it; outside brackets to a comma."""
    depth, comma, place = 0, -1, stop
    for place in range(stop - 1, max(stop - _REACH, 0) - 1, -1):
        if role[place] == _CLOSING:
            depth += 1
        elif role[place] == _OPENING:
            depth -= 1
            if depth < 0:
                return place + 1
        elif depth == 0 and role[place] == _END:
            break
        elif depth == 0 and role[place] == _COMMA:
            if place and role[place - 1] == _CLAUSE:
                return place + 1
            comma = max(comma, place)
    return max(comma + 1, place, stop - _BARE_REACH)


@part
def _end_of_exception(role: NDArray[np.uint8], start: Any) -> Any:
    for place in range(start, min(start + _REACH, len(role))):
        if role[place] == _CLOSING or role[place] == _COMMA or role[place] == _END:
            return place
    return min(start + _REACH, len(role))
