"""What introduced firms write, when they talk, and how content they are."""

from datetime import datetime, time, timedelta
from functools import partial
from random import Random
from typing import Final
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from common.errors import GagyoError
from companies.models import Company
from companies.queries import recipients
from demo.generator.catalogue import Catalogue
from demo.services.agenda import Agenda, office_hour
from dialogue.calendars import warnings
from dialogue.choices import CallLength, CallPlace
from dialogue.models import Proposal, Slot, Thread
from dialogue.services import (
    accept_slot,
    end_calls,
    mark_read,
    propose_call,
    remind_of_calls,
    write_notices,
    write_post,
)
from matching.choices import Intention, Satisfied, Side
from matching.models import Introduction, Match
from matching.services import rate_cooperation

SHARE_TALKING: Final = 0.8
SHARE_CALLING: Final = 0.6
SHARE_RATING: Final = 0.7
CALL_AHEAD: Final = timedelta(days=4)
LIKING: Final = {Satisfied.VERY: 3, Satisfied.RATHER: 6, Satisfied.NEUTRAL: 2, Satisfied.LITTLE: 1}
MEANING: Final = {Intention.EXPAND: 5, Intention.KEEP: 4, Intention.REDUCE: 1}


class Conversations:
    """Puts messages, calls and ratings into the agenda; everything goes through the services."""

    def __init__(self, *, agenda: Agenda, catalogue: Catalogue, rng: Random) -> None:
        self._agenda = agenda
        self._scripts = catalogue.conversations
        self._rng = rng

    def begin(self, match_id: UUID, now: datetime) -> None:
        """The two firms have just been introduced."""
        self._agenda.at(now + timedelta(days=91), partial(self._rate, match_id))
        if self._rng.random() > SHARE_TALKING:
            return
        script = self._rng.choice(self._scripts)
        moment = now
        for number, line in enumerate(script):
            moment = office_hour(moment, self._rng.uniform(0.2, 1.6), self._rng)
            side = Side.BUYER if number % 2 == 0 else Side.SELLER
            self._agenda.at(moment, partial(self._write, match_id, side, line))
        if self._rng.random() < SHARE_CALLING:
            moment = office_hour(moment, 1, self._rng)
            self._agenda.at(moment, partial(self._propose, match_id))

    def _write(self, match_id: UUID, side: Side, line: dict[str, str], now: datetime) -> None:
        thread = _thread(match_id)
        person = self._person(thread.company_of(side))
        if person is None:
            return
        mark_read(thread=thread, user=person, now=now)
        nonce = UUID(int=self._rng.getrandbits(128), version=4)
        try:
            write_post(
                thread=thread,
                author=person,
                side=side,
                text=line[person.language if person.language in line else "ko"],
                nonce=nonce,
                now=now,
            )
        except GagyoError:
            # A firm has left meanwhile: the conversation is closed.
            return

    def _propose(self, match_id: UUID, now: datetime) -> None:
        thread = _thread(match_id)
        person = self._person(thread.company_of(Side.SELLER))
        if person is None:
            return
        start = now + CALL_AHEAD
        slots: list[datetime] = []
        while len(slots) < 2:
            day = timezone.localtime(start).date()
            slot = timezone.make_aware(datetime.combine(day, time(10 + 4 * len(slots))))
            if not warnings(slot, CallLength.HOUR, "en"):
                slots.append(slot)
            start += timedelta(days=1)
        try:
            proposal = propose_call(
                thread=thread,
                side=Side.SELLER,
                by=person,
                slots=slots,
                minutes=CallLength.HOUR,
                place=CallPlace.VIDEO,
                url=f"https://meet.example/{thread.pk.hex[:10]}",
                now=now,
            )
        except GagyoError:
            return
        answer_at = office_hour(now, self._rng.uniform(0.3, 1.5), self._rng)
        self._agenda.at(answer_at, partial(self._accept, proposal.pk))

    def _accept(self, proposal_id: int, now: datetime) -> None:
        proposal = Proposal.objects.get(pk=proposal_id)
        slot = Slot.objects.filter(proposal=proposal, starts_at__gt=now).first()
        person = self._person(_thread(proposal.call.thread_id).company_of(Side.BUYER))
        if slot is not None and person is not None:
            accept_slot(slot=slot, side=Side.BUYER, by=person, now=now)

    def _rate(self, match_id: UUID, now: datetime) -> None:
        """Both sides, most of the time, once the second question was asked."""
        match = Match.objects.with_sides().get(pk=match_id)
        if Introduction.objects.get(match=match).questions_asked < 2:
            return
        for side in Side:
            person = self._person(match.company_of(side))
            if person is not None and self._rng.random() < SHARE_RATING:
                rate_cooperation(
                    match=match,
                    side=side,
                    score=self._rng.choices(list(LIKING), list(LIKING.values()))[0],
                    intention=self._rng.choices(list(MEANING), list(MEANING.values()))[0],
                    by=person,
                    now=now,
                )

    def _person(self, company: Company) -> User | None:
        people = recipients(company)
        return self._rng.choice(people) if people else None


def sweep(now: datetime) -> None:
    """What the beat does in conversations."""
    write_notices(now=now)
    remind_of_calls(now=now)
    end_calls(now=now)


def _thread(match_id: UUID) -> Thread:
    return Thread.objects.with_sides().get(pk=match_id)
