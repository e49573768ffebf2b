"""A small planted market whose items say different things about themselves."""

from matching.choices import Criterion
from tests.factories import (
    CertificationFactory,
    ConceptFactory,
    NeedFactory,
    OfferingFactory,
)
from tests.matching.changing import ask, offer

STAGES = ("concept", "prototype", "pilot", "mass_production")


def varied_market(size: int = 6) -> None:
    """Both countries buy and sell; some name a concept and some only share words; certificates,
    codes, stages and lead times are known of some, better and worse."""
    for code, ko, ja in (("slurry", "연마액", "スラリー"), ("gear", "톱니바퀴", "歯車")):
        ConceptFactory(code=code, label_ko=ko, label_ja=ja, label_en=code)
    iso = CertificationFactory()
    for number in range(size):
        facts = {
            "hs6": [("370790", "848340", "340590")[number % 3]] if number % 2 else [],
            "stage": STAGES[number % 4] if number % 3 else "",
            "lead_time_days": 10 * number + 5 if number % 2 == 0 else None,
        }
        room = {"company__introductions_per_month": 20, "company__employees": 40 * number}
        NeedFactory(**facts, **room, seats=10, certifications=[iso] if number % 2 else None)
        OfferingFactory(**{**facts, "stage": STAGES[(number + 1) % 4]}, **room)
        NeedFactory(**facts, **room, company__country="KR", seats=10)
        OfferingFactory(**room, company__country="JP", certifications=[iso])
    for title in ("quorbel frandik zulvomat", "quorbel frandik"):  # words of no taxonomy
        ask(title, country="JP", introductions_per_month=20)
        offer(f"{title} teldrun", country="KR", introductions_per_month=20)


def other_weights() -> dict[str, float]:
    """Weights that make another order of a varied market."""
    chosen = {"product": 0.2, "hs": 0.1, "price": 0.1, "lead_time": 0.3, "stage": 0.3}
    return {name: chosen.get(name, 0.0) for name in Criterion.values}
