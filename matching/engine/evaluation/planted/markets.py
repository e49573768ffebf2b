"""A market whose right answers are known: every need has one to three true partners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.criteria import DEFAULT_WEIGHTS
from matching.engine.evaluation import columns
from matching.engine.evaluation.planted.texts import Said, documents
from matching.engine.evaluation.planted.wants import CERTIFICATES, Draft, Fate, Wants, draft
from matching.engine.evaluation.planted.words import Words, gather, of_each
from matching.engine.features import Document, extract
from matching.engine.text import Lexicon
from matching.engine.types import (
    JP,
    KR,
    Features,
    Firms,
    Longs,
    Needs,
    Offerings,
    Policy,
    Problem,
    Ragged,
)

OFFERINGS, NEEDS = 3, 2  # of a firm
_CAPACITY: Final = 10  # introductions of a firm
_SEATS: Final = 3
_UNKNOWN: Final = 0.25  # of the facts of an offering
_DECLARES: Final = (0.7, 0.5)  # a code: offerings, needs
_OTHER_CODE: Final = (0.15, 0.25)  # of those, another of the same heading


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """`partners`: the offerings (rows) that fulfil each need; `traps`: those with the same text
    and a wrong fact or country. `said`: (offerings, needs) before they are put into words."""

    problem: Problem
    partners: Ragged
    traps: Ragged
    words: Words
    said: tuple[Said, Said]
    seed: int

    def documents(self, *, of_needs: bool) -> Iterator[list[Document]]:
        """The texts, in chunks and in the order of the rows."""
        return documents(self.said[of_needs], self.words, (self.seed, int(of_needs)))


def plant(firms: int, lexicon: Lexicon, *, seed: int = 1) -> Planted:
    """A market of `firms` firms a side, three offerings and two needs each; the same for a seed.

    The words that no lexicon has grow with the root of the size, concepts not at all, so a large
    market holds more that is nearly right: different sizes are different exams.
    """
    rng = np.random.default_rng(seed)
    words = gather(lexicon, int(12 * firms**0.5), int(20 * firms**0.5), rng)
    sellers = np.array([KR, JP], np.uint8)
    drafts = [draft(OFFERINGS * firms, words, rng) for _ in sellers]
    asked = [rng.integers(0, part.wanted, NEEDS * firms) for part in drafts]

    fate = np.concatenate([part.fate for part in drafts])
    seller = np.repeat(sellers, OFFERINGS * firms)
    seller = np.where(fate == Fate.SAME_COUNTRY, 1 - seller, seller).astype(np.uint8)
    buyer = np.repeat(1 - sellers, NEEDS * firms)
    offered = Wants.join([part.offerings(words, rng) for part in drafts])
    needed = Wants.join([part.wants.take(want) for part, want in zip(drafts, asked, strict=True)])
    said = _said(offered, seller, rng, is_need=False), _said(needed, buyer, rng, is_need=True)
    features = [
        _extracted(documents(part, words, (seed, int(part.is_need))), lexicon) for part in said
    ]
    partners, traps = _answers(drafts, asked)
    problem = Problem(
        firms=_firms(firms, rng),
        offerings=_offerings(
            offered, fate, features[0], said[0], _owners(seller, OFFERINGS, rng), rng
        ),
        needs=_needs(needed, features[1], said[1], _owners(buyer, NEEDS, rng), rng),
        policy=Policy(DEFAULT_WEIGHTS),
        lexicon=lexicon,
        certifications=tuple(f"certificate_{number}" for number in range(CERTIFICATES)),
    )
    return Planted(problem, partners, traps, words, said, seed)


def _answers(drafts: list[Draft], asked: list[Longs]) -> tuple[Ragged, Ragged]:
    """(partners, traps) of each need."""
    first = np.cumsum([0, *(len(part.wants) for part in drafts)])
    want = np.concatenate([part.want + at for part, at in zip(drafts, first[:-1], strict=True)])
    fate = np.concatenate([part.fate for part in drafts])
    rows = np.concatenate([need + at for need, at in zip(asked, first[:-1], strict=True)])
    wrong = (Fate.WRONG_CERTIFICATE, Fate.TOO_SMALL, Fate.SAME_COUNTRY)
    return tuple(  # type: ignore[return-value]
        of_each(want[chosen], int(first[-1]), chosen).take(rows)
        for chosen in (np.flatnonzero(fate == Fate.TRUE), np.flatnonzero(np.isin(fate, wrong)))
    )


def _said(
    wants: Wants, country: NDArray[np.uint8], rng: np.random.Generator, *, is_need: bool
) -> Said:
    """The words of the wants; some declare their code, some of those a neighbouring one."""
    count = len(wants)
    neighbour = wants.hs6 // 100 * 100 + 10 * rng.integers(1, 10, count)
    code = np.where(rng.random(count) < _OTHER_CODE[is_need], neighbour, wants.hs6)
    return Said(
        country=country,
        product=wants.product,
        roles=wants.roles,
        details=wants.details,
        measure=wants.measure,
        hs6=np.where(rng.random(count) < _DECLARES[is_need], code, -1),
        is_need=is_need,
    )


def _extracted(chunks: Iterable[list[Document]], lexicon: Lexicon) -> Features:
    """The features of all chunks; only one chunk of texts is held at a time."""
    parts = [extract(chunk, lexicon) for chunk in chunks]
    return Features(*(_joined([getattr(part, name) for part in parts]) for name in _COLUMNS))


_COLUMNS: Final = ("words", "concepts")


def _joined(parts: list[Ragged]) -> Ragged:
    lengths = np.concatenate([part.lengths for part in parts])
    start = np.concatenate(([0], np.cumsum(lengths)))
    return Ragged(start, np.concatenate([part.values for part in parts]))


def _owners(country: NDArray[np.uint8], each: int, rng: np.random.Generator) -> Longs:
    """A firm (row) of its country for each item, `each` items a firm, at random."""
    owner = np.zeros(len(country), np.int64)
    for side in (KR, JP):
        rows = np.flatnonzero(country == side)
        owner[rows] = rng.permutation(len(rows)) // each + side * (len(country) // each // 2)
    return owner


def _firms(count: int, rng: np.random.Generator) -> Firms:
    total = 2 * count
    return columns.firms(
        np.repeat(np.array([KR, JP], np.uint8), count),
        capacity=_CAPACITY,
        employees=_partly(np.exp(rng.normal(4.5, 1.3, total)), 0.3, rng),
        experience=_partly(rng.integers(0, 2, total), 0.4, rng),
        responsiveness=_partly(rng.uniform(0.3, 1, total), 0.7, rng),
    )


def _offerings(
    wants: Wants,
    fate: Longs,
    features: Features,
    said: Said,
    firm: Longs,
    rng: np.random.Generator,
) -> Offerings:
    """The facts of the wants as sellers have them; a wrong fact is always stated."""
    count = len(wants)
    wrong_certificate, too_small = fate == Fate.WRONG_CERTIFICATE, fate == Fate.TOO_SMALL
    # Another bit than the wanted one: rotated within those there are.
    shift = rng.integers(1, CERTIFICATES, count).astype(np.uint64)
    everything = np.uint64((1 << CERTIFICATES) - 1)
    other = (wants.certificate << shift | wants.certificate >> (CERTIFICATES - shift)) & everything
    also = np.where(rng.random(count) < 0.3, other, 0).astype(np.uint64)
    held = np.where(wrong_certificate, other, wants.certificate | also)
    states = (rng.random(count) >= _UNKNOWN) | wrong_certificate
    volume = wants.volume * np.where(too_small, 0.05, rng.uniform(1, 3, count))
    lead = wants.lead_days * np.where(too_small, 4, rng.uniform(0.6, 1.2, count))
    low = _partly(wants.price * rng.uniform(0.85, 1, count), _UNKNOWN, rng)
    return columns.offerings(
        features,
        firm,
        ids=rng.permutation(count),
        hs6=_codes(said.hs6),
        certifications=np.where(states, held, 0).astype(np.uint64)[:, None],
        are_certifications_known=states,
        dimension=wants.dimension,
        volume=_partly(volume, _UNKNOWN, rng, always=too_small),
        lead_days=_partly(lead, _UNKNOWN, rng, always=too_small),
        min_order=_partly(volume * 0.01, 0.5, rng),
        price_low=low,
        price_high=low * np.float32(1.1),
    )


def _needs(
    wants: Wants, features: Features, said: Said, firm: Longs, rng: np.random.Generator
) -> Needs:
    """The facts of the wants as buyers ask for them; true partners that say enough meet them."""
    count = len(wants)
    wishes, requires = rng.random(count) < 0.6, rng.random(count) < 0.3
    nothing = np.zeros(count, np.uint64)
    volume = _partly(wants.volume * rng.uniform(0.3, 0.9, count), 0.3, rng)
    return columns.needs(
        features,
        firm,
        seats=_SEATS,
        ids=rng.permutation(count),
        hs6=_codes(said.hs6),
        certifications=np.where(wishes, wants.certificate, nothing)[:, None],
        required_certifications=np.where(requires, wants.certificate, nothing)[:, None],
        dimension=wants.dimension,
        volume=volume,
        is_volume_required=(rng.random(count) < 0.15) & ~np.isnan(volume),
        lead_days=_partly(wants.lead_days * rng.uniform(1.2, 1.6, count), 0.4, rng),
        max_lead_days=_partly(wants.lead_days * 1.6, 0.75, rng),
        price_high=_partly(wants.price * rng.uniform(1.1, 1.4, count), 0.4, rng),
    )


def _codes(hs6: Longs) -> Ragged:
    declared = hs6 >= 0
    start = np.concatenate(([0], np.cumsum(declared)))
    return Ragged(start, hs6[declared].astype(np.int32))


def _partly(
    values: NDArray[Any],
    unknown: float,
    rng: np.random.Generator,
    always: NDArray[np.bool_] | None = None,
) -> NDArray[np.float32]:
    """The values, NaN for a share `unknown` of them, except where they `always` stand."""
    hidden = rng.random(len(values)) < unknown
    if always is not None:
        hidden &= ~always
    return np.where(hidden, np.nan, values).astype(np.float32)
