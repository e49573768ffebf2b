"""Both sides are interested: they are introduced, exactly once."""

from datetime import datetime
from typing import Any

from accounts.choices import ConsentKind
from accounts.models import User
from accounts.queries import has_consent
from companies.queries import recipients
from matching.choices import EventReason, MatchState, Side
from matching.models import Introduction, Match
from matching.services import mails
from matching.services.events import move_match
from matching.signals import introduced


def introduce(match: Match, *, actor: Any | None, now: datetime) -> Introduction:
    """Introduce the two firms and write the letter to both; call with the match's row locked."""
    move_match(
        match,
        to=MatchState.INTRODUCED,
        reason=EventReason.BOTH_INTERESTED,
        actor=actor,
        now=now,
    )
    introduction = Introduction.objects.create(
        match=match,
        buyer_contact=_contact_person(match, Side.BUYER),
        seller_contact=_contact_person(match, Side.SELLER),
        at=now,
    )
    introduced.send(sender=Introduction, introduction=introduction, now=now)
    mails.write_introduction_mails(introduction, now=now)
    return introduction


def _contact_person(match: Match, side: Side) -> User | None:
    """Who answered for the side, or a colleague who agreed to be named when that person did not.

    Nobody is named without consent: the pages and mails check it whenever they show a contact.
    """
    answered = match.answers.select_related("by").get(side=side, round=match.round).by
    people = [answered, *recipients(match.company_of(side))]
    named = (p for p in people if p is not None and has_consent(p, ConsentKind.CROSS_BORDER))
    return next(named, answered)
