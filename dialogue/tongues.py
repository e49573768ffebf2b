"""Which of the three languages a text is written in, by its letters."""

import unicodedata
from typing import Final

from common.localisation import Language

# Kana are never Korean; a few of them settle a text of many Chinese characters.
KANA: Final = ("HIRAGANA", "KATAKANA")


def language_of(text: str, *, author: str) -> str:
    """Korean, Japanese or English; `author`'s own language where the letters do not tell.

    Chinese characters alone are Japanese, unless the writer's language is Korean.
    """
    counts = {"hangul": 0, "kana": 0, "han": 0, "latin": 0}
    for sign in text:
        name = unicodedata.name(sign, "")
        if name.startswith("HANGUL"):
            counts["hangul"] += 1
        elif name.startswith(KANA):
            counts["kana"] += 1
        elif name.startswith("CJK UNIFIED"):
            counts["han"] += 1
        elif name.startswith(("LATIN", "FULLWIDTH LATIN")):
            counts["latin"] += 1
    if counts["hangul"] or counts["kana"]:
        return Language.KO if counts["hangul"] >= counts["kana"] else Language.JA
    if counts["han"]:
        return Language.KO if author == Language.KO else Language.JA
    return Language.EN if counts["latin"] else author
