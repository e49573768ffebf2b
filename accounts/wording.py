"""What people agree to, word for word.

A change of meaning is a new version: consents already recorded keep the version they were given
to, whose words move to EARLIER. The sentences are translated like every other text of the product.
"""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.choices import ConsentKind

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Wording:
    """One consent as it is asked for: the sentence to tick and the facts it refers to."""

    kind: ConsentKind
    version: str
    sentence: Text
    facts: tuple[tuple[Text, Text], ...]
    is_required: bool = False


TERMS: Final = Wording(
    kind=ConsentKind.TERMS,
    version="2026-11",
    sentence=_("I agree to the terms of use and have read how personal data are handled."),
    facts=(
        (
            _("What is collected"),
            _("E-mail address, name, language, and what you add later in your settings."),
        ),
        (
            _("What for"),
            _("Your account, the matching of your firm, and the mails that belong to it."),
        ),
        (
            _("How long"),
            _("Until you close the account; the record of consents one year longer."),
        ),
        (
            _("Your right to refuse"),
            _("You may refuse; without this agreement no account can be opened."),
        ),
    ),
    is_required=True,
)

CROSS_BORDER: Final = Wording(
    kind=ConsentKind.CROSS_BORDER,
    version="2026-11",
    sentence=_("My contact data may be given to a matched firm in the other country."),
    facts=(
        (
            _("Country"),
            _(
                "Japan, when you belong to a Korean firm; "
                "Korea, when you belong to a Japanese firm."
            ),
        ),
        (
            _("Recipient"),
            _(
                "The one firm you are introduced to, after both of you have answered “interested”. "
                "It is named to you in the same introduction."
            ),
        ),
        (
            _("What is given"),
            _("Name, name in kana, department and title, telephone, e-mail address, language."),
        ),
        (
            _("What for"),
            _("So that the two firms can talk to each other about the match. Nothing else."),
        ),
        (
            _("When and how"),
            _(
                "At the moment of the introduction: by the letter of introduction and on the page "
                "of the match, over encrypted connections."
            ),
        ),
        (
            _("How long"),
            _(
                "On Gagyo until you withdraw this consent or close the account; the other firm "
                "deletes the data when the purpose is fulfilled."
            ),
        ),
        (
            _("Protection in that country"),
            _(
                "Korea has the Personal Information Protection Act, Japan the Act on the "
                "Protection of Personal Information; both have an independent supervisory "
                "authority. The recipient agrees in the terms of use to protect the data "
                "accordingly."
            ),
        ),
        (
            _("Your right to refuse"),
            _(
                "You may refuse, or withdraw at any time. Your firm is matched all the same; the "
                "association then passes messages on instead of your contact data."
            ),
        ),
    ),
)

PROMOTIONAL: Final = Wording(
    kind=ConsentKind.PROMOTIONAL,
    version="2026-11",
    sentence=_("I want news and events of Gagyo by e-mail."),
    facts=(
        (_("What is used"), _("E-mail address, name, language.")),
        (
            _("What for"),
            _("News, fairs, seminars and offers of the association and its partners."),
        ),
        (
            _("How long"),
            _("Until you withdraw this consent, two years at most; then we ask again."),
        ),
        (
            _("Your right to refuse"),
            _(
                "You may refuse, or withdraw at any time with the link in each such mail. "
                "Nothing else changes."
            ),
        ),
    ),
)

WORDINGS: Final[dict[str, Wording]] = {
    wording.kind: wording for wording in (TERMS, CROSS_BORDER, PROMOTIONAL)
}

# Wordings that are no longer asked for, while somebody's consent to one of them is kept.
EARLIER: Final[tuple[Wording, ...]] = ()


def wording_of(kind: str, version: str) -> Wording | None:
    """What was agreed to under this version; None when nobody has kept the words."""
    known = (*WORDINGS.values(), *EARLIER)
    return next((each for each in known if (each.kind, each.version) == (kind, version)), None)
