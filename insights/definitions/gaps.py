"""What each figure of the supply gap map means; they are counted together (`queries.counting`)."""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from insights.definitions.kinds import Text

_DATED: Final = _("As of the last count of the market; its time stands with the figures.")
TITLE: Final = _("Supply gaps")


@dataclass(frozen=True, slots=True)
class Meaning:
    """A figure's name and what is counted."""

    label: Text
    counted: Text
    dated: Text = _DATED


MEANINGS: Final[dict[str, Meaning]] = {
    "needs": Meaning(
        _("Needs"),
        _("Open needs of verified firms that take part in matching and name these goods."),
    ),
    "single": Meaning(
        _("Single-sourced"), _("Needs whose firm says that it has only one source today.")
    ),
    "critical": Meaning(
        _("Critical"),
        _("Needs that must be met within 90 days, or whose stock lasts 30 days or less."),
    ),
    "seats": Meaning(_("Suppliers wanted"), _("How many suppliers the needs want to talk to.")),
    "taken": Meaning(
        _("Found"), _("Of these, suppliers with an approved match or an introduction.")
    ),
    "wanted": Meaning(_("Still wanted"), _("Suppliers wanted less those found, need by need.")),
    "offered": Meaning(
        _("Firms that offer it"),
        _(
            "Verified firms of the other country with an open offering of the same concept, a"
            " narrower one, or the same six-digit HS code."
        ),
    ),
    "eligible": Meaning(
        _("Eligible"),
        _(
            "Of these, firms that no rule keeps apart from the need: cooperation type, required"
            " certificates, lead time, whole volume, blocks and earlier decisions."
        ),
    ),
    "with_room": Meaning(
        _("With room"), _("Eligible firms that can be introduced once more this month.")
    ),
    "gap": Meaning(
        _("Gap"),
        _(
            "Suppliers still wanted for which there is no firm with room, added up over the needs."
            " A firm with room is counted for each need it fits."
        ),
    ),
    "short": Meaning(_("Needs with a gap"), _("Needs whose gap is more than zero.")),
    "candidates": Meaning(
        _("Unclaimed firms"),
        _(
            "Firms of the other country from imported lists that nobody has claimed and that are"
            " listed with these goods."
        ),
    ),
    "open_since": Meaning(_("Open since"), _("When the oldest of these needs was entered.")),
}
