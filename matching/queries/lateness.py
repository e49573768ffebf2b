"""Who is late: what waits longer than the policy allows, by reviewer and by sector."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Min, Q
from django.utils import timezone

from accounts.choices import StaffRole
from accounts.models import User
from matching.choices import Decision
from matching.models import Match, Review
from matching.queries.terms import ReviewTerms
from taxonomy.models import Sector

WEEK: Final = timedelta(days=7)
DECIDED: Final = (
    Decision.APPROVED,
    Decision.REJECTED,
    Decision.FIRST_YES,
    Decision.SENT_BACK,
)


@dataclass(frozen=True, slots=True)
class Desk:
    """One reviewer's desk; `reviewer` None: what is assigned to nobody."""

    reviewer: User | None
    waiting: int
    late: int
    oldest: datetime | None
    decided: int


@dataclass(frozen=True, slots=True)
class SectorLine:
    sector: Sector
    waiting: int
    late: int
    oldest: datetime | None


def late_matches(terms: ReviewTerms, now: datetime) -> int:
    """How many proposals of the queue should have been decided by now; those on hold are not."""
    late = Match.objects.queue(timezone.localdate(now)).order_by()
    return late.filter(created_at__lte=terms.late_before(now)).count()


def desks(*, terms: ReviewTerms, now: datetime) -> list[Desk]:
    """The most late first; reviewers without any work stand there too. Four queries."""
    late = Q(created_at__lte=terms.late_before(now))
    queue = Match.objects.queue(timezone.localdate(now)).order_by()
    columns = {"waiting": Count("pk"), "late": Count("pk", late), "oldest": Min("created_at")}
    waiting: dict[int, Any] = {
        row["assigned_to"]: row
        for row in queue.filter(assigned_to__isnull=False).values("assigned_to").annotate(**columns)
    }
    nobody = queue.filter(assigned_to=None).aggregate(**columns)
    decided = dict(
        Review.objects.filter(at__gt=now - WEEK, decision__in=DECIDED, reviewer__isnull=False)
        .order_by()
        .values_list("reviewer")
        .annotate(Count("pk"))
    )
    staff = User.objects.filter(is_active=True, is_system=False).exclude(staff_role=StaffRole.NONE)
    none: dict[str, Any] = {"waiting": 0, "late": 0, "oldest": None}
    found = [
        _desk(user, waiting.get(user.pk, none), decided.get(user.pk, 0))
        for user in sorted(staff, key=lambda user: (user.display_name, user.pk))
    ]
    found.sort(key=lambda desk: -desk.late)
    return [*found, _desk(None, nobody, 0)]


def sector_lines(*, terms: ReviewTerms, now: datetime) -> list[SectorLine]:
    """By the sectors of the buyers; a match of a firm in two sectors counts in both."""
    late = Q(created_at__lte=terms.late_before(now))
    rows = (
        Match.objects.queue(timezone.localdate(now))
        .filter(need__company__sectors__isnull=False)
        .order_by()
        .values("need__company__sectors")
        .annotate(waiting=Count("pk"), late=Count("pk", late), oldest=Min("created_at"))
    )
    counted: dict[int, Any] = {row["need__company__sectors"]: row for row in rows}
    none: dict[str, Any] = {"waiting": 0, "late": 0, "oldest": None}
    lines = []
    for sector in Sector.objects.all():
        row = counted.get(sector.pk, none)
        lines.append(SectorLine(sector, row["waiting"], row["late"], row["oldest"]))
    return lines


def _desk(reviewer: User | None, row: dict[str, Any], decided: int) -> Desk:
    return Desk(reviewer, row["waiting"], row["late"], row["oldest"], decided)
