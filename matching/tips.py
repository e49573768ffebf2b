"""What a firm can do about the other side's reason: a sentence, and the place to mend it."""

from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.models import Need, Offering
from matching.choices import DeclineReason

_ITEM: Final = "item"


@dataclass(frozen=True, slots=True)
class Tip:
    """`text` advises, `label` names the page at `url` where it is done."""

    text: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class _Advice:
    """`page`: the item itself or a URL name; `field` of the form there."""

    text: Promise
    label: Promise
    page: str
    field: str = ""


_MEND_ITEM: Final = _("Mend the item")

ADVICE: Final[dict[str, _Advice]] = {
    DeclineReason.NO_CURRENT_NEED: _Advice(
        _("Say until when the item is valid and when it is needed: matches then come in time."),
        _MEND_ITEM,
        _ITEM,
        "valid_until",
    ),
    DeclineReason.SPECIFICATION: _Advice(
        _("Describe grades, dimensions and tolerances in the item: differences then show earlier."),
        _MEND_ITEM,
        _ITEM,
        "text",
    ),
    DeclineReason.PRICE: _Advice(
        _("A price band in the item keeps matches within reach of both sides."),
        _MEND_ITEM,
        _ITEM,
        "price_min",
    ),
    DeclineReason.VOLUME: _Advice(
        _("State the yearly volume and the smallest order in the item."),
        _MEND_ITEM,
        _ITEM,
        "annual_volume",
    ),
    DeclineReason.LEAD_TIME: _Advice(
        _("State the lead time in the item, as you can hold it today."),
        _MEND_ITEM,
        _ITEM,
        "lead_time_days",
    ),
    DeclineReason.CERTIFICATION: _Advice(
        _("Enter your certifications with their numbers and end dates."),
        _("My certificates"),
        "companies:certificates",
    ),
    DeclineReason.KNOWN_PARTNER: _Advice(
        _("Firms you already work with can be entered in your profile as not to be matched."),
        _("Firms never to meet"),
        "companies:blocks",
    ),
    DeclineReason.COMPETITOR: _Advice(
        _("Say in the profile what your firm does itself and what it does not."),
        _("Mend the profile"),
        "companies:profile_edit",
        "industry",
    ),
    DeclineReason.BUSY: _Advice(
        _("Nothing is wrong with your item. Keep it open: the next match may come sooner."),
        _("My items"),
        "companies:items",
    ),
    DeclineReason.OTHER: _Advice(
        _("A fuller description and your figures make it easier to say yes."),
        _MEND_ITEM,
        _ITEM,
        "text",
    ),
}


def decline_tip(reason: str, item: Need | Offering) -> Tip | None:
    """What the firm of `item` can do after the other side gave `reason`; None without advice."""
    advice = ADVICE.get(reason)
    if advice is None:
        return None
    field = f"{advice.field}_{item.language}" if advice.field == "text" else advice.field
    anchor = f"#id_{field}" if field else ""
    page = item_url(item) if advice.page == _ITEM else reverse(advice.page)
    return Tip(text=str(advice.text), label=str(advice.label), url=f"{page}{anchor}")


def item_url(item: Need | Offering) -> str:
    """Where the item's own firm edits it."""
    kind = "need" if isinstance(item, Need) else "offering"
    return reverse(f"companies:{kind}_edit", args=[item.pk])
