"""How many introductions firms and needs have left: what allocation and publication respect.

A match takes a place from the moment staff approve it until it ends, and an introduction keeps
it: for the firm until the month (KST/JST) is over, for the need for good.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from django.db import models
from django.utils import timezone

from common.querying import within
from companies.models import Company, Need
from matching.choices import AnswerKind, MatchState, Side
from matching.models import Answer, Match, MatchQuerySet


def month_start(now: datetime) -> datetime:
    return timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def places_taken(now: datetime, *, exclude: UUID | None = None) -> MatchQuerySet:
    """Matches that count against the month of `now`; `exclude` is left out."""
    matches = Match.objects.filter(
        models.Q(state=MatchState.APPROVED)
        | models.Q(state=MatchState.INTRODUCED, introduction__at__gte=month_start(now))
    )
    return matches.exclude(pk=exclude) if exclude else matches


def introductions_taken(now: datetime, *, firms: Collection[UUID] | None = None) -> dict[UUID, int]:
    """{company id: places taken this month}; firms with none are absent. `firms`: only these."""
    taken: dict[UUID, int] = {}
    for side in ("need__company", "offering__company"):
        matches = within(places_taken(now), side, firms)
        counted = matches.order_by().values_list(side).annotate(n=models.Count("pk"))
        for company_id, count in counted:
            taken[company_id] = taken.get(company_id, 0) + count
    return taken


@dataclass(frozen=True, slots=True)
class Places:
    """Introductions of one firm this month: `every` approved match, and of these the `mailed`."""

    every: int = 0
    mailed: int = 0


def places_beside(match: Match, now: datetime) -> dict[UUID, Places]:
    """{company id: places that matches other than this one take} of its two firms, in one query."""
    firms = [match.need.company_id, match.offering.company_id]
    others = places_taken(now, exclude=match.pk).order_by()
    counted = [
        within(others, side, firms)
        .values_list(side)
        .annotate(
            every=models.Count("pk"), mailed=models.Count("pk", filter=~models.Q(published_at=None))
        )
        for side in ("need__company", "offering__company")
    ]
    places = dict.fromkeys(firms, Places())
    for firm, every, mailed in counted[0].union(counted[1], all=True):
        before = places[firm]
        places[firm] = Places(before.every + every, before.mailed + mailed)
    return places


def seats_taken(*, needs: Collection[UUID] | None = None) -> dict[UUID, int]:
    """{need id: suppliers it talks to or is about to}; needs with none are absent."""
    counted = (
        within(Match.objects.meeting(), "need", needs)
        .order_by()
        .values_list("need_id")
        .annotate(n=models.Count("pk"))
    )
    return dict(counted)


def has_capacity(company: Company, now: datetime, *, exclude: UUID) -> bool:
    """Room for one more introduction this month, not counting the match `exclude`.

    Only mailed matches count: of those approved but not mailed yet, the earlier goes first.
    """
    taken = (
        places_taken(now, exclude=exclude)
        .of_company(company.pk)
        .filter(published_at__isnull=False)
        .count()
    )
    return taken < company.introductions_per_month


def has_seat(need: Need, *, exclude: UUID) -> bool:
    mailed = Match.objects.meeting().filter(need=need, published_at__isnull=False)
    return mailed.exclude(pk=exclude).count() < need.seats


@dataclass(frozen=True, slots=True)
class Room:
    """How many of `limit` places are `taken` as a firm counts them: by introductions, and by
    matches it has said "interested" to itself."""

    taken: int
    limit: int

    @property
    def left(self) -> int:
        return max(0, self.limit - self.taken)

    @property
    def is_full(self) -> bool:
        return self.left == 0


def introductions_room(company: Company, now: datetime, *, exclude: UUID | None = None) -> Room:
    """The firm's introductions of this month, those it has promised included."""
    matches = Match.objects.exclude(pk=exclude) if exclude else Match.objects.all()
    introduced = models.Q(state=MatchState.INTRODUCED, introduction__at__gte=month_start(now))
    # Each side by its own index, and both in one statement.
    counted = [
        matches.filter(introduced | _promised(side), **{firm: company}).order_by().values("pk")
        for side, firm in ((Side.BUYER, "need__company"), (Side.SELLER, "offering__company"))
    ]
    taken = len(counted[0].union(counted[1], all=True))
    return Room(taken, company.introductions_per_month)


def seats_room(need: Need, *, exclude: UUID | None = None) -> Room:
    """The suppliers the need talks to, those its firm has said "interested" to included."""
    matches = Match.objects.filter(need=need)
    if exclude:
        matches = matches.exclude(pk=exclude)
    introduced = models.Q(state=MatchState.INTRODUCED)
    return Room(matches.filter(introduced | _promised(Side.BUYER)).count(), need.seats)


def introduction_obstacles(match: Match, now: datetime) -> tuple[Side, ...]:
    """The sides whose own number is used up by introductions that were made, so that this one
    has to wait: firms for the month, the buyer also for the seats of the need."""
    others = Match.objects.exclude(pk=match.pk)
    seated = others.filter(need=match.need, state=MatchState.INTRODUCED).count()
    full: list[Side] = []
    for side in Side:
        company = match.company_of(side)
        # A firm of one country buys and sells: both kinds count.
        made = sum(
            _introduced(others.filter(**{role: company}), now).count()
            for role in ("need__company", "offering__company")
        )
        lacks_seat = side == Side.BUYER and seated >= match.need.seats
        if made >= company.introductions_per_month or lacks_seat:
            full.append(side)
    return tuple(full)


def next_month(now: datetime) -> datetime:
    """When the months' numbers begin anew."""
    start = month_start(now)
    return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)


def _introduced(matches: MatchQuerySet, now: datetime) -> MatchQuerySet:
    return matches.filter(
        state=MatchState.INTRODUCED, introduction__at__gte=month_start(now)
    ).order_by()


@cache
def _promised(side: Side) -> models.Q:
    """Open matches to which `side` has said that it is interested."""
    said = Answer.objects.filter(
        match=models.OuterRef("pk"),
        round=models.OuterRef("round"),
        side=side,
        kind=AnswerKind.INTERESTED,
    )
    open_now = models.Q(state=MatchState.APPROVED, published_at__isnull=False)
    return open_now & models.Q(models.Exists(said.order_by()))


def lock_firms_of(match_id: UUID) -> dict[UUID, Company]:
    """Hold the rows of both firms until the transaction ends, in one order, so that two
    publications do not both take a last place. Other writers of the firms wait meanwhile."""
    # Two branches by primary keys: joined by an OR they would read all matches and all items.
    sides = [
        Match.objects.filter(pk=match_id).order_by().values(f"{item}__company")
        for item in ("need", "offering")
    ]
    firms = Company.objects.filter(pk__in=sides[0].union(sides[1], all=True))
    held = firms.select_for_update(no_key=True).order_by("pk")
    return {firm.pk: firm for firm in held}


def locked_match(match_id: UUID) -> Match:
    """The match with its items and firms; the rows of firms and match are held, in this order as
    publication does it, so that the numbers stand until the transaction ends."""
    firms = lock_firms_of(match_id)
    rows = Match.objects.select_for_update(of=("self",)).select_related("need", "offering")
    match: Match = rows.get(pk=match_id)
    for item in (match.need, match.offering):
        if firm := firms.get(item.company_id):
            item.company = firm
    return match
