"""What offerings, needs and firms must say, whichever way it comes in: page, API, bulk or list.

Pure: values in, faults out, as {field: code}; `FAULTS` words the codes. A field that is absent from
the values is no fault here: nothing is said of it, or it is wrong in itself and told so already.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from common.localisation import LANGUAGES, Language
from taxonomy.choices import Country

FAULTS: Final[dict[str, Any]] = {
    "own_title_missing": _("Give a title in at least one language."),
    "text_missing": _("Describe it in at least one language."),
    "language_without_title": _("There is no title in this language."),
    "concept_missing": _("Choose at least one concept, or give an HS code."),
    "too_many_codes": _("An item has at most 20 HS codes."),
    "not_six_digits": _("An HS code has six digits, such as 3707.90."),
    "not_a_country_code": _("Give the country's two-letter code, such as CN."),
    "price_order": _("The highest price is below the lowest."),
    "currency_missing": _("Say in which currency the price is."),
    "unit_missing": _("Say in which unit the volume is."),
    "negative": _("This cannot be negative."),
    "wish_at_home": _("Choose regions of the other country."),
    "region_abroad": _("Choose a region of the firm's own country."),
    "sectors_missing": _("Choose at least one sector."),
}
MOST_CODES: Final = 20
TITLES: Final = tuple(f"title_{language}" for language in LANGUAGES)
TEXTS: Final = tuple(f"text_{language}" for language in LANGUAGES)
PRICES: Final = ("price_min", "price_max")
VOLUMES: Final = ("annual_volume", "minimum_order")
#: What rules read of an item, and the column it stands in.
_COLUMNS: Final = {
    **{name: name for name in (*TITLES, *TEXTS, *PRICES, *VOLUMES, "hs6")},
    "unit": "unit_id",
    "currency": "currency_id",
}
#: Their change alone is no reason to propose a declined pair again: the last valid day decides
#: only whether an item takes part, and the reference is the firm's own.
IMMATERIAL: Final = frozenset({"valid_until", "source_id"})
#: What a firm may change of itself at any time, besides its names.
PROFILE: Final = (
    "sectors",
    "region",
    "address",
    "website",
    "representative",
    "founded_on",
    "employees",
    "industry",
    "about_ko",
    "about_ja",
    "about_en",
    "has_partner_experience",
    "introductions_per_month",
    "is_name_hidden",
    "is_matching_enabled",
)


def item_faults(values: Mapping[str, Any], *, country: str) -> dict[str, str]:
    """What is wrong with an item of a firm of `country` that says `values`."""
    native = Language.KO if country == Country.KR else Language.JA
    faults = {}
    if not _says(values, TITLES):
        faults[f"title_{native}"] = "own_title_missing"
    elif (language := values.get("language")) and not _says(values, [f"title_{language}"]):
        faults["language"] = "language_without_title"
    if not _says(values, TEXTS):
        faults[f"text_{native}"] = "text_missing"
    if not _says(values, ("concepts", "hs6")):
        faults["concepts"] = "concept_missing"
    if len(values.get("hs6") or ()) > MOST_CODES:
        faults["hs6"] = "too_many_codes"
    lowest, highest = (values.get(name) for name in PRICES)
    if lowest is not None and highest is not None and lowest > highest:
        faults["price_max"] = "price_order"
    if _counts(values, PRICES) and not _says(values, ["currency"]):
        faults["currency"] = "currency_missing"
    if _counts(values, VOLUMES) and not _says(values, ["unit"]):
        faults["unit"] = "unit_missing"
    for name in (*VOLUMES, *PRICES):
        if (value := values.get(name)) is not None and value < 0:
            faults[name] = "negative"
    if any(region.country == country for region in values.get("wish_regions") or ()):
        faults["wish_regions"] = "wish_at_home"
    return faults


def company_faults(values: Mapping[str, Any], *, country: str) -> dict[str, str]:
    """What is wrong with what a firm of `country` says of itself."""
    faults = {}
    if (region := values.get("region")) and region.country != country:
        faults["region"] = "region_abroad"
    if not _says(values, ["sectors"]):
        faults["sectors"] = "sectors_missing"
    return faults


def said(item: Any, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What the rules read of an item, or of none yet (None), as it would stand after `changes`."""
    told = {name: getattr(item, column, None) for name, column in _COLUMNS.items()} | dict(changes)
    if "concepts" not in told and not told["hs6"]:
        is_stored = item is not None and not item._state.adding
        told["concepts"] = is_stored and item.concepts.exists()
    return told


def is_material(changed: Iterable[str]) -> bool:
    """Whether one of the changed fields matters for matching."""
    return not IMMATERIAL.issuperset(changed)


def _says(values: Mapping[str, Any], names: Iterable[str]) -> bool:
    return any(values.get(name, True) for name in names)


def _counts(values: Mapping[str, Any], names: Iterable[str]) -> bool:
    return any(values.get(name, 0) is not None for name in names)
