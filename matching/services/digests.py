"""The morning mail to the association's staff: what waits for them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from accounts.choices import StaffRole
from accounts.models import User
from common.business_days import is_business_day
from companies.choices import CompanyState
from companies.models import Company
from mailing.choices import MessageState
from mailing.models import Message
from matching.choices import RunState
from matching.models import Introduction, Match, MatchRun
from matching.queries.lateness import late_matches
from matching.queries.terms import review_terms
from matching.services import mails

HOUR: Final = 8
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DigestFigures:
    """What waits at the time of writing; introductions and failed runs of the last 24 hours."""

    to_review: int
    late_reviews: int
    to_verify: int
    uncertain_mails: int
    failed_runs: int
    introductions: int

    @property
    def is_empty(self) -> bool:
        return not (
            self.to_review
            or self.to_verify
            or self.uncertain_mails
            or self.failed_runs
            or self.introductions
        )


def write_staff_digests(*, now: datetime) -> int:
    """From 8 o'clock on business days, one mail a day to everybody on the staff with a verified
    address; none when nothing waits. Returns how many were written now."""
    local = timezone.localtime(now)
    if local.hour < HOUR or not is_business_day(now):
        return 0
    day = local.date().isoformat()
    staff = User.objects.filter(
        is_active=True, is_system=False, emailaddress__verified=True, emailaddress__primary=True
    ).exclude(staff_role=StaffRole.NONE)
    written = set(
        Message.objects.filter(
            dedupe_key__in=[mails.digest_key(day, user.pk) for user in staff]
        ).values_list("user", flat=True)
    )
    missing = [user for user in staff if user.pk not in written]
    if not missing or (figures := digest_figures(now)).is_empty:
        return 0
    for user in missing:
        mails.write_digest(user, figures=figures, day=day, now=now)
    return len(missing)


def digest_figures(now: datetime) -> DigestFigures:
    return DigestFigures(
        to_review=Match.objects.queue(timezone.localdate(now)).count(),
        late_reviews=late_matches(review_terms(), now),
        to_verify=Company.objects.filter(state=CompanyState.SUBMITTED).count(),
        uncertain_mails=Message.objects.filter(state=MessageState.UNCERTAIN).count(),
        failed_runs=MatchRun.objects.writing()
        .filter(state=RunState.FAILED, finished_at__gte=now - DAY)
        .count(),
        introductions=Introduction.objects.filter(at__gte=now - DAY).count(),
    )
