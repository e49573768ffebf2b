"""What a firm's own words must not give away before both sides accept.

Contact data are taken out of every text that the other side of a match reads; for a firm that
hides its name also whatever names it. A text is compared letter by letter without width, case,
spaces, hyphens, invisible signs and legal forms, and what is found is replaced where it stands.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from common.localisation import LANGUAGES
from companies.models import Company, Item
from companies.names import LATIN_FORMS, NATIVE_FORMS

MASK: Final = "●●●"
# A shorter key stands in ordinary words: a firm called 빛 is masked with its legal form only.
SHORTEST_KEY: Final = 2
SHORTEST_ADDRESS: Final = 5

_TOP_LEVELS: Final = "com|net|org|info|biz|kr|jp|co|io|asia|tech|shop|store|site|global|한국|みんな"
_CONTACTS: Final = (
    # E-mail addresses, also spelled out against robots.
    re.compile(r"[\w.+-]+\s*(?:@|\(at\)|\[at\])\s*[\w-]+(?:\s*\.\s*[\w-]+)+", re.IGNORECASE),
    re.compile(r"(?:https?\s*:\s*//|www\s*\.)\s*[^\s<>()「」、。]+", re.IGNORECASE),
    re.compile(
        rf"(?<![\w.-])(?:[\w-]{{2,}}\.)+(?:{_TOP_LEVELS})(?![\w-])(?:/[\w./?=&%#-]*)?",
        re.IGNORECASE,
    ),
    # Telephone numbers of both countries: with the country's code, or with the leading 0.
    re.compile(r"(?<![\d.,])(?:\+|00)\s?8[12](?:[\s().-]*\d){8,11}(?!\d)"),
    re.compile(r"(?<![\d.,])\(?0\d{1,4}\)?[\s.-]{0,3}\d{2,4}[\s.-]{0,3}\d{3,4}(?!\d)"),
    # Any other row of digits that is called a telephone or fax number, or a messenger's account.
    re.compile(
        r"(?:tel|phone|fax|mobile|전화|휴대폰|팩스|대표번호|電話|携帯|ファックス)[\s.:：/-]{0,4}"
        r"\+?\d(?:[\s().-]*\d){6,}",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:kakao(?:talk)?|line|wechat|telegram|카카오톡|카톡|라인|ライン)\s*(?:id|아이디)?\s*[:：]\s*\S+",
        re.IGNORECASE,
    ),
)
_DIGITS_OF_A_TELEPHONE: Final = 9
# Words behind which firms leave the rest of their name away: 한빛정밀공업 calls itself 한빛정밀.
_BRANCHES: Final = re.compile(
    r"(?:공업|산업|정밀|화학|전자|기계|소재|테크|금속|工業|産業|精密|化学|化學|電機|電子|機械|製作所|金属|商事"
    r"|ホールディングス|テクノロジー"
    r"|\s+(?:precision|chemicals?|industr(?:y|ies|ial)|electronics?|materials?|tech(?:nology|nologies)?"
    r"|works|manufacturing|engineering|systems?|metals?|holdings|group|international|global|korea|japan))$"
)
SHORTEST_STEM: Final = 3
SHORTEST_LATIN_STEM: Final = 4
# A row of digits behind these is a standard or a code of goods, not a telephone.
_NOT_A_TELEPHONE: Final = re.compile(
    r"(?:HS|ISO|JIS|KS|CAS)[\s:.-]*(?:코드|コード|code)?[\s:.-]*$", re.I
)


@dataclass(frozen=True, slots=True)
class _Letters:
    """A text in comparable letters; letter `i` comes from the sign `origin[i]` of the text."""

    letters: str
    origin: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the letters [start, end) stand in the text."""
        return self.origin[start], self.origin[end - 1] + 1


def without_contacts(text: str) -> str:
    """`text` without e-mail addresses, telephone numbers, web addresses and messenger accounts."""
    return _replaced(text, _contact_spans(text))


def without_identity(text: str, company: Company) -> str:
    """`text` without contact data and whatever names `company`: its names in any language and
    spelling, official number, web domain, address, representative and people."""
    if not text:
        return text
    return _replaced(text, [*_contact_spans(text), *_identity_spans(text, identity_keys(company))])


def conceal(item: Item, company: Company) -> None:
    """Mask the item's texts in memory, for a reader who is not of the firm; never save it then."""
    mask = (
        partial(without_identity, company=company) if company.is_name_hidden else without_contacts
    )
    for field in ("title", "text"):
        for language in LANGUAGES:
            name = f"{field}_{language}"
            # A field that was not read from the database is not shown either.
            if name not in item.get_deferred_fields():
                setattr(item, name, mask(getattr(item, name)))


def identity_keys(company: Company) -> tuple[str, ...]:
    """The comparable letters of everything that names the firm, longest first."""
    keys = {key for text in _identities(company) if (key := _bare(text)) and _is_telling(key)}
    return tuple(sorted(keys, key=lambda key: (-len(key), key)))


def size_band(employees: int) -> tuple[int, int | None]:
    """The band of sizes a firm of so many people is in, as (from, to); the last has no end."""
    for first, last in ((1, 9), (10, 49), (50, 249), (250, 999)):
        if employees <= last:
            return first, last
    return 1000, None


def _identities(company: Company) -> Iterator[str]:
    for name in (company.name_ko, company.name_ja, company.name_en, company.name_kana):
        folded = unicodedata.normalize("NFKC", name).casefold()
        bare = LATIN_FORMS.sub(" ", NATIVE_FORMS.sub(" ", folded)).strip(" .,")
        yield from (name, bare)
        yield from _stems(bare)
    yield company.official_number
    yield company.stock_code
    yield company.representative
    yield from _address_parts(company.address)
    if host := urlsplit(company.website).hostname:
        bare = host.removeprefix("www.")
        yield bare
        yield bare.split(".")[0]
    for membership in company.memberships.all():
        yield membership.user.name
        yield membership.user.name_kana


def _stems(name: str) -> Iterator[str]:
    """The name without its branch, and without the one before that, while it is still telling."""
    while (stem := _BRANCHES.sub("", name).strip(" .,")) != name:
        if len(stem) < (SHORTEST_LATIN_STEM if stem.isascii() else SHORTEST_STEM):
            return
        yield stem
        name = stem


def _address_parts(address: str) -> Iterator[str]:
    """The address from each of its parts on, as long as a number of a street or house is in it."""
    starts = {0, *(found.end() for found in re.finditer(r"[\s,]+|[都道府県市区町村郡]", address))}
    for start in starts:
        part = address[start:]
        if len(_bare(part)) >= SHORTEST_ADDRESS and any(sign.isdigit() for sign in part):
            yield part


def _is_telling(key: str) -> bool:
    return len(unicodedata.normalize("NFC", key)) >= SHORTEST_KEY


def _letters(text: str, *, keeps_all: bool = False) -> _Letters:
    """Compatibility letters: wide, half-width and circled signs as plain ones, kana as katakana,
    Hangul as its parts. Without `keeps_all` also without spaces and punctuation."""
    letters: list[str] = []
    origin: list[int] = []
    for index, sign in enumerate(text):
        if unicodedata.category(sign) == "Cf":
            continue
        parts = unicodedata.normalize("NFKC", sign) if keeps_all else _decomposed(sign)
        for part in parts.casefold():
            is_letter = part.isalnum() or unicodedata.category(part) in ("Mn", "Lm")
            if is_letter or keeps_all:
                letters.append(part if keeps_all else _katakana(part))
                origin.append(index)
    return _Letters("".join(letters), origin)


def _decomposed(sign: str) -> str:
    return unicodedata.normalize("NFKD", sign)


def _bare(text: str) -> str:
    return _letters(text).letters


def _katakana(sign: str) -> str:
    if "ぁ" <= sign <= "ゖ":
        return chr(ord(sign) + 0x60)
    # A half-width voicing mark decomposes to the combining one; a free-standing one is the same.
    return {"゛": "\u3099", "゜": "\u309a"}.get(sign, sign)


def _contact_spans(text: str) -> Iterator[tuple[int, int]]:
    if not text:
        return
    plain = _letters(text, keeps_all=True)
    for pattern in _CONTACTS:
        for found in pattern.finditer(plain.letters):
            is_number = not re.search(r"[^\W\d]", found.group())
            digits = sum(sign.isdigit() for sign in found.group())
            if is_number and (
                digits < _DIGITS_OF_A_TELEPHONE
                or _NOT_A_TELEPHONE.search(plain.letters[: found.start()])
            ):
                continue
            yield plain.span(found.start(), found.end())


def _identity_spans(text: str, keys: Iterable[str]) -> Iterator[tuple[int, int]]:
    bare = _letters(text)
    for key in keys:
        at = bare.letters.find(key)
        while at >= 0:
            end = at + len(key)
            if _is_whole(bare, at, end, text):
                yield bare.span(at, end)
            at = bare.letters.find(key, at + 1)


def _is_whole(bare: _Letters, start: int, end: int, text: str) -> bool:
    """Not a part of one sign, nor of a longer Latin word or number."""
    first, last = bare.span(start, end)
    if start and bare.origin[start - 1] == first:
        return False
    if end < len(bare.letters) and bare.origin[end] == last - 1:
        return False
    return not (_continues(text, first - 1, first) or _continues(text, last - 1, last))


def _continues(text: str, left: int, right: int) -> bool:
    """Whether the signs at `left` and `right` belong to one Latin word or one number."""
    if left < 0 or right >= len(text):
        return False
    pair = unicodedata.normalize("NFKC", text[left]), unicodedata.normalize("NFKC", text[right])
    is_word = all(sign.isascii() and sign.isalpha() for sign in pair)
    return is_word or all(sign.isdigit() for sign in pair)


def _replaced(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """`text` with the mask in place of the spans; those that touch or overlap share one."""
    parts: list[str] = []
    end = 0
    for first, last in sorted(spans):
        if last <= end:
            continue
        if first > end or not parts:
            parts += [text[end:first], MASK]
        end = last
    return "".join([*parts, text[end:]])
