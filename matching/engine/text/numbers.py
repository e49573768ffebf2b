"""Numbers with their units, written one way: 300 ミリメートル, 300밀리미터 and 12인치 are 300mm.

Units stand behind their number without a space, so that both are one word; 85 % is 85pct, and a
purity of so many nines is 5n. Thousands separators go. Grades such as sus304 stay as they are.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from typing import Final

# Korean, Japanese, sign; a prefix goes with every unit.
_PREFIXES: Final = (
    ("", "", ""),
    ("나노", "ナノ", "n"),
    ("마이크로", "マイクロ", "u"),
    ("밀리", "ミリ", "m"),
    ("센티", "センチ", "c"),
    ("데시", "デシ", "d"),
    ("킬로", "キロ", "k"),
    ("메가", "メガ", "m"),
    ("기가", "ギガ", "g"),
)
_UNITS: Final = (
    ("미터", "メートル", "m"),
    ("그램", "グラム", "g"),
    ("리터", "リットル", "l"),
    ("와트시", "ワット時", "wh"),
    ("와트", "ワット", "w"),
    ("볼트암페어", "ボルトアンペア", "va"),
    ("볼트", "ボルト", "v"),
    ("암페어시", "アンペア時", "ah"),
    ("암페어", "アンペア", "a"),
    ("헤르츠", "ヘルツ", "hz"),
    ("파스칼", "パスカル", "pa"),
    ("텍스", "テックス", "tex"),
    ("비트", "ビット", "bit"),
    ("바이트", "バイト", "b"),
)
_POWERS: Final = (
    ("제곱", "平方", "2"),
    ("평방", "平方", "2"),
    ("세제곱", "立方", "3"),
    ("입방", "立方", "3"),
)
_OTHERS: Final = {
    "%": "pct",
    "퍼센트": "pct",
    "パーセント": "pct",
    "톤": "t",
    "トン": "t",
    "t": "t",
    "마이크론": "um",
    "ミクロン": "um",
    "μm": "um",
    "데니어": "den",
    "デニール": "den",
    "cc": "cm3",
    "마력": "hp",
    "馬力": "hp",
    "hp": "hp",
    "인치": "in",
    "インチ": "in",
    "inches": "in",
    "inch": "in",
    "″": "in",
    '"': "in",
    "°c": "degc",
}
_WAFERS: Final = {"4in": "100mm", "6in": "150mm", "8in": "200mm", "12in": "300mm"}
_NINES: Final = re.compile(r"99(?:\.(9+))?\d?pct")


def _signs() -> dict[str, str]:
    """Every way to write a unit -> its sign."""
    signs = dict(_OTHERS)
    for prefix, unit in product(_PREFIXES, _UNITS):
        sign = prefix[2] + unit[2]
        signs |= dict.fromkeys((prefix[0] + unit[0], prefix[1] + unit[1]), sign)
        if sign != "b":
            signs[sign] = sign
    for power, prefix in product(_POWERS, _PREFIXES):
        sign = f"{prefix[2]}m{power[2]}"
        words = (power[0] + prefix[0] + "미터", power[1] + prefix[1] + "メートル", sign)
        signs |= dict.fromkeys(words, sign)
    return signs


_SIGNS: Final = _signs()
_ANY_SIGN: Final = "|".join(
    re.escape(word) + ("(?![a-z0-9])" if word.isascii() and word.isalnum() else "")
    for word in sorted(_SIGNS, key=len, reverse=True)
)
# The first digit is read before what stands before it is looked at: searching is faster so.
_NUMBER: Final = re.compile(
    rf"[0-9](?<![0-9a-z.][0-9])(?:(?<=1)00분의 ?([0-9.]+)|[0-9,]*(?:\.[0-9]+)?(?: ?({_ANY_SIGN}))?)"
)
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def unify_numbers(string: str) -> str:
    """The text (NFKC, folded case, single spaces) with its numbers written one way."""
    return _NUMBER.sub(lambda found: _written(found[0], found[1], found[2]), string)


@lru_cache(maxsize=50_000)
def _written(whole: str, hundredths: str | None, unit: str | None) -> str:
    if hundredths:
        return f"{hundredths}pct"
    number = _THOUSANDS.sub("", whole)
    if unit is None:
        return number
    word = number.removesuffix(unit).rstrip() + _SIGNS[unit]
    if nines := _NINES.fullmatch(word):
        return f"{2 + len(nines[1] or '')}n"
    return _WAFERS.get(word, word)
