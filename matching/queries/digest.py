"""What a firm's digest tells one person: what waits for an answer, and what came to an end."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from accounts.models import User
from common.formatting import date_text
from companies.models import Company, Membership
from companies.queries import recipients
from matching.choices import MatchState, Side
from matching.links import answer_url, match_url
from matching.models import Match
from matching.queries.cards import MatchCard, match_card, matches_for_cards

# Above this the mail only says how many more wait: Gmail cuts long mails off.
MOST_ENTRIES: Final = 15
ENDED: Final = (MatchState.DECLINED, MatchState.EXPIRED, MatchState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """A match that waits for this person's firm."""

    card: MatchCard
    answer_url: str
    answer_until: str
    is_reminder: bool


@dataclass(frozen=True, slots=True)
class EndedEntry:
    """A match that came to an end since the last digest."""

    card: MatchCard
    state: str
    match_url: str


@dataclass(frozen=True, slots=True)
class FirmDigest:
    waiting: tuple[OpenEntry, ...]
    ended: tuple[EndedEntry, ...]
    more: int

    @property
    def number(self) -> int:
        return len(self.waiting) + self.more

    @property
    def is_empty(self) -> bool:
        return not (self.waiting or self.ended)


def firm_digest(user: User, *, since: datetime, now: datetime) -> FirmDigest:
    """In the active language: open matches of the firms whose mail `user` gets, the oldest first,
    and those that ended after `since`."""
    own = _firms_of(user)
    waiting = list(
        matches_for_cards()
        .unanswered_by(user)
        .filter(expires_at__gt=now)
        .order_by("published_at", "pk")
    )
    waiting = [match for match in waiting if _side(match, own) is not None]
    ended = (
        matches_for_cards()
        .of_member(user)
        .filter(state__in=ENDED, ended_at__gt=since, ended_at__lte=now)
        .order_by("ended_at", "pk")[:MOST_ENTRIES]
    )
    return FirmDigest(
        waiting=tuple(_open(match, own, user) for match in waiting[:MOST_ENTRIES]),
        ended=tuple(_ended(match, own) for match in ended if _side(match, own) is not None),
        more=max(0, len(waiting) - MOST_ENTRIES),
    )


def _firms_of(user: User) -> set[Company]:
    """Not those the person only looks at."""
    memberships = Membership.objects.filter(user=user).select_related("company")
    return {held.company for held in memberships if user in recipients(held.company)}


def _side(match: Match, own: set[Company]) -> Side | None:
    return next((side for side in Side if match.company_of(side) in own), None)


def _open(match: Match, own: set[Company], user: User) -> OpenEntry:
    side = _side(match, own) or Side.BUYER
    return OpenEntry(
        card=match_card(match, side),
        answer_url=answer_url(match, side, user),
        answer_until=date_text(match.expires_at, "long") if match.expires_at else "",
        is_reminder=match.reminded_at is not None,
    )


def _ended(match: Match, own: set[Company]) -> EndedEntry:
    return EndedEntry(
        card=match_card(match, _side(match, own) or Side.BUYER),
        state=str(match.get_state_display()),
        match_url=match_url(match),
    )
