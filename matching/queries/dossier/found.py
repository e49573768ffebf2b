"""A conflict as the page shows it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Conflict:
    """`is_blocking`: approved all the same, the match would be withdrawn instead of mailed.

    `match`: the other match that the sentence is about, if there is one.
    """

    code: str
    sentence: str
    is_blocking: bool
    match: Any = None


def blocks(code: str, sentence: str) -> Conflict:
    return Conflict(code, sentence, is_blocking=True)


def warns(code: str, sentence: str, match: Any = None) -> Conflict:
    return Conflict(code, sentence, is_blocking=False, match=match)
