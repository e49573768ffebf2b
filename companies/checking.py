"""What waits for the staff's check of firms: folders, how long each waits, and who is late."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.business_days import business_days_before
from companies.choices import CompanyState, VerificationDecision
from companies.models import Company, Proof, Verification
from companies.names import fold
from companies.queries import requests_for_staff

MIN_DIGITS: Final = 3
# Firms with `waiting_since`, which type checkers cannot follow.
Firms = Any
# Who has begun to check a firm and has not decided for so long has gone on to something else.
CHECK_LEASE: Final = timedelta(minutes=30)
# Firms of these states may still hand in what they were asked for.
ALIVE: Final = (
    CompanyState.SUBMITTED,
    CompanyState.RETURNED,
    CompanyState.VERIFIED,
    CompanyState.LAPSED,
)


class Folder(models.TextChoices):
    """What staff do with firms, in the order in which they do it."""

    SUBMITTED = "submitted", _("to check")
    RENEWAL = "renewal", _("renewals asked")
    DOCUMENTS = "documents", _("documents to look at")
    CLAIMS = "claims", _("people who wait")
    ENDING = "ending", _("lapsing soon")
    LAPSED = "lapsed", _("verification lapsed")
    SILENT = "silent", _("returned and silent")
    SUSPENDED = "suspended", _("suspended")
    RETURNED = "returned", _("returned")
    VERIFIED = "verified", _("verified")
    DRAFT = "draft", _("draft")
    UNCLAIMED = "unclaimed", _("unclaimed")
    CLOSED = "closed", _("closed")
    MERGED = "merged", _("merged")


# Folders of work, counted at the top of the page; the others are looked up when asked for.
WORK: Final = tuple(Folder)[:8]
LOOKING_FURTHER: Final = (Folder.DOCUMENTS, Folder.CLAIMS, Folder.SILENT)
# Where the clock runs: the association owes these firms an answer.
CLOCKED: Final = (Folder.SUBMITTED, Folder.RENEWAL, Folder.DOCUMENTS, Folder.CLAIMS)

AGES: Final[dict[str, Promise]] = {
    "late": _("later than promised"),
    "7": _("7 days and more"),
    "30": _("30 days and more"),
}


def folder_of_firms(folder: str, *, now: datetime) -> Firms:
    """The firms in a folder (empty: all) with `waiting_since`, by which they are ordered."""
    firms = Company.objects.select_related("region", "checker")
    said = Verification.objects.filter(company=OuterRef("pk")).order_by("-at")
    since: dict[str, Any] = {
        Folder.ENDING: Coalesce("verified_until", "created_at"),
        Folder.LAPSED: Coalesce("verified_until", "created_at"),
        Folder.DOCUMENTS: Coalesce(
            Subquery(_to_judge().order_by("created_at").values("created_at")[:1]), "created_at"
        ),
        Folder.CLAIMS: Coalesce(
            Subquery(requests_for_staff().filter(company=OuterRef("pk")).values("created_at")[:1]),
            "created_at",
        ),
        Folder.SILENT: _last(said, VerificationDecision.RETURNED),
        Folder.RETURNED: _last(said, VerificationDecision.RETURNED),
        Folder.SUSPENDED: _last(said, VerificationDecision.SUSPENDED),
    }
    waiting = since.get(folder, Coalesce("renewal_asked_at", "submitted_at", "created_at"))
    return firms.filter(_within(folder, now)).annotate(waiting_since=waiting)


def folder_counts(*, now: datetime) -> dict[Folder, int]:
    """{folder of WORK: how many firms}: one query, and one for each folder that looks further
    than the firm's own row."""
    plain = [folder for folder in WORK if folder not in LOOKING_FURTHER]
    counted = Company.objects.order_by().aggregate(
        **{folder.value: models.Count("pk", filter=_within(folder, now)) for folder in plain}
    )
    for folder in LOOKING_FURTHER:
        counted[folder.value] = Company.objects.filter(_within(folder, now)).order_by().count()
    return {folder: counted[folder.value] for folder in WORK}


def late_before(now: datetime) -> datetime:
    """Who has waited since before this was promised an answer by now."""
    return business_days_before(now, settings.VERIFICATION_TARGET_DAYS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to."""

    words: str = ""
    country: str = ""
    sector: str = ""
    age: str = ""


def narrowed(firms: Firms, wanted: Wanted, *, now: datetime) -> Firms:
    if wanted.country:
        firms = firms.filter(country=wanted.country)
    if wanted.sector:
        of_sector = Company.sectors.through.objects.filter(
            company_id=OuterRef("pk"), sector__code=wanted.sector
        )
        firms = firms.filter(Exists(of_sector))
    if wanted.age == "late":
        firms = firms.filter(waiting_since__lt=late_before(now))
    elif wanted.age in AGES:
        firms = firms.filter(waiting_since__lte=now - timedelta(days=int(wanted.age)))
    if words := unicodedata.normalize("NFKC", wanted.words).strip():
        named = _is_named(words)
        number = "".join(sign for sign in words if sign.isdigit())
        if len(number) >= MIN_DIGITS:
            named |= Q(official_number__startswith=number)
        firms = firms.filter(named)
    return firms


def neighbours(
    company: Company, folder: str, wanted: Wanted, *, by: Any, now: datetime
) -> tuple[Company | None, Company | None]:
    """The firms before and after `company` in the folder, passing over those that a colleague
    checks at present."""
    rows = narrowed(folder_of_firms(folder, now=now), wanted, now=now)
    mine_or_free = Q(checker=None) | Q(checker=by) | Q(checker_since__lt=now - CHECK_LEASE)
    free = rows.filter(mine_or_free)
    at = rows.filter(pk=company.pk).values_list("waiting_since", flat=True).first()
    if at is None:
        # Decided meanwhile: on to the first that waits.
        return None, free.exclude(pk=company.pk).order_by("waiting_since", "pk").first()
    earlier = free.filter(Q(waiting_since__lt=at) | Q(waiting_since=at, pk__lt=company.pk))
    later = free.filter(Q(waiting_since__gt=at) | Q(waiting_since=at, pk__gt=company.pk))
    return (
        earlier.order_by("-waiting_since", "-pk").first(),
        later.order_by("waiting_since", "pk").first(),
    )


def is_being_checked(company: Company, *, by: Any, now: datetime) -> bool:
    """Whether somebody else checks the firm at present."""
    since = company.checker_since
    return company.checker not in (None, by) and since is not None and since > now - CHECK_LEASE


def checks_over_time(decisions: list[Verification]) -> Mapping[str, list[Verification]]:
    """{what was checked: the decisions that say so, the latest first}."""
    found: dict[str, list[Verification]] = {}
    for decision in decisions:
        for code in decision.checked:
            found.setdefault(code, []).append(decision)
    return found


def _within(folder: str, now: datetime) -> Q:
    conditions: dict[str, Q] = {
        "": Q(),
        Folder.SUBMITTED: Q(state=CompanyState.SUBMITTED) | Q(renewal_asked_at__isnull=False),
        Folder.RENEWAL: Q(renewal_asked_at__isnull=False),
        Folder.DOCUMENTS: Q(state__in=ALIVE) & Q(Exists(_to_judge())),
        Folder.CLAIMS: Q(
            pk__in=requests_for_staff().order_by().prefetch_related(None).values("company")
        ),
        Folder.ENDING: Q(
            state=CompanyState.VERIFIED,
            renewal_asked_at=None,
            verified_until__lte=now + timedelta(days=settings.RENEWAL_NOTICE_DAYS),
        ),
        Folder.SILENT: Q(state=CompanyState.RETURNED)
        & ~Q(
            Exists(
                Verification.objects.filter(
                    company=OuterRef("pk"),
                    at__gt=now - timedelta(days=settings.RETURNED_SILENT_DAYS),
                )
            )
        ),
    }
    return conditions.get(folder, Q(state=folder))


def _to_judge() -> QuerySet[Proof]:
    """Papers of the firm that nobody has judged, handed in since it was last verified."""
    papers = Proof.objects.of_firm().filter(company=OuterRef("pk"), verdict="")
    return papers.filter(
        Q(company__verified_at=None) | Q(created_at__gt=models.F("company__verified_at"))
    )


def _last(said: "QuerySet[Verification]", decision: str) -> Coalesce:
    return Coalesce(Subquery(said.filter(decision=decision).values("at")[:1]), "created_at")


def _is_named(words: str) -> Q:
    key = fold(words)
    named = Q(name_key__contains=key) | Q(name_key__trigram_similar=key)
    for name in ("name_ko", "name_ja", "name_en", "name_kana"):
        named |= Q(**{f"{name}__icontains": words})
    return named
