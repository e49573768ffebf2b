"""Unclaimed firms of imported lists that could fill a gap, and why they are thought to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet, Value

from companies.choices import CompanyState
from companies.models import Company, SearchEntry
from companies.searching import Found, Search, Shown, find, narrowed, show, with_firms
from insights.models import Approach, GoodsGap
from insights.queries.gaps import needs_behind
from insights.queries.market import supplier_of
from matching.choices import MatchState
from matching.models import Match

# Of the firms that only write the words, so many are looked at.
MOST_WRITTEN: Final = 500


@dataclass(frozen=True, slots=True)
class Candidate:
    """An unclaimed firm. `is_listed`: its listed goods are these; otherwise its words say so, or a
    run found it. `prospect`: its best match in a run with unclaimed firms."""

    company: Company
    is_listed: bool
    offerings: tuple[Shown, ...]
    prospect: Match | None
    approach: Approach | None


def candidates(goods: GoodsGap, *, viewer: Any) -> tuple[QuerySet[SearchEntry], Found]:
    """The firms of the supplying country that nobody has claimed: those listed with the goods
    first, then those in whose words or prospects they are."""
    country = supplier_of(goods.direction)
    search = Search(words=_words(goods), country=country.value, state=CompanyState.UNCLAIMED.value)
    found = find(search, viewer=viewer)
    listed = (
        Q(wide__contains=[goods.concept_id])
        if goods.concept_id is not None
        else Q(hs__contains=[goods.code])
    )
    written: list[Any] = []
    # What is only close, or only has a similar name, fills no gap.
    if not (found.is_loose or found.is_broad or found.is_similar):
        matched = narrowed(found.entries, search).order_by("pk")
        written = list(matched.values_list("pk", flat=True)[:MOST_WRITTEN])
    entries = SearchEntry.objects.filter(
        listed | Q(pk__in=written) | Q(pk__in=_prospects(goods).values("offering__company")),
        state=CompanyState.UNCLAIMED,
        country=country,
    ).annotate(
        may_be_named=Value(True, output_field=BooleanField()),
        is_listed_with=ExpressionWrapper(listed, output_field=BooleanField()),
    )
    return entries.order_by("-is_listed_with", "name_key", "pk"), found


def with_reasons(
    entries: Sequence[SearchEntry], goods: GoodsGap, found: Found, *, today: date
) -> list[Candidate]:
    """The entries' firms with what makes them candidates and what was done about them."""
    firms = with_firms(list(entries))
    shown = show(firms, found, today=today)
    listed = {entry.pk: entry.is_listed_with for entry in entries}  # type: ignore[attr-defined]
    prospects: dict[UUID, Match] = {}
    for match in _prospects(goods).filter(offering__company__in=firms).order_by("score"):
        prospects[match.offering.company_id] = match
    approaches: dict[UUID, Approach] = {}
    known = Approach.objects.filter(company__in=firms).order_by("on", "created_at")
    for approach in known:
        approaches[approach.company_id] = approach
    return [
        Candidate(
            firm,
            listed[firm.pk],
            tuple(shown[firm.pk]),
            prospects.get(firm.pk),
            approaches.get(firm.pk),
        )
        for firm in firms
    ]


def _prospects(goods: GoodsGap) -> QuerySet[Match]:
    return Match.objects.filter(
        is_prospect=True,
        state=MatchState.PROPOSED,
        need__in=needs_behind(goods).order_by().values("need"),
    ).select_related("offering")


def _words(goods: GoodsGap) -> str:
    """The goods as a firm of the supplying country would write them."""
    if goods.concept is None:
        return goods.code
    language = "ko" if supplier_of(goods.direction) == "KR" else "ja"
    return str(getattr(goods.concept, f"label_{language}"))
