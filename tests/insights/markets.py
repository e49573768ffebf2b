"""A small market in which everything that can stand between a need and an offering happens."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from companies.choices import ItemState
from companies.models import Block, Company, CompanyCertification, Need, Offering
from matching.choices import Direction, MatchState
from matching.models import Introduction
from taxonomy.choices import ConceptKind, Country
from taxonomy.models import Certification, Concept
from tests.factories import (
    CertificationFactory,
    CompanyFactory,
    ConceptFactory,
    MatchFactory,
    NeedFactory,
    OfferingFactory,
    SectorFactory,
    UnitFactory,
)

HS = ("370790", "370710", "854231", "854239")
COOPERATION = (
    ["supply"],
    ["contract_manufacturing"],
    ["joint_development"],
    ["rd_platform", "supply"],
    ["consortium"],
)


def concept_tree() -> list[Concept]:
    """An industry, goods of three levels below it, and what is no goods."""
    sector = SectorFactory()
    industry = ConceptFactory(code="chips", kind=ConceptKind.INDUSTRY, sector=sector)
    materials = ConceptFactory(
        code="chip_materials", kind=ConceptKind.MATERIAL, parent=industry, sector=sector
    )
    resist = ConceptFactory(
        code="resist", kind=ConceptKind.MATERIAL, parent=materials, sector=sector, hs6=["370790"]
    )
    return [
        industry,
        materials,
        resist,
        ConceptFactory(code="arf_resist", kind=ConceptKind.MATERIAL, parent=resist, sector=sector),
        ConceptFactory(code="slurry", kind=ConceptKind.PRODUCT, parent=materials, sector=sector),
        ConceptFactory(code="pumps", kind=ConceptKind.EQUIPMENT),
        ConceptFactory(code="shiny", kind=ConceptKind.PROPERTY),
    ]


def random_market(seed: int, *, now: datetime, firms: int = 12) -> None:
    """Firms of both countries with needs and offerings, matches, blocks and certificates."""
    rng = Random(seed)
    concepts = concept_tree()
    certificates = [CertificationFactory(code=f"iso_{number}") for number in (1, 2, 3)]
    sides: dict[str, list[Company]] = {}
    for country in (Country.KR, Country.JP):
        sides[country] = [_firm(rng, country, certificates, now) for _ in range(firms)]
    needs, offerings = [], []
    for country in sides:
        for firm in sides[country]:
            needs += [_need(rng, firm, concepts, certificates, now) for _ in range(2)]
            offerings += [_offering(rng, firm, concepts, certificates) for _ in range(3)]
    _between(rng, sides, needs, offerings, now)


def _firm(rng: Random, country: str, certificates: list[Certification], now: datetime) -> Company:
    state = rng.choice(("verified",) * 5 + ("unclaimed", "suspended"))
    firm: Company = CompanyFactory(
        country=country,
        state=state,
        is_matching_enabled=rng.random() > 0.1,
        introductions_per_month=rng.choice((0, 1, 5)),
    )
    for certification in rng.sample(certificates, rng.choice((0, 1, 2))):
        CompanyCertification.objects.create(
            company=firm,
            certification=certification,
            expires_on=timezone.localdate(now) + timedelta(days=rng.choice((-5, 0, 30))),
        )
    return firm


def _shared(rng: Random, concepts: list[Concept]) -> dict[str, Any]:
    unit = rng.choice((None, UnitFactory(), UnitFactory(code="thousand", factor=1000)))
    mass = UnitFactory(code="kg", dimension="mass")
    return {
        "concepts": rng.sample(concepts, rng.choice((0, 1, 1, 2))),
        "hs6": rng.sample(HS, rng.choice((0, 0, 1, 2))),
        "cooperation": rng.choice(COOPERATION),
        "unit": rng.choice((unit, unit, mass)),
        "annual_volume": rng.choice((None, 5, 500, 50_000)),
        "state": rng.choice((ItemState.OPEN,) * 5 + (ItemState.CLOSED,)),
        "valid_until": rng.choice(
            (None, None, timezone.localdate() + timedelta(days=rng.choice((-1, 0, 9))))
        ),
    }


def _need(
    rng: Random,
    firm: Company,
    concepts: list[Concept],
    certificates: list[Certification],
    now: datetime,
) -> Need:
    today = timezone.localdate(now)
    need: Need = NeedFactory(
        company=firm,
        **_shared(rng, concepts),
        max_lead_time_days=rng.choice((None, None, 30, 90)),
        is_volume_required=rng.random() < 0.4,
        is_single_sourced=rng.choice((None, True, True, False)),
        risk_reason=rng.choice(("", "disaster", "price")),
        needed_by=rng.choice((None, today + timedelta(days=90), today + timedelta(days=91))),
        stock_cover_days=rng.choice((None, 30, 31)),
        seats=rng.choice((1, 2, 5)),
        created_at=now - timedelta(days=rng.randrange(1, 90)),
    )
    need.required_certifications.set(rng.sample(certificates, rng.choice((0, 0, 1, 2))))
    return need


def _offering(
    rng: Random, firm: Company, concepts: list[Concept], certificates: list[Certification]
) -> Offering:
    offering: Offering = OfferingFactory(
        company=firm,
        **_shared(rng, concepts),
        certifications=rng.sample(certificates, rng.choice((0, 0, 1))),
        lead_time_days=rng.choice((None, 20, 60, 120)),
    )
    return offering


def _between(
    rng: Random,
    sides: dict[str, list[Company]],
    needs: list[Need],
    offerings: list[Offering],
    now: datetime,
) -> None:
    for _ in range(4):
        one, other = rng.choice(sides[Country.KR]), rng.choice(sides[Country.JP])
        if rng.random() < 0.5:
            one, other = other, one
        Block.objects.get_or_create(company=one, blocked=other, defaults={"created_at": now})
    for need in needs:
        abroad = [each for each in offerings if each.company.country != need.company.country]
        for offering in rng.sample(abroad, 2):
            state = rng.choice([*MatchState.values, MatchState.INTRODUCED, MatchState.DECLINED])
            match = MatchFactory(
                need=need,
                offering=offering,
                state=state,
                direction=(
                    Direction.KR_TO_JP if need.company.country == Country.JP else Direction.JP_TO_KR
                ),
                ended_at=now - timedelta(days=rng.choice((1, 30))) if state == "declined" else None,
                reopens_at=rng.choice((None, now - timedelta(days=1), now + timedelta(days=9))),
            )
            if state == MatchState.INTRODUCED:
                Introduction.objects.create(
                    match=match, at=now - timedelta(days=rng.choice((0, 40)))
                )
