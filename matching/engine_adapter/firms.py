"""Firms as columns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.db.models import Count, Q
from numpy.typing import NDArray

from common.querying import within
from companies.choices import CompanyState
from companies.models import Block, Company
from matching.choices import MatchState
from matching.engine.types import JP, KR, Firms
from matching.models import Match
from matching.queries.capacity import introductions_taken
from taxonomy.choices import Country
from taxonomy.models import Region

COUNTRIES: Final = {Country.KR.value: KR, Country.JP.value: JP}


@dataclass(frozen=True, slots=True, eq=False)
class FirmTable:
    """`firms` with the way from a company's id to its row, and the bits of the regions."""

    firms: Firms
    row_of: dict[UUID, int]
    region_bits: dict[str, int]


def load_firms(
    *,
    includes_prospects: bool,
    now: datetime,
    only: Collection[UUID] | None = None,
    limit: int | None = None,
) -> FirmTable:
    """The firms that take part, by id; of `only` those. `limit`: introductions a month that the
    policy allows at most, whatever a firm says itself."""
    rows = list(
        within(Company.objects.matchable(prospects=includes_prospects), "pk", only)
        .order_by("pk")
        .values_list(
            "pk",
            "country",
            "state",
            "introductions_per_month",
            "employees",
            "region__code",
            "has_partner_experience",
        )
    )
    taken = introductions_taken(now, firms=only)
    answering = _responsiveness(only)
    bits = region_bits()
    firms = Firms(
        ids=id_column([row[0] for row in rows]),
        country=np.array([COUNTRIES[row[1]] for row in rows], np.uint8),
        is_eligible=np.ones(len(rows), np.bool_),
        is_prospect=np.array([row[2] == CompanyState.UNCLAIMED for row in rows], np.bool_),
        capacity=np.array(
            [
                (row[3] if limit is None else min(row[3], limit)) - taken.get(row[0], 0)
                for row in rows
            ],
            np.int32,
        ),
        employees=float_column([row[4] for row in rows]),
        region=np.array([bits.get(row[5], 0) for row in rows], np.uint64),
        experience=float_column([row[6] for row in rows]),
        responsiveness=float_column([answering.get(row[0]) for row in rows]),
    )
    return FirmTable(firms, {row[0]: index for index, row in enumerate(rows)}, bits)


def blocked_pairs(of: UUID | None = None) -> set[tuple[UUID, UUID]]:
    """Ids of firms that must not meet: one refuses the other, or they have met; `of` one firm."""
    blocks, met = Block.objects.all(), Match.objects.meeting()
    if of is not None:
        blocks, met = blocks.filter(Q(company=of) | Q(blocked=of)), met.of_company(of)
    return {
        *blocks.values_list("company_id", "blocked_id"),
        *met.order_by().values_list("need__company_id", "offering__company_id"),
    }


def region_bits() -> dict[str, int]:
    """One bit a region, counted within its country: a wish is about the other country's."""
    bits: dict[str, int] = {}
    for country in Country.values:
        codes = (
            Region.objects.filter(country=country).order_by("code").values_list("code", flat=True)
        )
        bits |= {code: 1 << place for place, code in enumerate(codes[:64])}
    return bits


def _responsiveness(only: Collection[UUID] | None) -> dict[UUID, float]:
    """The share of the matches mailed to a firm that it answered; absent without any."""
    ended = (MatchState.INTRODUCED, MatchState.DECLINED, MatchState.EXPIRED)
    mailed: dict[UUID, int] = {}
    answered: dict[UUID, int] = {}
    for side, company in (("buyer", "need__company"), ("seller", "offering__company")):
        counted = (
            within(Match.objects.filter(state__in=ended), company, only)
            .order_by()
            .values_list(company)
            .annotate(
                mailed=Count("pk", distinct=True),
                answered=Count("pk", filter=Q(answers__side=side), distinct=True),
            )
        )
        for firm, of_firm, by_firm in counted:
            mailed[firm] = mailed.get(firm, 0) + of_firm
            answered[firm] = answered.get(firm, 0) + by_firm
    return {firm: answered[firm] / count for firm, count in mailed.items()}


def id_column(ids: Sequence[UUID]) -> NDArray[np.bytes_]:
    return np.array([pk.hex.encode() for pk in ids], "S32")


def float_column(values: Sequence[Any]) -> NDArray[np.float32]:
    """None becomes NaN."""
    return np.array([np.nan if value is None else float(value) for value in values], np.float32)


def row_pairs(pairs: Any, first: dict[UUID, int], second: dict[UUID, int]) -> NDArray[np.int64]:
    """(m, 2), sorted: the rows of the pairs of ids that both have a row."""
    rows = sorted((first[a], second[b]) for a, b in pairs if a in first and b in second)
    return np.array(rows, np.int64).reshape(-1, 2)
