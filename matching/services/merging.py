"""What the merge of two firms does to their matches, and what is told when it is undone."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from common.localisation import LANGUAGES
from companies.choices import CompanyState, ItemState
from companies.models import Block, Company, CompanyMerge, Item, Need, Offering
from companies.names import fold
from companies.services.merge_journal import Journal
from companies.services.merge_rules import RULES, moves, stays
from matching.choices import EventReason, MatchState
from matching.models import Answer, Introduction, Match, MatchEvent, Outcome
from matching.services import mails
from matching.services.publication import withdraw_match

# A run is what was computed for the record it names; notes and questions go along.
RULES["matching.MatchRun.company"] = stays
RULES["matching.StaffNote.company"] = moves
RULES["matching.StaffQuestion.company"] = moves

STANDING: Final = (MatchState.PROPOSED, MatchState.APPROVED)
# How far a match has come: the further one of a pair stands. A decision of staff or of a firm
# counts more than a mere proposal.
RANKS: Final = {
    MatchState.INTRODUCED: 6,
    MatchState.APPROVED: 4,
    MatchState.DECLINED: 3,
    MatchState.REJECTED: 3,
    MatchState.PROPOSED: 2,
    MatchState.EXPIRED: 1,
    MatchState.WITHDRAWN: 1,
}


def settle_merge(*, merge: CompanyMerge, journal: Journal, now: datetime) -> None:
    """The survivor has the items of both: no pair is matched twice, nobody meets themselves.

    An item that both records had is closed once, and its matches go to the other; of two matches
    of one pair the further one stands and the other is withdrawn. So are matches between the two
    firms, with firms that either never wants to meet, and all when the survivor takes no part.
    Firms that were mailed about a match that ends are told. Everything is noted in `journal`.
    """
    firm = merge.survivor
    moved = _moved_items(journal)
    with_moved = Match.objects.filter(Q(need__in=moved) | Q(offering__in=moved))
    journal.told["matching.match", "moved"] = with_moved.count()
    for mine, theirs in _twins(firm, moved):
        _unite(mine, theirs, firm=firm, journal=journal, now=now)
    standing = list(
        Match.objects.select_for_update(of=("self",))
        .with_sides()
        .of_company(firm.pk)
        .filter(state__in=STANDING)
        .order_by("pk")
    )
    blocked = _never_met(firm)
    takes_part = firm.state == CompanyState.VERIFIED and firm.is_matching_enabled
    for match in standing:
        pair = {match.buyer.pk, match.seller.pk}
        other = (pair - {firm.pk}).pop() if len(pair) > 1 else None
        if other is None:
            _withdraw(match, EventReason.MERGED, firm=firm, journal=journal, now=now)
        elif other in blocked:
            _withdraw(match, EventReason.BLOCKED, firm=firm, journal=journal, now=now)
        elif not takes_part and not match.is_prospect:
            _withdraw(match, EventReason.COMPANY_LEFT, firm=firm, journal=journal, now=now)


def built_on(merge: CompanyMerge) -> list[tuple[str, int]]:
    """What has come since of the matches of the items that the merge moved."""
    moved = _moved_items_in(merge.changes)
    of_moved = Q(match__need__in=moved) | Q(match__offering__in=moved)
    return [
        (model._meta.label_lower, model._default_manager.filter(of_moved, at__gt=merge.at).count())
        for model in (Answer, Introduction, Outcome)
    ]


def tell_unmerged(*, merge: CompanyMerge, now: datetime) -> None:
    """Write down that matches are what they were; mail those again that wait for answers."""
    before: dict[str, str] = {}
    for change in merge.changes:
        if change["row"] == "matching.match" and "state" in (change["after"] or {}):
            before[change["pk"]] = change["after"]["state"]
    for match in Match.objects.with_sides().filter(pk__in=before).order_by("pk"):
        MatchEvent.objects.create(
            match=match,
            from_state=before[str(match.pk)],
            to_state=match.state,
            actor=merge.undone_by,
            reason=EventReason.UNMERGED,
            at=now,
        )
        is_open = match.expires_at is not None and match.expires_at > now
        if match.state == MatchState.APPROVED and match.published_at and is_open:
            mails.write_match_mails(match, key=f":unmerged{merge.pk}", now=now)


def _unite(mine: Item, theirs: Item, *, firm: Company, journal: Journal, now: datetime) -> None:
    """Two items that are one: the one whose matches have come further stays open."""
    side = "need" if isinstance(mine, Need) else "offering"
    other_side = "offering_id" if side == "need" else "need_id"

    def matches_of(item: Item) -> dict[UUID, Match]:
        rows = Match.objects.select_for_update(of=("self",)).with_sides().filter(**{side: item})
        return {getattr(match, other_side): match for match in rows.order_by("pk")}

    kept, closed = mine, theirs
    if _furthest(matches_of(theirs).values()) > _furthest(matches_of(mine).values()):
        kept, closed = theirs, mine
    there = matches_of(kept)
    for counterpart, match in matches_of(closed).items():
        same = there.get(counterpart)
        if same is None:
            journal.update(Match.objects.filter(pk=match.pk), **{side: kept})
            continue
        last = min((match, same), key=_rank) if _rank(match) != _rank(same) else match
        if last.state in STANDING:
            _withdraw(last, EventReason.MERGED, firm=firm, journal=journal, now=now)
    model = type(closed)
    journal.update(
        model._default_manager.filter(pk=closed.pk, state=ItemState.OPEN), state=ItemState.CLOSED
    )


def _withdraw(match: Match, reason: str, *, firm: Company, journal: Journal, now: datetime) -> None:
    with journal.watching(match):
        withdraw_match(match, reason=reason, now=now, told_otherwise=firm.pk)


def _twins(firm: Company, moved: set[str]) -> Iterator[tuple[Item, Item]]:
    """(the survivor's, the absorbed record's) open items of one title, each in one pair."""
    for model in (Offering, Need):
        items = list(model._default_manager.filter(company=firm, state=ItemState.OPEN))
        mine = {
            title: item for item in items if str(item.pk) not in moved for title in _titles(item)
        }
        taken: set[UUID] = set()
        for item in items:
            if str(item.pk) in moved:
                twin = next((mine[title] for title in _titles(item) if title in mine), None)
                if twin is not None and twin.pk not in taken:
                    taken.add(twin.pk)
                    yield twin, item


def _titles(item: Item) -> list[str]:
    titles = (getattr(item, f"title_{language}") for language in LANGUAGES)
    return [fold(title) for title in titles if title]


def _moved_items(journal: Journal) -> set[str]:
    return _moved_items_in(journal.changes)


def _moved_items_in(changes: list[dict[str, Any]]) -> set[str]:
    kinds = (Need._meta.label_lower, Offering._meta.label_lower)
    return {
        change["pk"]
        for change in changes
        if change["row"] in kinds and "company_id" in (change["after"] or {})
    }


def _never_met(firm: Company) -> set[UUID]:
    blocks = Block.objects.filter(Q(company=firm) | Q(blocked=firm))
    return {pk for pair in blocks.values_list("company", "blocked") for pk in pair} - {firm.pk}


def _furthest(matches: Iterable[Match]) -> int:
    return max(map(_rank, matches), default=0)


def _rank(match: Match) -> int:
    rank = RANKS[MatchState(match.state)]
    return rank + 1 if rank == RANKS[MatchState.APPROVED] and match.published_at else rank
