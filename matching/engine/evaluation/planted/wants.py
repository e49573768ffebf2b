"""What is wanted in a planted market, and which offerings fulfil it, nearly do, or do not."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.evaluation.planted.words import Words
from matching.engine.types import Longs

CERTIFICATES: Final = 24
DETAILS: Final = 2  # coined words that belong to a want

_DIMENSIONS: Final = 4
_UNITS: Final = 5
_COINED: Final = 0.25  # of the products: no lexicon knows them
_BESIDE: Final = (0.5, 0.5, 0.6, 0.4)  # how often there is a material, process, application, …
_MEASURED: Final = 0.6
_TRUE, _NEAR, _SAME_COUNTRY = 0.6, 0.2, 0.05  # of the offerings; the rest fulfils no want
_MOST_PARTNERS: Final = 3


class Fate(IntEnum):
    """How an offering relates to the want it was made from."""

    TRUE = 0
    OTHER_WORDS = 1  # the same product, of another kind
    WRONG_CERTIFICATE = 2  # the same text
    TOO_SMALL = 3  # the same text, a twentieth of the volume, four times the lead time
    SAME_COUNTRY = 4  # the same text, from the buyer's own country
    UNWANTED = 5


@dataclass(frozen=True, slots=True, eq=False)
class Wants:
    """n wants. Word numbers of `Words`, -1 for none; `certificate` is one bit; `measure` a figure
    times 10 plus its unit, -1 for none; volumes, days and prices are positive."""

    product: Longs
    roles: Longs  # (n, 4)
    details: Longs  # (n, 2)
    measure: Longs
    hs6: Longs
    certificate: NDArray[np.uint64]
    dimension: NDArray[np.int8]
    volume: NDArray[np.float64]
    lead_days: NDArray[np.float64]
    price: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.product)

    def take(self, rows: Longs) -> Wants:
        return Wants(*(getattr(self, column.name)[rows] for column in fields(self)))

    @classmethod
    def join(cls, parts: list[Wants]) -> Wants:
        names = [column.name for column in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """Offerings to be for one direction: the want (number) each was made from, and its fate.

    Wants below `wanted` are looked for; the others are there for the unwanted offerings.
    """

    wants: Wants
    wanted: int
    want: Longs
    fate: Longs

    def offerings(self, words: Words, rng: np.random.Generator) -> Wants:
        """What the offerings say: their wants, with other words where that is their fate."""
        said = self.wants.take(self.want)
        other = draw_wants(len(said), words, rng)
        differs = self.fate == Fate.OTHER_WORDS
        changed = rng.random(said.roles.shape) < 0.6
        changed[:, 0] = True
        return replace(
            said,
            roles=np.where(differs[:, None] & changed, other.roles, said.roles),
            details=np.where(differs[:, None], other.details, said.details),
            measure=np.where(differs, other.measure, said.measure),
            certificate=np.where(differs, other.certificate, said.certificate),
        )


def draft(offerings: int, words: Words, rng: np.random.Generator) -> Draft:
    """Wants and the fates of `offerings` offerings made from them."""
    true, near, same_country = (int(share * offerings) for share in (_TRUE, _NEAR, _SAME_COUNTRY))
    partners = rng.integers(1, _MOST_PARTNERS + 1, true)
    want = np.repeat(np.arange(true), partners)[:true]
    wanted = int(want[-1]) + 1
    unwanted = offerings - true - near - same_country
    fate = np.concatenate(
        (
            np.full(true, Fate.TRUE),
            rng.choice(
                [Fate.OTHER_WORDS, Fate.WRONG_CERTIFICATE, Fate.TOO_SMALL],
                near,
                p=(0.5, 0.25, 0.25),
            ),
            np.full(same_country, Fate.SAME_COUNTRY),
            np.full(unwanted, Fate.UNWANTED),
        )
    )
    return Draft(
        wants=draw_wants(wanted + unwanted, words, rng),
        wanted=wanted,
        want=np.concatenate(
            (
                want,
                rng.integers(0, wanted, near + same_country),
                np.arange(wanted, wanted + unwanted),
            )
        ),
        fate=fate,
    )


def draw_wants(count: int, words: Words, rng: np.random.Generator) -> Wants:
    """Products and what stands beside them, some much more often than others."""
    product = _some(words.products, count, rng)
    coined = rng.random(count) < _COINED
    product = np.where(coined, _some(words.coined_products, count, rng), product)
    roles = [
        np.where(rng.random(count) < share, _some(role, count, rng), -1)
        for role, share in zip(words.roles, _BESIDE, strict=True)
    ]
    details = [_some(words.coined_details, count, rng) for _ in range(DETAILS)]
    figures = rng.integers(1, 41, count) * 10 + rng.integers(0, _UNITS, count)
    code = words.hs6[product]
    invented = rng.integers(1, 98, count) * 10_000 + rng.integers(1, 30, count) * 100 + 90
    return Wants(
        product=product,
        roles=np.stack(roles, axis=1),
        details=np.stack(details, axis=1),
        measure=np.where(rng.random(count) < _MEASURED, figures, -1),
        hs6=np.where(code >= 0, code, invented),
        certificate=np.uint64(1) << rng.integers(0, CERTIFICATES, count).astype(np.uint64),
        dimension=rng.integers(0, _DIMENSIONS, count).astype(np.int8),
        volume=np.exp(rng.uniform(np.log(100), np.log(1_000_000), count)),
        lead_days=rng.integers(14, 90, count).astype(np.float64),
        price=np.exp(rng.uniform(np.log(1_000), np.log(1_000_000), count)),
    )


def _some(numbers: Longs, count: int, rng: np.random.Generator) -> NDArray[Any]:
    """`count` of the numbers, the first half of them twice as often as the rest; -1 of none."""
    if not len(numbers):
        return np.full(count, -1)
    return numbers[(len(numbers) * rng.random(count) ** 1.5).astype(np.int64)]
