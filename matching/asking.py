"""The questions staff put to a firm about its own item, as sentences in every language."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from matching.choices import QuestionKind, Side

#: Nothing here may speak of a match or of another firm: the one that is asked knows of neither.
SENTENCES: Final[dict[tuple[str, str], Promise]] = {
    (Side.SELLER, QuestionKind.VOLUME): _(
        "How much of “%(item)s” can you supply in a year, and what is the smallest order you take?"
    ),
    (Side.BUYER, QuestionKind.VOLUME): _(
        "How much of “%(item)s” do you need in a year, and may it come from several suppliers?"
    ),
    (Side.SELLER, QuestionKind.CERTIFICATE): _(
        "Which certificates do you hold for “%(item)s”, and until when are they valid?"
    ),
    (Side.BUYER, QuestionKind.CERTIFICATE): _(
        "Which certificates must a supplier of “%(item)s” hold, and which are only welcome?"
    ),
    (Side.SELLER, QuestionKind.PRICE): _(
        "In which range is the price of “%(item)s”: for which unit, in which currency and under"
        " which Incoterm?"
    ),
    (Side.BUYER, QuestionKind.PRICE): _(
        "Which price do you expect for “%(item)s”: for which unit, in which currency and under"
        " which Incoterm?"
    ),
    (Side.SELLER, QuestionKind.AVAILABILITY): _(
        "From when can you supply “%(item)s”, and how long does a delivery take?"
    ),
    (Side.BUYER, QuestionKind.AVAILABILITY): _(
        "By when do you need “%(item)s”, and how long may a delivery take?"
    ),
    (Side.SELLER, QuestionKind.OTHER): _("We have a question about “%(item)s”."),
    (Side.BUYER, QuestionKind.OTHER): _("We have a question about “%(item)s”."),
}


def question_sentence(side: str, kind: str, item: str) -> str:
    """The question in the active language; `item` is the title of the firm's own item."""
    return str(SENTENCES[side, kind]) % {"item": item}
