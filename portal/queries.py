"""The figures of the home pages, each counted from its rows when the page is asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, cast

from django.core.cache import cache
from django.db.models import Count, Prefetch, Q

from companies.choices import CompanyState, Cooperation, ImportState, JoinState
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
# Counting all firms and items takes a while in a large market, and crawlers ask often.
FIGURES_SECONDS: Final = 300


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
    """A sector as everybody sees it; `needs` are the newest of `need_count`.

    `concepts` come with the number of firms that supply them, most first.
    """

    sector: Sector
    korean_firms: int
    japanese_firms: int
    offering_count: int
    need_count: int
    concepts: list[tuple[Concept, int]]
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
    """Counted from the rows, at most FIGURES_SECONDS ago."""
    return ServiceFigures(**_kept(f"portal:figures:{today}", lambda: _service_figures(today)))


def _service_figures(today: date) -> dict[str, int]:
    firms = Company.objects.listed()
    counted = _by_country(firms)
    return {
        "korean_firms": counted["korean"],
        "japanese_firms": counted["japanese"],
        "offerings": Offering.objects.open(today).filter(company__in=firms).count(),
        "needs": Need.objects.open(today).filter(company__in=firms).count(),
        "introductions": Introduction.objects.count(),
    }


def sector_page(sector: Sector, today: date) -> SectorPage:
    """A need or offering belongs to the sectors of its concepts, a firm to those it names.

    The figures may be FIGURES_SECONDS old; needs are as they stand.
    """
    key = f"portal:sector:{sector.pk}:{today}"
    told = _kept(key, lambda: _sector_figures(sector, today))
    concepts = Concept.objects.in_bulk([key for key, _count in told["concepts"]])
    shown = (
        _needs_of(sector, today)
        .select_related("company", "unit")
        .prefetch_related(
            Prefetch("concepts", Concept.objects.filter(is_active=True, kind__in=TRADED))
        )
        .order_by("-created_at", "pk")[:SHOWN_NEEDS]
    )
    return SectorPage(
        sector=sector,
        korean_firms=told["korean"],
        japanese_firms=told["japanese"],
        offering_count=told["offerings"],
        need_count=told["needs"],
        concepts=[(concepts[key], count) for key, count in told["concepts"] if key in concepts],
        needs=[_anonymous(cast(Need, need), today) for need in shown],
    )


def _sector_figures(sector: Sector, today: date) -> dict[str, Any]:
    """Numbers and keys only: what a later version of the product can still read."""
    ours = Concept.objects.filter(sector=sector)
    offerings = Offering.objects.matchable(today).filter(company__in=Company.objects.listed())
    most_named = (
        ours.filter(is_active=True, kind__in=TRADED, offerings__in=offerings)
        .annotate(firm_count=Count("offerings__company", distinct=True))
        .order_by("-firm_count", "code")
    )
    return {
        **_by_country(Company.objects.listed().filter(sectors=sector)),
        "offerings": offerings.filter(pk__in=_items_of(Offering, ours)).count(),
        "needs": _needs_of(sector, today).count(),
        "concepts": list(most_named.values_list("pk", "firm_count")[:SHOWN_CONCEPTS]),
    }


def _needs_of(sector: Sector, today: date) -> Any:
    """Open needs of verified firms that take part in matching."""
    ours = Concept.objects.filter(sector=sector)
    return Need.objects.matchable(today).filter(
        company__in=Company.objects.listed(), pk__in=_items_of(Need, ours)
    )


def _kept(key: str, make: Callable[[], Any]) -> Any:
    """What `make` gives, at most FIGURES_SECONDS old."""
    return cache.get_or_set(key, make, FIGURES_SECONDS)


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


def sectors_with_firms() -> list[tuple[Sector, int]]:
    """The sectors, each with how many firms of the directory worked in it a moment ago."""
    counts: dict[int, int] = _kept("portal:sectors", _firms_by_sector)
    return [(sector, counts.get(sector.pk, 0)) for sector in Sector.objects.all()]


def _firms_by_sector() -> dict[int, int]:
    links = Company.sectors.through.objects.filter(company__in=Company.objects.listed())
    return dict(links.order_by().values_list("sector_id").annotate(Count("pk")))


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
        latest_run=MatchRun.objects.writing().select_related("policy").first(),
    )
