"""How a planted item is put into words: its own language, phrases as firms write them, slips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.evaluation.planted.words import LANGUAGES, Words
from matching.engine.features import Document
from matching.engine.types import Longs

#: The share of items written in Korean, Japanese and English; by country, Korea first.
_LANGUAGES_OF: Final = ((0.75, 0.10, 0.15), (0.03, 0.85, 0.12))
_DROPPED: Final = 0.2  # of all that stands beside the product
_VAGUE: Final = 0.03  # a broader word instead of the product's own
_SYNONYM: Final = 0.3  # another label than the usual one
_MIXED: Final = 0.05  # a word in another language than the rest
_STRAY: Final = 0.25  # items that mention something that does not matter
_SLIP: Final = 0.1  # items with a slip of the pen
_CHUNK: Final = 20_000


_PHRASES: Final[Mapping[str, Sequence[Sequence[str]]]] = {
    "ko": (
        ("{} 소재", "{} 재질", "{} 사용"),
        ("{} 공정", "{} 적용", "{} 처리 가능"),
        ("{}용", "{} 분야", "{} 시장 대상"),
        ("{} 사양", "{} 우수", "{}"),
        ("{} 방식", "{} 기반", "{} 채용"),
    ),
    "ja": (
        ("{}製", "{}を使用", "{}材"),
        ("{}対応", "{}工程", "{}を行います"),
        ("{}用", "{}向け", "{}分野"),
        ("{}仕様", "{}に優れる", "{}"),
        ("{}方式", "{}を採用", "{}による"),
    ),
    "en": (
        ("made of {}", "{}", "{} based"),
        ("{} process", "with {}", "{}"),
        ("for {}", "{} applications", "{} market"),
        ("{} type", "{}", "good {}"),
        ("{} method", "using {}", "{}"),
    ),
}
_TITLES: Final[Mapping[str, tuple[Sequence[str], Sequence[str]]]] = {
    "ko": (("{}", "{} 공급", "{} 제조 및 판매"), ("{}", "{} 구매 희망", "{} 공급처를 찾습니다")),
    "ja": (("{}", "{}の供給", "{}の製造販売"), ("{}", "{}の調達先募集", "{}を探しています")),
    "en": (("{}", "supply of {}", "{} manufacturer"), ("{}", "looking for {}", "{} wanted")),
}
_CLOSINGS: Final[Mapping[str, Sequence[str]]] = {
    "ko": (
        "",
        "안정적인 품질과 납기를 약속합니다.",
        "자세한 사항은 문의 바랍니다.",
        "다년간의 수출 경험을 보유하고 있습니다.",
        "샘플 제공이 가능합니다.",
    ),
    "ja": (
        "",
        "安定した品質と納期をお約束します。",
        "詳細はお問い合わせください。",
        "長年の輸出実績がございます。",
        "サンプル提供が可能です。",
    ),
    "en": (
        "",
        "Stable quality and delivery.",
        "Please contact us for details.",
        "Many years of export experience.",
        "Samples are available.",
    ),
}
#: Spellings of a measure by language; the same figure everywhere.
_MEASURES: Final = (
    ("{}mm", "{}㎜", "{} mm"),
    ("{}kg", "{}㎏", "{} kg"),
    ("{}V", "{}V", "{} V"),
    ("{}%", "{}％", "{} %"),
    ("{}bar", "{}bar", "{} bar"),
)
_JOINS: Final = {"ko": ", ", "ja": "、", "en": ", "}
_STOPS: Final = {"ko": ". ", "ja": "。", "en": ". "}


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What n items say. `country` (n,), `product` (n,), `roles` (n, 4) and `details` (n, 2) are
    word numbers, -1 for none; `measure` (n,) a figure times 10 plus its unit, -1 for none;
    `hs6` (n,) a declared code, -1 for none."""

    country: NDArray[np.uint8]
    product: Longs
    roles: Longs
    details: Longs
    measure: Longs
    hs6: Longs
    is_need: bool

    def __len__(self) -> int:
        return len(self.product)

    def rows(self, first: int, last: int) -> dict[str, Any]:
        names = ("country", "product", "roles", "details", "measure", "hs6")
        return {name: getattr(self, name)[first:last] for name in names}


def documents(said: Said, words: Words, seed: Sequence[int]) -> Iterator[list[Document]]:
    """The items as documents, in chunks; the same for the same `seed`, however often."""
    for number, first in enumerate(range(0, len(said), _CHUNK)):
        rng = np.random.default_rng([*seed, number])
        rows = said.rows(first, first + _CHUNK)
        yield list(_documents(rows, words, rng, is_need=said.is_need))


def _documents(
    rows: dict[str, Any], words: Words, rng: np.random.Generator, *, is_need: bool
) -> Iterator[Document]:
    count = len(rows["product"])
    language = _languages(rows["country"], rng)
    english = np.array([bool(spellings) for spellings in words.spellings["en"]])
    # Who has no English word for the product does not write English.
    language = np.where(english[rows["product"]], language, np.minimum(language, 1))
    product = np.where(rng.random(count) < _VAGUE, words.broader[rows["product"]], rows["product"])
    stray = rng.choice(words.products, count)
    stray[rng.random(count) >= _STRAY] = -1
    said = np.column_stack((product, rows["roles"], rows["details"], stray))
    dropped = rng.random(said.shape) < _DROPPED
    dropped[:, [0, -1]] = False
    said[dropped] = -1
    measure = np.where(rng.random(count) < _DROPPED, -1, rows["measure"])
    spoken = np.where(
        rng.random(said.shape) < _MIXED, rng.integers(0, 3, said.shape), language[:, None]
    )
    which = np.where(rng.random(said.shape) < _SYNONYM, rng.integers(0, 8, said.shape), 0)
    frame = rng.integers(0, 3, said.shape)
    closing = rng.integers(0, 5, count)
    slip = np.where(rng.random(count) < _SLIP, rng.random(count), -1.0)
    drawn = (language, said, spoken, which, frame, measure, rows["hs6"], closing, slip)
    for row in zip(*(column.tolist() for column in drawn), strict=True):
        yield _document(*row, words=words, is_need=is_need)


def _document(
    language: int,
    said: list[int],
    spoken: list[int],
    which: list[int],
    frame: list[int],
    measure: int,
    hs6: int,
    closing: int,
    slip: float,
    *,
    words: Words,
    is_need: bool,
) -> Document:
    code = LANGUAGES[language]
    phrases = _PHRASES[code]
    parts = []
    title = ""
    for slot, word in enumerate(said):
        if word < 0:
            continue
        spellings = words.spellings[LANGUAGES[spoken[slot]]][word] or words.spellings[code][word]
        if not spellings:
            continue
        spelled = spellings[which[slot] % len(spellings)]
        if slot == 0:
            title = _TITLES[code][is_need][frame[slot]].format(spelled)
        else:
            parts.append(phrases[min(slot, len(phrases)) - 1][frame[slot]].format(spelled))
    if measure >= 0:
        parts.append(_MEASURES[measure % 10][language].format(measure // 10))
    text = _JOINS[code].join(parts) + _STOPS[code] + _CLOSINGS[code][closing]
    if slip >= 0:
        text = _with_slip(text, slip)
    return Document(title, (text,), hs6=(f"{hs6:06d}",) if hs6 >= 0 else ())


def _with_slip(text: str, where: float) -> str:
    """One character is missing; `where` in [0, 1)."""
    place = int(where * len(text))
    return text[:place] + text[place + 1 :]


def _languages(country: NDArray[np.uint8], rng: np.random.Generator) -> Longs:
    limits = np.cumsum(_LANGUAGES_OF, axis=1)[country]
    return (rng.random((len(country), 1)) >= limits[:, :2]).sum(axis=1)
