"""The introduction letter: who meets whom, about what, and why."""

from dataclasses import dataclass

from common.localisation import in_language, pick
from matching.choices import Side
from matching.models import Introduction
from matching.queries.cards import Contact, contact_of, match_card


@dataclass(frozen=True, slots=True)
class Letter:
    """The letter to one side in one language. A contact is None while nobody may be named."""

    language: str
    is_buyer: bool
    own_company: str
    own_contact: Contact | None
    own_title: str
    company: str
    contact: Contact | None
    title: str
    reasons: tuple[str, ...]


def introduction_letters(introduction: Introduction, side: Side, language: str) -> list[Letter]:
    """The letter to `side` in `language`, then the one the other firm gets, in its own language."""
    other = introduction.match.company_of(side.other)
    return [
        _letter(introduction, side, language),
        _letter(introduction, side.other, other.native_language),
    ]


def contact_at(introduction: Introduction, side: Side) -> Contact | None:
    """The person who speaks for `side`, as the other side may see them."""
    is_buyer = side == Side.BUYER
    return contact_of(introduction.buyer_contact if is_buyer else introduction.seller_contact)


def _letter(introduction: Introduction, side: Side, language: str) -> Letter:
    match = introduction.match
    with in_language(language):
        card = match_card(match, side)
        return Letter(
            language=language,
            is_buyer=card.is_buyer,
            own_company=pick(card.own_company, "name")[0],
            own_contact=contact_at(introduction, side),
            own_title=card.own_title,
            company=card.firm_name,
            contact=contact_at(introduction, side.other),
            title=card.title,
            reasons=card.reasons,
        )
