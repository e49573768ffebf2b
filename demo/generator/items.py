"""Offerings and needs drawn from a template."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from demo.generator.catalogue import Catalogue, Template, Wording
from demo.generator.chance import log_uniform, random_uuid, rounded, some
from demo.generator.plans import ItemPlan

INCOTERMS: Final = ("FOB", "CIF", "DAP", "EXW", "FCA", "DDP")
CLOSING_JOIN: Final = {"ko": " ", "ja": "", "en": " "}


def draw_offering(
    catalogue: Catalogue, template: Template, language: str, rng: Random, today: date
) -> ItemPlan:
    """What a firm writing `language` supplies; figures are sometimes left out, as people do."""
    wording = template.offering[language]
    values = _shared(catalogue, "offering", template, language, rng)
    values |= {"stage": template.stage[0] if rng.random() < 0.8 else rng.choice(template.stage)}
    unit = _volume(values, wording, rng, known=0.75)
    if unit:
        share = rng.choice((0.005, 0.01, 0.02, 0.05))
        values["minimum_order"] = Decimal(max(1, round(float(values["annual_volume"]) * share)))
    if rng.random() < 0.8:
        values["lead_time_days"] = _days(rng, *wording.lead_time)
    currency = _price(values, wording, rng, known=0.6)
    if rng.random() < 0.15:
        values["valid_until"] = today + timedelta(days=rng.randint(60, 360))
    return ItemPlan(
        id=random_uuid(rng),
        values=values,
        unit=unit,
        currency=currency,
        related={
            "concepts": wording.concepts,
            "certifications": some(rng, template.certifications, 3),
        },
    )


def draw_need(
    catalogue: Catalogue,
    template: Template,
    language: str,
    wish_regions: tuple[str, ...],
    rng: Random,
    today: date,
) -> ItemPlan:
    """What a firm writing `language` looks for, with its hard requirements and its supply risk."""
    wording = template.need[language]
    values = _shared(catalogue, "need", template, language, rng)
    unit = _volume(values, wording, rng, known=0.7)
    longest = wording.lead_time[1]
    if rng.random() < 0.5:
        values["lead_time_days"] = _days(rng, *wording.lead_time)
    if rng.random() < 0.35:
        values["max_lead_time_days"] = _days(rng, longest, longest * 1.6)
    currency = _price(values, wording, rng, known=0.45)
    values |= {
        "is_volume_required": bool(unit) and rng.random() < 0.08,
        "current_source_country": template.source if rng.random() < 0.75 else "",
        "is_single_sourced": rng.choice((True, True, False, None)),
        "risk_reason": rng.choice(template.risk) if rng.random() < 0.7 else "",
        "accepts_substitutes": rng.choice((True, False, None)),
        "stock_cover_days": rng.choice((15, 30, 45, 60, 90, None)),
        "needed_by": today + timedelta(days=rng.randint(45, 400)) if rng.random() < 0.6 else None,
        "seats": rng.randint(2, 6),
    }
    if rng.random() < 0.15:
        values["wish_min_employees"] = rng.choice((10, 20, 30, 50))
    values["wish_experienced"] = rng.random() < 0.2
    return ItemPlan(
        id=random_uuid(rng),
        values=values,
        unit=unit,
        currency=currency,
        related={
            "concepts": wording.concepts,
            "certifications": some(rng, template.certifications, 2) if rng.random() < 0.6 else (),
            "required_certifications": template.required if rng.random() < 0.4 else (),
            "wish_regions": some(rng, wish_regions, 3) if rng.random() < 0.1 else (),
        },
    )


def _shared(
    catalogue: Catalogue, kind: str, template: Template, language: str, rng: Random
) -> dict[str, Any]:
    """Titles and texts, in English too where the template has it, and what both kinds carry."""
    wordings = template.offering if kind == "offering" else template.need
    wording = wordings[language]
    has_english = "en" in wordings and rng.random() < 0.5
    slots = {name: rng.choice(options) for name, options in template.slots.items()}
    values: dict[str, Any] = {
        "language": language,
        "cooperation": [
            wording.cooperation[0],
            *(each for each in wording.cooperation[1:] if rng.random() < 0.35),
        ],
        "hs6": list(wording.hs6) if rng.random() < 0.85 else [],
    }
    closing = ""
    if rng.random() < 0.6:
        sentences = rng.sample(catalogue.closings[kind][language], rng.randint(1, 2))
        closing = CLOSING_JOIN[language].join(("", *sentences))
    for code in (language, "en") if has_english else (language,):
        values[f"title_{code}"] = wordings[code].title.format(**slots)
        values[f"text_{code}"] = wordings[code].text.format(**slots)
    values[f"text_{language}"] += closing
    return values


def _volume(values: dict[str, Any], wording: Wording, rng: Random, *, known: float) -> str:
    if rng.random() >= known:
        return ""
    values["annual_volume"] = log_uniform(rng, *wording.volume)
    return wording.unit


def _price(values: dict[str, Any], wording: Wording, rng: Random, *, known: float) -> str:
    """A band inside the template's, its end 1.1 to 1.4 times its beginning."""
    if rng.random() >= known:
        return ""
    low, high, currency = wording.price
    width = rng.uniform(1.1, 1.4)
    lowest = log_uniform(rng, low, max(low, high / width))
    values["price_min"] = lowest
    values["price_max"] = max(lowest, rounded(float(lowest) * width))
    if rng.random() < 0.7:
        values["incoterm"] = rng.choice(INCOTERMS)
    return currency


def _days(rng: Random, low: float, high: float) -> int:
    return max(1, round(rng.uniform(low, high)))
