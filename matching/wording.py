"""The engine's coded reasons as sentences: for the buyer, for the seller, for staff."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.localisation import FALLBACK, in_language
from companies.choices import Stage
from matching.choices import Side
from matching.models import Match

# Between the members of a list, as each language writes it.
SEPARATORS: Final = {"ko": ", ", "ja": "、", "en": ", "}
_SCRIPTS: Final = {
    "ko": re.compile("[가-힣]"),
    "ja": re.compile("[ぁ-ヺー一-鿿]"),
    "en": re.compile("[a-z]"),
}
BETWEEN_SENTENCES: Final = {"ko": " ", "ja": "", "en": " "}
FULL_STOP: Final = {"ko": ".", "ja": "。", "en": "."}


@dataclass(frozen=True, slots=True)
class Told:
    """Sentences in one language: what fits, why the other side may say yes, what is missing."""

    fits: list[str]
    accepts: list[str]
    missing: list[str]

    def __iter__(self) -> Any:
        """All sentences in this order."""
        return iter([*self.fits, *self.accepts, *self.missing])


@dataclass(frozen=True, slots=True)
class _Sentence:
    """The same fact to each reader; `staff` is also what others read when they have no own."""

    staff: Promise | str
    buyer: Promise | str = ""
    seller: Promise | str = ""

    def to(self, side: str | None) -> str:
        words = {Side.BUYER.value: self.buyer, Side.SELLER.value: self.seller}.get(str(side), "")
        return str(words or self.staff)


SENTENCES: Final[Mapping[str, _Sentence]] = {
    # What fits.
    "same_concepts": _Sentence(
        _("The offering is what the need asks for: %(concepts)s."),
        _("They supply what you are looking for: %(concepts)s."),
        _("They are looking for what you supply: %(concepts)s."),
    ),
    "near_concepts": _Sentence(
        _("Offering and need belong to the same field: %(concepts)s."),
        _("They supply something close to what you are looking for: %(concepts)s."),
        _("They are looking for something close to what you supply: %(concepts)s."),
    ),
    "similar_wording": _Sentence(
        _("Both descriptions use much the same words."),
        _("Their description uses much the same words as your need."),
        _("Their need uses much the same words as your offering."),
    ),
    "shared_words": _Sentence(
        _("Both descriptions have words in common: %(words)s."),
        _("Their description and your need have words in common: %(words)s."),
        _("Their need and your offering have words in common: %(words)s."),
    ),
    "same_hs": _Sentence(_("Both state the HS code %(hs)s.")),
    "certifications_held": _Sentence(
        _("The seller holds the certifications asked for: %(certifications)s."),
        _("They hold the certifications you ask for: %(certifications)s."),
        _("You hold the certifications they ask for: %(certifications)s."),
    ),
    "volume_covered": _Sentence(
        _("The capacity covers the annual demand."),
        _("Their capacity covers your annual demand."),
        _("Your capacity covers their annual demand."),
    ),
    "lead_time_met": _Sentence(
        _("The lead time is %(days)s days; up to %(limit)s days are wished."),
        _("They deliver within %(days)s days; you wish at most %(limit)s days."),
        _("You deliver within %(days)s days; they wish at most %(limit)s days."),
    ),
    "price_within": _Sentence(
        _("The price is within the buyer's range."),
        _("Their price is within your range."),
        _("Your price is within their range."),
    ),
    "price_overlaps": _Sentence(
        _("The price ranges overlap."),
        _("Their price range overlaps with yours."),
        _("Their price range overlaps with yours."),
    ),
    "stage_reached": _Sentence(_("The product has reached the stage asked for: %(stage)s.")),
    # Why the other side may say yes.
    "wishes_met": _Sentence(
        _("Each firm is the kind of partner the other wishes for."),
        _("You are the kind of partner they wish for, and they are the kind you wish for."),
        _("You are the kind of partner they wish for, and they are the kind you wish for."),
    ),
    "wishes_partly_met": _Sentence(
        _("The firms meet some of the wishes about the partner."),
        _("Some of the wishes about the partner are met on both sides."),
        _("Some of the wishes about the partner are met on both sides."),
    ),
    "both_experienced": _Sentence(
        _("Both firms have traded with the other country before."),
    ),
    "seller_experienced": _Sentence(
        _("The seller has traded with the buyer's country before."),
        _("They have traded with your country before."),
        _("You have traded with their country before."),
    ),
    "buyer_experienced": _Sentence(
        _("The buyer has traded with the seller's country before."),
        _("You have traded with their country before."),
        _("They have traded with your country before."),
    ),
    "responsive": _Sentence(
        _("Both firms usually answer proposals."),
        _("They usually answer proposals."),
        _("They usually answer proposals."),
    ),
    "buyer_single_sourced": _Sentence(
        _("The buyer depends on a single source today."),
        _("You depend on a single source today; this would be a second one."),
        _("They are looking for a further source of supply."),
    ),
    "buyer_at_risk": _Sentence(
        _("The buyer names a risk to the present supply."),
        _("You name a risk to your present supply; this source is in another country."),
        _("They want to make their supply safer."),
    ),
    # What is missing.
    "concepts_not_named": _Sentence(
        _("The offering does not mention: %(concepts)s."),
        _("Their offering does not mention: %(concepts)s."),
        _("Your offering does not mention what they also ask for: %(concepts)s."),
    ),
    "certifications_missing": _Sentence(
        _("The seller does not hold: %(certifications)s."),
        _("They do not hold: %(certifications)s."),
        _("They ask for certifications you do not hold: %(certifications)s."),
    ),
    "certifications_unknown": _Sentence(
        _("It is not known whether the seller holds: %(certifications)s."),
        _("It is not known whether they hold: %(certifications)s."),
        _("They ask for certifications; say whether you hold them: %(certifications)s."),
    ),
    "volume_short": _Sentence(
        _("The capacity covers %(percent)s %% of the annual demand."),
        _("Their capacity covers %(percent)s %% of your annual demand."),
        _("Your capacity covers %(percent)s %% of their annual demand."),
    ),
    "volume_unknown": _Sentence(
        _("It is not known whether the capacity is enough."),
        _("It is not known whether their capacity is enough."),
        _("They state an annual demand; say what your capacity is."),
    ),
    "minimum_order_high": _Sentence(
        _("The minimum order is above the annual demand."),
        _("Their minimum order is above your annual demand."),
        _("Your minimum order is above their annual demand."),
    ),
    "lead_time_long": _Sentence(
        _("The lead time is %(days)s days; at most %(limit)s days are wished."),
        _("They need %(days)s days to deliver; you wish at most %(limit)s days."),
        _("You need %(days)s days to deliver; they wish at most %(limit)s days."),
    ),
    "lead_time_unknown": _Sentence(
        _("The lead time is not known; at most %(limit)s days are wished."),
        _("Their lead time is not known; you wish at most %(limit)s days."),
        _("They wish delivery within %(limit)s days; say what your lead time is."),
    ),
    "price_above": _Sentence(
        _("The price is above the buyer's range."),
        _("Their price is above your range."),
        _("Your price is above their range."),
    ),
    "price_unknown": _Sentence(
        _("The prices cannot be compared yet."),
        _("Their price cannot be compared with your range yet."),
        _("They state a price range; say what your price is."),
    ),
    "stage_early": _Sentence(
        _("The product is at the stage “%(stage)s”; asked for is “%(wished)s”."),
    ),
    "stage_unknown": _Sentence(
        _("The product's stage is not known; asked for is “%(wished)s”."),
    ),
    "wishes_unmet": _Sentence(
        _("One firm is not the kind of partner the other wishes for."),
    ),
    "nobody_experienced": _Sentence(
        _("Neither firm has traded with the other country yet."),
    ),
}


# How well a pair fits and how much of it is known, in words; each from its lower bound on.
FIT: Final = (
    (0.8, _("fits very well")),
    (0.6, _("fits well")),
    (0.4, _("fits in part")),
    (0.0, _("fits in a few points")),
)
CONFIDENCE: Final = (
    (0.7, _("Almost everything that counts is known of both sides.")),
    (0.4, _("Some points are not known yet; ask about them when you talk.")),
    (0.0, _("Little is known so far: see it as a hint and ask for details.")),
)

#: What a gap costs; follows the sentence that names the gap.
HINT: Final = _("Without this gap the fit would rise from %(now)s to %(then)s %%.")


def fit_words(score: float) -> str:
    """The score as people say it."""
    return next(str(words) for bound, words in FIT if score >= bound)


def confidence_words(confidence: float) -> str:
    """How far the score can be relied on, as a sentence."""
    return next(str(words) for bound, words in CONFIDENCE if confidence >= bound)


def sentences(match: Match, *, language: str, side: Side | str | None = None) -> Told:
    """What the stored reasons of `match` say to `side` (None: staff) in `language`.

    A code this version does not know is left out: stored reasons may be older than the code.
    """
    with in_language(language):
        return Told(
            *(
                [
                    _sentence(reason, match.score, language, side)
                    for reason in match.reasons.get(group, ())
                    if reason["code"] in SENTENCES
                ]
                for group in ("fits", "accepts", "missing")
            )
        )


def _sentence(
    reason: Mapping[str, Any], score: float, language: str, side: Side | str | None
) -> str:
    told = _template(reason["code"], side, language) % _words(reason["args"], language)
    if "would_be" not in reason:
        return told
    hint = HINT % {"now": round(100 * score), "then": round(100 * reason["would_be"])}
    # A list at the end of a sentence carries no full stop of its own.
    stop = "" if told.endswith((".", "。")) else FULL_STOP[language]
    return f"{told}{stop}{BETWEEN_SENTENCES[language]}{hint}"


@cache
def _template(code: str, side: Side | str | None, language: str) -> str:
    with in_language(language):
        return SENTENCES[code].to(side)


def _words(args: Mapping[str, Any], language: str) -> dict[str, str]:
    return {name: _word(name, value, language) for name, value in args.items()}


def _word(name: str, value: Any, language: str) -> str:
    if name in ("concepts", "certifications"):
        return SEPARATORS[language].join(_label(labels, language) for labels in value)
    if name == "words":
        return SEPARATORS[language].join(_spelled(pair, language) for pair in value)
    if name in ("stage", "wished"):
        return str(Stage(value).label)
    if name == "hs":
        return value if len(value) < 6 else f"{value[:4]}.{value[4:]}"
    return str(value)


def _label(labels: Mapping[str, str], language: str) -> str:
    """In the language, or the next best; the code when there is no label at all."""
    return next((labels[code] for code in FALLBACK[language] if labels.get(code)), labels["code"])


def _spelled(pair: Sequence[str], language: str) -> str:
    """A word both firms use: as the reader's language writes it, the other spelling behind it."""
    script = _SCRIPTS[language]
    first, second = sorted(pair, key=lambda word: not script.search(word))
    if first == second:
        return first
    return f"{first}（{second}）" if language == "ja" else f"{first}({second})"
