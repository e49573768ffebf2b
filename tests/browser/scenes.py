"""What the pages have to show: long Japanese names, both scripts, every kind of row."""

from itertools import count
from typing import Any

from companies.choices import RiskReason
from companies.models import Company
from matching.models import Match
from taxonomy.models import Concept, Sector, Unit
from taxonomy.reading import read_reference_data
from taxonomy.services import load_reference_data
from tests.factories import CompanyFactory, MatchFactory, NeedFactory, OfferingFactory

SERIAL = count(1)
LONG_NAME = "株式会社愛知先端マテリアルテクノロジーソリューションズホールディングス"
REASONS = {
    "fits": [
        {
            "code": "same_concepts",
            "args": {
                "concepts": [
                    {
                        "code": "photoresist",
                        "ko": "포토레지스트",
                        "ja": "フォトレジスト",
                        "en": "photoresist",
                    }
                ]
            },
        }
    ],
    "accepts": [],
    "missing": [{"code": "price_unknown", "args": {}}],
}


def reference_data() -> None:
    """The sectors, concepts, certifications, regions and units that the product comes with."""
    load_reference_data(data=read_reference_data())


def buyer(**fields: Any) -> Company:
    return _firm(country="JP", name_ja=LONG_NAME, name_en="", employees=1200, **fields)


def seller(**fields: Any) -> Company:
    return _firm(name_en="", employees=85, **fields)


def _firm(**fields: Any) -> Company:
    sectors = [Sector.objects.get(code="semiconductors")]
    # A domain of its own, or two firms would look like one group.
    own = f"owner@firm{next(SERIAL)}.co.kr"
    return CompanyFactory(
        with_owner=True,
        owner__user__name="한지우 佐藤",
        owner__user__email=own,
        sectors=sectors,
        **fields,
    )


def full_sides() -> dict[str, Any]:
    """A Japanese need and a Korean offering, each in its own language, with much to compare."""
    litre = Unit.objects.get(code="l")
    return {
        "need": NeedFactory(
            company=buyer(),
            title_ja="ArF液浸用フォトレジストの調達(量産、年間12,000リットル)",
            text_ja="半導体工場向けに、ArF液浸用のフォトレジストを探しています。\n二社購買を希望します。",
            title_en="",
            text_en="",
            annual_volume=12_000,
            unit=litre,
            max_lead_time_days=60,
            is_single_sourced=True,
            risk_reason=RiskReason.DISASTER,
            concepts=[Concept.objects.get(code="photoresist")],
        ),
        "offering": OfferingFactory(
            company=seller(),
            title_ko="ArF 액침용 포토레지스트",
            text_ko="미세 공정용 포토레지스트를 생산합니다. 소량 주문도 가능합니다.",
            title_en="",
            text_en="",
            minimum_order=200,
            unit=litre,
            lead_time_days=45,
            concepts=[Concept.objects.get(code="photoresist")],
        ),
    }


def proposal(**fields: Any) -> Match:
    """A proposed match between two firms of their own."""
    criteria = {"product": 0.93, "hs": 1.0, "lead_time": 0.6, "volume": None, "price": 0.3}
    fields = {"criteria": criteria, "parts": {"product": 0.7}, "reasons": REASONS} | fields
    return MatchFactory(**full_sides(), **fields)
