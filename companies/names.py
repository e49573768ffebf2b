"""Firm names, compared without legal form, width, case, spaces and punctuation."""

import re
import unicodedata
from typing import Final

# Longer forms first: 유한책임회사 before 유한회사. NFKC has turned ㈜ into (주) and ㈱ into (株).
NATIVE_FORMS: Final = re.compile(
    r"\((?:주|유|합|사|재|株|有|名|資|同|합자|합명)\)"
    r"|주식회사|유한책임회사|유한회사|합자회사|합명회사|사단법인|재단법인|농업회사법인"
    r"|株式会社|株式會社|有限会社|合同会社|合資会社|合名会社|一般社団法人|一般財団法人"
    r"|公益社団法人|公益財団法人"
)
LATIN_FORMS: Final = re.compile(
    r"\b(?:co\.?\s*,?\s*ltd|corporation|corp|incorporated|inc|limited|ltd|company|llc|plc|"
    r"k\.?\s?k|g\.?\s?k|kabushiki\s+kaisha|godo\s+kaisha|yugen\s+kaisha)\b\.?",
    re.IGNORECASE,
)
NOT_A_LETTER: Final = re.compile(r"[^\w]|_")


def fold(name: str) -> str:
    """The key under which two spellings of a firm's name are the same firm's.

    >>> fold("㈱トヨタ自動車") == fold("トヨタ自動車 株式会社")
    True
    >>> fold("주식회사 삼성전자") == fold("삼성전자(주)")
    True

    A name that is nothing but a legal form folds to itself, so that the key is never empty.
    """
    text = unicodedata.normalize("NFKC", name).casefold().strip()
    bare = LATIN_FORMS.sub(" ", NATIVE_FORMS.sub(" ", text))
    return NOT_A_LETTER.sub("", bare) or NOT_A_LETTER.sub("", text) or text
