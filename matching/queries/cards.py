"""One match as one side sees it: the card of the pages and the mails, in the active language."""

from dataclasses import dataclass
from datetime import datetime

from accounts.choices import ConsentKind
from accounts.models import User
from accounts.queries import has_consent
from common.localisation import active_language, pick
from companies.choices import VerificationDecision
from companies.models import Company, Need, Offering
from matching.choices import Side
from matching.glossing import Segment, gloss
from matching.models import Match, MatchQuerySet
from matching.queries.facts import Line, firm_facts, item_terms
from matching.queries.veil import VEILED, veil_of
from matching.wording import confidence_words, fit_words, sentences

REASONS_SHOWN = 3
EXCERPT = 600


@dataclass(frozen=True, slots=True)
class Contact:
    """A person of a firm, shown to the other firm after the introduction."""

    name: str
    name_kana: str
    title: str
    email: str
    phone: str
    language: str


@dataclass(frozen=True, slots=True)
class MatchCard:
    """What one side may know. `firm_name` describes the firm while its name is hidden.

    `facts` and `terms` are (label, text) pairs of what is known. `reasons` are at most three
    sentences, `missing` what nobody knows yet. Texts come with the language they are in, and as
    segments with the other side's terms in the reader's words. `verified_checks`: what staff
    looked at. Templates must not read names, texts or addresses of `their_company` and
    `their_item` themselves.
    """

    match: Match
    side: Side
    own_item: Need | Offering
    their_item: Need | Offering
    own_company: Company
    their_company: Company
    is_name_hidden: bool
    firm_name: str
    firm_name_language: str
    facts: tuple[Line, ...]
    own_title: str
    own_title_language: str
    title: str
    title_language: str
    text: str
    text_language: str
    terms: tuple[Line, ...]
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    title_segments: tuple[Segment, ...] = ()
    text_segments: tuple[Segment, ...] = ()
    fit: str = ""
    confidence: str = ""
    verified_at: datetime | None = None
    verified_checks: tuple[str, ...] = ()

    @property
    def is_buyer(self) -> bool:
        return self.side == Side.BUYER


def matches_for_cards() -> MatchQuerySet:
    """Matches with all that `match_card` reads, in a fixed number of queries."""
    return Match.objects.with_sides().prefetch_related(
        *VEILED,
        "need__concepts",
        "offering__concepts",
        "need__certifications",
        "need__required_certifications",
        "offering__certifications",
        "need__company__certificates__certification",
        "offering__company__certificates__certification",
        "need__company__verifications",
        "offering__company__verifications",
    )


def match_card(match: Match, side: Side) -> MatchCard:
    """The card for `side` in the active language."""
    reader = active_language()
    own, theirs = match.item_of(side), match.item_of(side.other)
    veil = veil_of(match, side)
    firm = veil.company
    firm_name, firm_language = veil.name()
    own_title, own_title_language = pick(own, "title")
    title, title_language = veil.own_text(theirs, "title")
    text, text_language = veil.own_text(theirs, "text")
    text = text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…"
    concepts = {row.pk: row for row in [*theirs.concepts.all(), *own.concepts.all()]}.values()
    told = sentences(match, side=side, language=reader)
    return MatchCard(
        match=match,
        side=side,
        own_item=own,
        their_item=theirs,
        own_company=match.company_of(side),
        their_company=firm,
        is_name_hidden=veil.is_name_hidden,
        firm_name=firm_name,
        firm_name_language=firm_language,
        facts=tuple(firm_facts(firm, is_blind=veil.is_name_hidden)),
        own_title=own_title,
        own_title_language=own_title_language,
        title=title,
        title_language=title_language,
        title_segments=tuple(
            gloss(title, language=title_language, reader=reader, concepts=concepts)
        ),
        text=text,
        text_language=text_language,
        text_segments=tuple(gloss(text, language=text_language, reader=reader, concepts=concepts)),
        terms=tuple(item_terms(theirs)),
        fit=fit_words(match.score),
        confidence=confidence_words(match.confidence),
        reasons=tuple(veil.words(line) for line in [*told.fits, *told.accepts][:REASONS_SHOWN]),
        missing=tuple(veil.words(line) for line in told.missing),
        verified_at=firm.verified_at,
        verified_checks=_verified_checks(firm),
    )


def _verified_checks(firm: Company) -> tuple[str, ...]:
    """What staff looked at when they verified the firm last."""
    for verification in firm.verifications.all():
        if verification.decision == VerificationDecision.VERIFIED:
            return tuple(verification.checked_labels)
    return ()


def contact_of(user: User | None) -> Contact | None:
    """The person as the other firm may see them: only while their consent to that stands."""
    if user is None or not user.is_active or not has_consent(user, ConsentKind.CROSS_BORDER):
        return None
    return Contact(
        name=user.display_name,
        name_kana=user.name_kana,
        title=user.title,
        email=user.email,
        phone=user.phone,
        language=str(user.get_language_display()),
    )
