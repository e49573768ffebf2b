"""The figures of the home pages, each counted from its rows when the page is asked for."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from companies.choices import CompanyState, ImportState, ItemState, JoinState
from companies.models import Company, ImportJob, JoinRequest, Need, Offering
from mailing.choices import MessageState
from mailing.models import Message
from matching.models import Introduction, Match, MatchRun
from taxonomy.choices import Country
from taxonomy.models import Sector


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """What the service holds at present: verified firms, their open items, introductions."""

    korean_firms: int
    japanese_firms: int
    offerings: int
    needs: int
    introductions: int


@dataclass(frozen=True, slots=True)
class StaffFigures:
    """What waits for the association's staff."""

    to_review: int
    to_verify: int
    to_admit: int
    uncertain_mails: int
    failed_mails: int
    imports_at_work: int
    latest_run: MatchRun | None


def service_figures() -> ServiceFigures:
    firms = Company.objects.listed().aggregate(
        korean=Count("pk", filter=Q(country=Country.KR)),
        japanese=Count("pk", filter=Q(country=Country.JP)),
    )
    of_verified = {"company__state": CompanyState.VERIFIED, "state": ItemState.OPEN}
    return ServiceFigures(
        korean_firms=firms["korean"],
        japanese_firms=firms["japanese"],
        offerings=Offering.objects.filter(**of_verified).count(),
        needs=Need.objects.filter(**of_verified).count(),
        introductions=Introduction.objects.count(),
    )


def sectors_with_firms() -> list[Sector]:
    """The four sectors, each with `firm_count`: how many verified firms work in it."""
    return list(
        Sector.objects.annotate(
            firm_count=Count(
                "companies", filter=Q(companies__state=CompanyState.VERIFIED), distinct=True
            )
        )
    )


def staff_figures(today: date) -> StaffFigures:
    mails = Message.objects.aggregate(
        uncertain=Count("pk", filter=Q(state=MessageState.UNCERTAIN)),
        failed=Count("pk", filter=Q(state=MessageState.FAILED)),
    )
    return StaffFigures(
        to_review=Match.objects.queue(today).count(),
        to_verify=Company.objects.filter(state=CompanyState.SUBMITTED).count(),
        to_admit=JoinRequest.objects.filter(state=JoinState.OPEN).count(),
        uncertain_mails=mails["uncertain"],
        failed_mails=mails["failed"],
        imports_at_work=ImportJob.objects.filter(
            state__in=[ImportState.CHECKING, ImportState.QUEUED, ImportState.RUNNING]
        ).count(),
        latest_run=MatchRun.objects.select_related("policy").first(),
    )


def companies_of(user: Any) -> list[Company]:
    """The firms of `user` with `offering_count`, `need_count`, both of items not closed."""
    return list(
        Company.objects.of_member(user).annotate(
            offering_count=Count(
                "offerings", filter=~Q(offerings__state=ItemState.CLOSED), distinct=True
            ),
            need_count=Count("needs", filter=~Q(needs__state=ItemState.CLOSED), distinct=True),
        )
    )


def matches_to_answer(user: Any) -> int:
    """How many approved matches wait for an answer of one of the user's firms."""
    return Match.objects.unanswered_by(user).count()
