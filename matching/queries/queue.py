"""The review queue: which matches, in which order, and which one comes next."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from common.localisation import LANGUAGES
from companies.models import Company, Need, Offering
from matching.choices import MatchState
from matching.models import Match, MatchQuerySet, MatchRun, ReviewClaim, StaffQuestion
from matching.queries.terms import ReviewTerms, review_terms

QUEUE_SIZE: Final = 30
# Counting stops here, so that a long queue costs no more than a short one.
COUNT_LIMIT: Final = 1000
VIEW_LIMIT: Final = 100
FOLDERS: Final[dict[str, Promise]] = {
    "queue": gettext_lazy("Queue"),
    "second": gettext_lazy("Second look"),
    "held": gettext_lazy("On hold"),
    "asked": gettext_lazy("Waiting for a firm"),
    "decided": gettext_lazy("Decided by me"),
}
# Of so many items and fewer all matches are looked up.
FEW_ITEMS: Final = 100
QUEUE_ORDER: Final = ("-priority", "pk")
DECIDED_ORDER: Final = ("-decided_at", "pk")
# Of a match only what a row of the queue shows.
COLUMNS: Final = (
    *("score", "confidence", "value", "priority", "direction", "state", "held_until"),
    *("created_at", "decided_at", "first_approved_at", "first_approved_by_id", "is_prospect"),
    *("is_stale", "assigned_to__name", "assigned_to__email", "need_id", "offering_id"),
    *(
        f"{side}__company__{column}"
        for side in ("need", "offering")
        for column in ("name_ko", "name_ja", "name_en", "country")
    ),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What part of the queue a reviewer looks at; blanks mean everything.

    `assigned`: blank for one's own and nobody's, "me", "nobody", "anybody", or a person's id.
    `age`: waiting for at least so many days.
    """

    folder: str = "queue"
    sector: str = ""
    direction: str = ""
    min_score: int = 0
    policy: int | None = None
    age: int = 0
    firm: UUID | None = None
    assigned: str = ""
    is_late: bool = False
    q: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Wanted":
        """Of a saved view's query, whose fields were looked at when it was saved."""
        return cls(
            folder=query.get("folder", "queue"),
            sector=query.get("sector", ""),
            direction=query.get("direction", ""),
            min_score=int(query.get("min_score", 0)),
            policy=int(query["policy"]) if "policy" in query else None,
            age=int(query.get("age", 0)),
            firm=UUID(query["firm"]) if "firm" in query else None,
            assigned=query.get("assigned", ""),
            is_late="late" in query,
            q=query.get("q", ""),
        )

    @property
    def narrows(self) -> bool:
        """Whether anything beside the folder is chosen."""
        return self != Wanted(folder=self.folder)

    @property
    def exported(self) -> dict[str, Any]:
        """The parameters of the API's export that leave the same matches."""
        is_decided = self.folder == "decided"
        everybody = is_decided or self.assigned == "anybody"
        return {
            "folder": self.folder,
            "sector": self.sector,
            "direction": self.direction,
            "min_score": self.min_score / 100 if self.min_score else "",
            "policy": self.policy,
            "waiting_days": self.age or "",
            "company": self.firm,
            "assigned": "" if everybody else self.assigned or "me_or_nobody",
            "late": "true" if self.is_late else "",
            "q": self.q,
        }


def review_matches(
    wanted: Wanted, *, user: Any, now: datetime, terms: ReviewTerms | None = None
) -> QuerySet[Match]:
    """The matches of the folder, narrowed by the filters, in the order of the folder."""
    matches: QuerySet[Match] = in_folder(Match.objects.all(), wanted.folder, user, now)
    if wanted.sector:
        # One semi-join each way: a firm in two sectors must not show its match twice.
        firms = Company.objects.filter(sectors__code=wanted.sector).values("pk")
        matches = matches.filter(Q(need__company__in=firms) | Q(offering__company__in=firms))
    if wanted.direction:
        matches = matches.filter(direction=wanted.direction)
    if wanted.min_score:
        matches = matches.filter(score__gte=wanted.min_score / 100)
    if wanted.policy is not None:
        runs = MatchRun.objects.filter(policy__version=wanted.policy).order_by().values("pk")
        matches = matches.filter(run__in=runs)
    if wanted.age:
        matches = matches.filter(created_at__lte=now - timedelta(days=wanted.age))
    if wanted.is_late:
        terms = terms or review_terms()
        matches = matches.filter(created_at__lte=terms.late_before(now))
    if wanted.firm:
        # Two branches, each by its own index: an OR over both would read every match.
        buying = Match.objects.filter(need__company=wanted.firm).order_by().values("pk")
        selling = Match.objects.filter(offering__company=wanted.firm).order_by().values("pk")
        matches = matches.filter(pk__in=buying.union(selling, all=True))
    if wanted.q:
        matches = _naming(matches, wanted.q)
    if wanted.folder != "decided":
        matches = assigned_to(matches, wanted.assigned, user)
    return matches.order_by(*(DECIDED_ORDER if wanted.folder == "decided" else QUEUE_ORDER))


def in_folder(matches: MatchQuerySet, folder: str, user: Any, now: datetime) -> MatchQuerySet:
    today = timezone.localdate(now)
    asked = StaffQuestion.objects.open().values("match")
    if folder == "asked":
        return matches.proposals().filter(pk__in=asked)
    if folder == "held":
        return matches.held(today).exclude(pk__in=asked)
    if folder == "second":
        return matches.parked()
    if folder == "decided":
        states = [MatchState.APPROVED, MatchState.REJECTED]
        return matches.filter(decided_by=user, state__in=states)
    return matches.queue(today)


def assigned_to(matches: QuerySet[Match], assigned: str, user: Any) -> QuerySet[Match]:
    """Those of the reviewers that `Wanted.assigned` means."""
    if assigned == "anybody":
        return matches
    if assigned == "me":
        return matches.filter(assigned_to=user)
    if assigned == "nobody":
        return matches.filter(assigned_to=None)
    if assigned:
        return matches.filter(assigned_to_id=int(assigned))
    return matches.filter(Q(assigned_to=None) | Q(assigned_to=user))


def queue_rows(matches: QuerySet[Match], *, after: Match | None = None) -> list[Match]:
    """The first rows of the queue, or those after `after`, with what a row shows; one more than
    a page holds when there are more."""
    rows = matches.select_related("need__company", "offering__company", "assigned_to")
    if after is not None:
        is_decided = matches.query.order_by == DECIDED_ORDER
        rows = rows.filter(_decided_before(after) if is_decided else _below(after))
    return list(rows.only(*COLUMNS)[: QUEUE_SIZE + 1])


def count_up_to(matches: QuerySet[Match], limit: int = COUNT_LIMIT) -> int:
    """How many there are; `limit` when there are so many or more."""
    return matches.order_by()[:limit].count()


def counts_of(
    views: Mapping[int, Mapping[str, str]], *, user: Any, now: datetime, terms: ReviewTerms
) -> dict[int, int]:
    """{id of a saved view: matches in it, VIEW_LIMIT at most}, all in one query."""
    parts = [
        review_matches(Wanted.of(query), user=user, now=now, terms=terms)
        .order_by()
        .annotate(view=Value(pk))
        .values_list("view", flat=True)[:VIEW_LIMIT]
        for pk, query in views.items()
    ]
    if not parts:
        return {}
    counted = Counter(parts[0].union(*parts[1:], all=True) if parts[1:] else parts[0])
    return {pk: counted[pk] for pk in views}


def in_turn(
    wanted: Wanted, *, user: Any, after: Match | None, refused: Collection[UUID], now: datetime
) -> Match | None:
    """The next match nobody else looks at, its row held; call in a transaction.

    Own ones come first; within them and the others, those after `after` before the rest. Rows
    that somebody holds at this moment are skipped. Of the second looks, not what `user` approved.
    """
    matches = review_matches(wanted, user=user, now=now).exclude(pk__in=refused)
    if wanted.folder == "decided":
        return matches.first() if after is None else matches.filter(_decided_before(after)).first()
    if wanted.folder == "second":
        matches = matches.exclude(first_approved_by=user)
    taken = ReviewClaim.objects.filter(match=OuterRef("pk"), until__gt=now).exclude(reviewer=user)
    matches = (
        matches.filter(~Exists(taken))
        .only("pk", "state", "priority")
        .select_for_update(of=("self",), skip_locked=True, no_key=True)
    )
    tiers = [matches]
    if wanted.assigned == "":
        tiers = [matches.filter(assigned_to=user), matches.filter(assigned_to=None)]
    for tier in tiers:
        if after is not None:
            tier = tier.exclude(pk=after.pk)
            if found := tier.filter(_below(after)).first():
                return found
        if found := tier.first():
            return found
    return None


def _below(after: Match) -> Q:
    """Behind `after` in the order of priority; the first part is what the index can use."""
    behind = Q(priority__lt=after.priority) | Q(priority=after.priority, pk__gt=after.pk)
    return Q(priority__lte=after.priority) & behind


def _decided_before(after: Match) -> Q:
    behind = Q(decided_at__lt=after.decided_at) | Q(decided_at=after.decided_at, pk__gt=after.pk)
    return Q(decided_at__lte=after.decided_at) & behind


def _naming(matches: QuerySet[Match], words: str) -> QuerySet[Match]:
    """Those whose firms or titles contain `words`. The items are looked for first: the matches of
    a few are found by their indexes; of many, where most of the queue may be meant, the queue is
    read from its top."""

    def containing(prefix: str) -> Q:
        found = Q()
        for language in LANGUAGES:
            found |= Q(**{f"{prefix}_{language}__icontains": words})
        return found

    firms = list(Company.objects.filter(containing("name")).order_by().values_list("pk", flat=True))
    items = {
        side: list(
            model._default_manager.filter(Q(company__in=firms) | containing("title"))
            .order_by()
            .values_list("pk", flat=True)
        )
        for side, model in (("need__in", Need), ("offering__in", Offering))
    }
    if max(map(len, items.values())) > FEW_ITEMS:
        return matches.filter(Q(**items, _connector=Q.OR))
    own = [
        Match.objects.filter(**{side: ids}).order_by().values("pk") for side, ids in items.items()
    ]
    return matches.filter(pk__in=own[0].union(own[1], all=True))
