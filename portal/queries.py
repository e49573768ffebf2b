"""The figures of the home pages, each counted from its rows when the page is asked for."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, cast

from django.db.models import Count, Prefetch, Q

from companies.choices import CompanyState, Cooperation, ImportState, ItemState, JoinState
from companies.models import Company, ImportJob, JoinRequest, Need, Offering
from mailing.choices import MessageState
from mailing.models import Message
from matching.models import Introduction, Match, MatchRun
from taxonomy.choices import ConceptKind, Country
from taxonomy.models import Concept, Sector, Unit

SHOWN_NEEDS: Final = 12
SHOWN_CONCEPTS: Final = 12
# What a firm trades in; what it is used for, or where, names no product one could look for.
TRADED: Final = (
    ConceptKind.PRODUCT,
    ConceptKind.MATERIAL,
    ConceptKind.PROCESS,
    ConceptKind.EQUIPMENT,
    ConceptKind.SERVICE,
)
HEADING_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """What the service holds at present: verified firms, their open items, introductions."""

    korean_firms: int
    japanese_firms: int
    offerings: int
    needs: int
    introductions: int

    @property
    def firms(self) -> int:
        return self.korean_firms + self.japanese_firms


@dataclass(frozen=True, slots=True)
class VolumeBand:
    """The power of ten a year's volume lies in: 1,200 kg is told as 1,000 to 10,000 kg."""

    low: int
    high: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class AnonymousNeed:
    """What the public may know of a need: nothing its firm wrote, and no place below the country.

    Left out are the firm, its region and size, title and text, exact volumes, prices, days and
    certificates, and the present source: each could tell insiders who it is.
    """

    country: str
    concepts: tuple[Concept, ...]
    headings: tuple[str, ...]
    cooperation: tuple[str, ...]
    volume: VolumeBand | None
    needed_by: date | None
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class SectorPage:
    """A sector as everybody sees it; `needs` are the newest of `need_count`."""

    sector: Sector
    korean_firms: int
    japanese_firms: int
    offering_count: int
    need_count: int
    concepts: list[Concept]
    needs: list[AnonymousNeed]


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


def service_figures(today: date) -> ServiceFigures:
    firms = Company.objects.listed()
    counted = _by_country(firms)
    return ServiceFigures(
        korean_firms=counted["korean"],
        japanese_firms=counted["japanese"],
        offerings=Offering.objects.open(today).filter(company__in=firms).count(),
        needs=Need.objects.open(today).filter(company__in=firms).count(),
        introductions=Introduction.objects.count(),
    )


def sector_page(sector: Sector, today: date) -> SectorPage:
    """A need or offering belongs to the sectors of its concepts, a firm to those it names."""
    firms = Company.objects.listed().filter(sectors=sector)
    counted = _by_country(firms)
    ours = Concept.objects.filter(sector=sector)
    offerings = Offering.objects.matchable(today).filter(company__in=Company.objects.listed())
    needs = Need.objects.matchable(today).filter(
        company__in=Company.objects.listed(), pk__in=_items_of(Need, ours)
    )
    return SectorPage(
        sector=sector,
        korean_firms=counted["korean"],
        japanese_firms=counted["japanese"],
        offering_count=offerings.filter(pk__in=_items_of(Offering, ours)).count(),
        need_count=needs.count(),
        concepts=list(
            ours.filter(is_active=True, kind__in=TRADED, offerings__in=offerings)
            .annotate(firm_count=Count("offerings__company", distinct=True))
            .order_by("-firm_count", "code")[:SHOWN_CONCEPTS]
        ),
        needs=[
            _anonymous(cast(Need, need), today)
            for need in needs.select_related("company", "unit")
            .prefetch_related(
                Prefetch("concepts", Concept.objects.filter(is_active=True, kind__in=TRADED))
            )
            .order_by("-created_at", "pk")[:SHOWN_NEEDS]
        ],
    )


def _by_country(firms: Any) -> dict[str, int]:
    counted: dict[str, int] = firms.aggregate(
        korean=Count("pk", filter=Q(country=Country.KR)),
        japanese=Count("pk", filter=Q(country=Country.JP)),
    )
    return counted


def _items_of(model: type[Need] | type[Offering], concepts: Any) -> Any:
    """The keys of the items that name one of `concepts`."""
    link = model.concepts.through
    item = model._meta.model_name
    return link.objects.filter(concept__in=concepts).values(f"{item}_id")


def _anonymous(need: Need, today: date) -> AnonymousNeed:
    return AnonymousNeed(
        country=need.company.country,
        concepts=tuple(need.concepts.all()),
        headings=tuple(sorted({code[:HEADING_DIGITS] for code in need.hs6})),
        cooperation=tuple(str(Cooperation(kind).label) for kind in need.cooperation),
        volume=_band(need.annual_volume, need.unit),
        needed_by=need.needed_by if need.needed_by and need.needed_by >= today else None,
        is_urgent=bool(need.is_single_sourced or need.risk_reason),
    )


def _band(volume: Decimal | None, unit: Unit | None) -> VolumeBand | None:
    if volume is None or unit is None or volume < 1:
        return None
    low = 10 ** volume.adjusted()
    return VolumeBand(low, low * 10, unit)


def sectors_with_firms() -> list[Sector]:
    """The four sectors, each with `firm_count`: how many firms of the directory work in it."""
    listed = Q(companies__in=Company.objects.listed())
    return list(
        Sector.objects.annotate(firm_count=Count("companies", filter=listed, distinct=True))
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
