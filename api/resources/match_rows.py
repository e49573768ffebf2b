"""Matches as the two sides and the staff may know them; each part is worked out when it is asked
for, so that a sparse answer costs what it shows."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from common.localisation import active_language, pick
from companies.models import Company, Need
from matching.choices import AnswerKind, MatchState, Side
from matching.models import Answer, Match, ReviewClaim
from matching.queries.asked import reply_marks
from matching.queries.capacity import (
    Places,
    Room,
    introductions_room,
    places_beside,
    seats_room,
)
from matching.queries.cards import MatchCard, match_card
from matching.queries.comparison import compared_rows
from matching.queries.desk import Factors, factors
from matching.queries.dossier.conflicts import conflicts
from matching.queries.dossier.earlier import earlier_matches
from matching.queries.dossier.found import Conflict
from matching.queries.inbox import days_left
from matching.queries.review import is_undoable
from matching.queries.settled import Settled, is_answerable, next_step, settled, told_answer
from matching.queries.terms import ReviewTerms, review_terms
from matching.wording import Told, sentences


class FirmMatch:
    """A match as the page of `side` shows it. Nothing of the other firm is read but by the card,
    which knows what is hidden."""

    def __init__(self, match: Match, side: Side, *, now: datetime) -> None:
        self.match, self.side, self.now = match, side, now

    @cached_property
    def card(self) -> MatchCard:
        return match_card(self.match, self.side)

    @property
    def company_id(self) -> UUID | None:
        """Under which the directory lists the other firm: not while its name is hidden."""
        return None if self.card.is_name_hidden else self.card.their_company.pk

    @property
    def website(self) -> str:
        return "" if self.card.is_name_hidden else self.card.their_company.website

    @property
    def own_kind(self) -> str:
        return "need" if self.side == Side.BUYER else "offering"

    @cached_property
    def is_open(self) -> bool:
        return is_answerable(self.match, self.now)

    @cached_property
    def own_answer(self) -> Answer | None:
        """Of the present round."""
        given = (each for each in self.match.answers.all() if each.round == self.match.round)
        return next((each for each in given if each.side == self.side), None)

    @property
    def awaiting(self) -> str | None:
        """Whose answer the match waits for, as far as this side may know."""
        if not self.is_open:
            return None
        return "me" if self.own_answer is None else "other"

    @property
    def days_left(self) -> int | None:
        return days_left(self.match, self.now)

    @property
    def introduced_at(self) -> datetime | None:
        return introduced_at(self.match)

    @property
    def answered(self) -> str:
        return told_answer(self.own_answer) if self.own_answer else ""

    @property
    def next_step(self) -> str:
        answer = self.own_answer
        if answer is None or answer.kind != AnswerKind.INTERESTED or not self.is_open:
            return ""
        return next_step(self.match, self.side, self.now)

    @property
    def settled(self) -> Settled | None:
        return None if self.is_open else settled(self.match, self.side, self.now)

    @property
    def introductions(self) -> Room | None:
        own = self.match.company_of(self.side)
        return introductions_room(own, self.now) if self.is_open else None

    @property
    def seats(self) -> Room | None:
        is_asked = self.is_open and self.side == Side.BUYER
        return seats_room(self.match.need) if is_asked else None

    @property
    def comparison(self) -> list[dict[str, str]]:
        return [
            {
                "label": str(row.label),
                "own": row.own,
                "theirs": "".join(part.text for part in cell.segments),
                "mark": cell.mark,
            }
            for row in compared_rows([self.card])
            for cell in row.cells
        ]


class StaffSide:
    """One side of a match, unveiled."""

    def __init__(self, match: Match, side: Side) -> None:
        self.company: Company = match.company_of(side)
        self.item = match.item_of(side)
        self.kind = "need" if isinstance(self.item, Need) else "offering"

    @property
    def company_name(self) -> str:
        return pick(self.company, "name")[0]

    @property
    def title(self) -> str:
        return pick(self.item, "title")[0]


class StaffMatch:
    """A match as the staff's desk shows it."""

    def __init__(
        self,
        match: Match,
        *,
        terms: ReviewTerms,
        claim: ReviewClaim | None,
        reply: str,
        now: datetime,
    ) -> None:
        self.match, self.terms, self.claim, self.reply, self.now = match, terms, claim, reply, now
        self.buyer, self.seller = (StaffSide(match, side) for side in Side)

    @cached_property
    def reasons(self) -> Told:
        return sentences(self.match, language=active_language())

    @property
    def due_at(self) -> datetime | None:
        """When it should be decided; None once it is."""
        is_waiting = self.match.state == MatchState.PROPOSED and not self.match.is_prospect
        return self.terms.due_at(self.match) if is_waiting else None

    @property
    def is_late(self) -> bool:
        return self.due_at is not None and self.due_at <= self.now

    @property
    def needs_two(self) -> bool:
        return self.terms.needs_two(self.match)

    @property
    def policy(self) -> int | None:
        return self.match.run.policy.version if self.match.run else None

    @property
    def introduced_at(self) -> datetime | None:
        return introduced_at(self.match)

    @property
    def can_undo(self) -> bool:
        return is_undoable(self.match, now=self.now)

    @cached_property
    def _places(self) -> dict[UUID, Places]:
        return places_beside(self.match, self.now)

    @cached_property
    def conflicts(self) -> list[Conflict]:
        earlier = earlier_matches(self.match)
        return conflicts(self.match, earlier=earlier, places=self._places, now=self.now)

    @cached_property
    def factors(self) -> Factors:
        return factors(self.match, self._places, now=self.now)


def introduced_at(match: Match) -> datetime | None:
    introduction = getattr(match, "introduction", None)
    return introduction.at if introduction is not None else None


def firm_matches(user: Any, matches: Iterable[Match], *, now: datetime) -> list[FirmMatch]:
    own = set(user.memberships.values_list("company", flat=True))
    return [
        FirmMatch(match, Side.BUYER if match.buyer.pk in own else Side.SELLER, now=now)
        for match in matches
    ]


def staff_matches(matches: Sequence[Match], *, now: datetime) -> list[StaffMatch]:
    """With the claims and the replies to questions, of all in one query each."""
    ids = [match.pk for match in matches]
    terms = review_terms()
    found = ReviewClaim.objects.filter(match__in=ids, until__gt=now).select_related("reviewer")
    claims = {claim.match_id: claim for claim in found}
    replies = reply_marks(ids)
    return [
        StaffMatch(
            match,
            terms=terms,
            claim=claims.get(match.pk),
            reply=replies.get(match.pk, ""),
            now=now,
        )
        for match in matches
    ]
