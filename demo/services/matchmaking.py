"""What staff and firms did with the matches: reviewed, mailed, answered, introduced, told."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from random import Random
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from common.errors import StateChanged
from companies.choices import ItemState
from companies.models import Company
from companies.queries import recipients
from companies.services import close_item, lapse_verifications
from demo.generator.plans import FirmPlan
from demo.services import conversations
from demo.services.agenda import Agenda, office_hour
from demo.services.conversations import Conversations
from demo.services.fates import LADDER, REMARK_OF, ROUNDS, UNANSWERED, USUAL, Fate, Round
from demo.services.people import Staff
from demo.services.remarks import Remarks
from matching.choices import (
    AnswerKind,
    DeclineReason,
    MatchState,
    OutcomeStage,
    RejectReason,
    RunState,
    Side,
)
from matching.models import Match, MatchPolicy, MatchRun
from matching.services import (
    answer_match,
    approve_match,
    ask_outcomes,
    compute_run,
    expire_matches,
    hold_match,
    publish_due_matches,
    record_outcome,
    reject_match,
    remind_matches,
    remind_outcomes,
    request_run,
)


class RunFailed(Exception):
    """A run of the demo did not complete."""


class Matchmaking:
    """Puts runs, reviews and answers into the agenda; everything goes through the services."""

    def __init__(
        self,
        *,
        agenda: Agenda,
        policy: MatchPolicy,
        staff: Staff,
        remarks: Remarks,
        conversations: Conversations,
        plans: Sequence[FirmPlan],
        rng: Random,
    ) -> None:
        self._agenda = agenda
        self._policy = policy
        self._staff = staff
        self._remarks = remarks
        self._conversations = conversations
        self._showcase = {plan.id for plan in plans if plan.is_showcase}
        self._firms = len(plans) // 2
        self._rng = rng

    def begin(self) -> None:
        for round_ in ROUNDS:
            self._agenda.at(
                self._agenda.end - timedelta(days=round_.days), partial(self._run, round_)
            )
        day = timezone.localtime(self._agenda.end - timedelta(days=ROUNDS[0].days))
        morning = day.replace(hour=8, minute=30, second=0, microsecond=0)
        while morning < self._agenda.end:
            self._agenda.at(morning, _sweep)
            morning += timedelta(days=1)
        # Nothing is left over for the sweep at the start of the demo.
        self._agenda.at(self._agenda.end - timedelta(minutes=1), _sweep)
        # Still in its grace time: the reviewer can undo it, and the worker will mail it.
        self._agenda.at(self._agenda.end - settings.MATCH_GRACE * 0.3, self._approve_next)

    # --- Staff --------------------------------------------------------------------------------

    def _run(self, round_: Round, now: datetime) -> None:
        finish_run(policy=self._policy, actor=self._staff.supervisor, now=now)
        queue = list(
            Match.objects.queue(timezone.localdate(now))
            .with_sides()
            .order_by("-value", "need_id", "offering_id")
        )
        chosen = dict(self._approvals(round_, queue))
        for match in queue:
            if match.pk in chosen:
                self._later(round_, now, partial(self._approve, match.pk, chosen[match.pk]))
        # What nobody of the showcase firms waits for; the weaker half is where staff say no.
        rest = [m for m in queue[len(queue) // 2 :] if m.pk not in chosen and not self._ours(m)]
        for match in self._sample(rest, round_.rejected):
            self._later(round_, now, partial(self._reject, match.pk))
        for match in [m for m in queue if m.pk not in chosen and not self._ours(m)][: round_.held]:
            self._later(round_, now, partial(self._hold, match.pk))

    def _approvals(self, round_: Round, queue: Sequence[Match]) -> Iterator[tuple[UUID, Fate]]:
        """(match, fate) of what is approved after a run: the showcase firms' matches in the order
        of their fates, then as many of the others' as the round says, the better half of them."""
        is_last = round_ is ROUNDS[-1]
        meetings = [match for match in queue if len(self._ours(match)) == 2]
        for match in meetings[:2] if is_last else []:
            yield match.pk, UNANSWERED
        for company_id in sorted(self._showcase):
            own = [match for match in queue if self._ours(match) == {company_id}]
            for match, fate in zip(own, round_.showcase_fates, strict=False):
                yield match.pk, fate
        others = [match for match in queue if not self._ours(match)]
        better = others[: max(len(others) // 2, round(round_.approved * self._firms))]
        fates, weights = list(USUAL), list(USUAL.values())
        for match in self._sample(better, round_.approved):
            yield match.pk, self._rng.choices(fates, weights)[0]

    def _approve(self, match_id: UUID, fate: Fate, now: datetime) -> None:
        match = _proposed(match_id)
        if match is None:
            return
        approve_match(match=match, actor=self._reviewer(), now=now)
        self._agenda.at(
            now + settings.MATCH_GRACE + timedelta(seconds=20),
            partial(self._publish, match_id, fate),
        )

    def _approve_next(self, now: datetime) -> None:
        waiting = Match.objects.queue(timezone.localdate(now)).with_sides()
        for match in waiting.order_by("-value", "need_id", "offering_id"):
            if not self._ours(match):
                self._approve(match.pk, UNANSWERED, now)
                return

    def _reject(self, match_id: UUID, now: datetime) -> None:
        match = _proposed(match_id)
        if match is None:
            return
        reviewer = self._reviewer()
        reason = self._rng.choice(list(RejectReason))
        note = (
            self._remarks.draw("reject", reviewer.language) if reason == RejectReason.OTHER else ""
        )
        reject_match(match=match, reason=reason, note=note, actor=reviewer, now=now)

    def _hold(self, match_id: UUID, now: datetime) -> None:
        match = _proposed(match_id)
        if match is None:
            return
        reviewer = self._reviewer()
        hold_match(
            match=match,
            until=timezone.localdate(now) + timedelta(days=self._rng.randint(10, 25)),
            note=self._remarks.draw("hold", reviewer.language),
            actor=reviewer,
            now=now,
        )

    # --- Firms --------------------------------------------------------------------------------

    def _publish(self, match_id: UUID, fate: Fate, now: datetime) -> None:
        publish_due_matches(now=now)
        match = Match.objects.with_sides().get(pk=match_id)
        if match.state != MatchState.APPROVED or match.published_at is None:
            return
        buyer_is_own = (
            match.need.company_id in self._showcase
            if self._ours(match)
            else self._rng.random() < 0.5
        )
        own = Side.BUYER if buyer_is_own else Side.SELLER
        # Both answers fall into the time to answer, and into the past.
        room = min(timedelta(days=settings.MATCH_ANSWER_DAYS * 0.8), self._agenda.end - now)
        first = now + room * self._rng.uniform(0.02, 0.4)
        second = first + room * self._rng.uniform(0.02, 0.5)
        if fate.is_closed:
            self._agenda.at(first, partial(self._close, match_id, own.other))
        for side, kind, moment in ((own, fate.own, first), (own.other, fate.theirs, second)):
            if kind:
                self._agenda.at(moment, partial(self._answer, match_id, side, kind, fate))

    def _answer(self, match_id: UUID, side: Side, kind: str, fate: Fate, now: datetime) -> None:
        match = Match.objects.with_sides().get(pk=match_id)
        person = self._person(match.company_of(side))
        is_decline = kind == AnswerKind.DECLINED
        try:
            given = answer_match(
                match=match,
                side=side,
                kind=kind,
                reason=self._rng.choice(list(DeclineReason)) if is_decline else "",
                note=self._remarks.draw("decline", person.language) if is_decline else "",
                by=person,
                now=now,
            )
        except StateChanged:
            # The story took another turn: an item was closed, or a firm left.
            return
        if given.match.state == MatchState.INTRODUCED:
            self._tell(match_id, fate, now)
            self._conversations.begin(match_id, now)

    def _tell(self, match_id: UUID, fate: Fate, now: datetime) -> None:
        """Outcomes, each side in its own time; sometimes one side forgets to tell."""
        steps = LADDER[: fate.steps] if fate.steps >= 0 else (OutcomeStage.MET, OutcomeStage.NONE)
        moment = now
        for stage in steps:
            moment += timedelta(days=self._rng.uniform(4, 14))
            for side in Side:
                if self._rng.random() < 0.85:
                    told = moment + timedelta(hours=self._rng.uniform(1, 60))
                    self._agenda.at(told, partial(self._record, match_id, side, stage))

    def _record(self, match_id: UUID, side: Side, stage: OutcomeStage, now: datetime) -> None:
        match = Match.objects.with_sides().get(pk=match_id)
        person = self._person(match.company_of(side))
        note = ""
        if stage in REMARK_OF and self._rng.random() < 0.7:
            note = self._remarks.draw("outcome", person.language, REMARK_OF[stage])
        record_outcome(match=match, side=side, stage=stage, note=note, by=person, now=now)

    def _close(self, match_id: UUID, side: Side, now: datetime) -> None:
        match = Match.objects.with_sides().get(pk=match_id)
        item = match.item_of(side)
        item.refresh_from_db()
        if item.state == ItemState.OPEN:
            close_item(item=item, actor=self._person(match.company_of(side)), now=now)

    # --- Draws --------------------------------------------------------------------------------

    def _ours(self, match: Match) -> set[UUID]:
        """The showcase firms in this match."""
        return {match.need.company_id, match.offering.company_id} & self._showcase

    def _sample(self, matches: Sequence[Match], share: float) -> list[Match]:
        return self._rng.sample(matches, min(len(matches), round(share * self._firms)))

    def _later(self, round_: Round, now: datetime, act: partial[None]) -> None:
        """In the office hours of the days after a run; after the last one, before the end."""
        if round_ is ROUNDS[-1]:
            moment = now + (self._agenda.end - now) * self._rng.uniform(0.1, 0.9)
        else:
            moment = office_hour(now, self._rng.uniform(0.1, 1), self._rng)
        self._agenda.at(moment, act)

    def _reviewer(self) -> User:
        return self._rng.choice(list(self._staff.reviewers.values()))

    def _person(self, company: Company) -> User:
        return self._rng.choice(recipients(company))


def finish_run(*, policy: MatchPolicy, actor: User, now: datetime) -> MatchRun:
    """Ask for a run and compute it here and now. Raises RunFailed when it does not complete."""
    run = request_run(policy=policy, actor=actor, now=now)
    seconds = count()
    compute_run(run_id=run.pk, clock=lambda: now + timedelta(seconds=next(seconds)))
    run.refresh_from_db()
    if run.state != RunState.COMPLETED:
        raise RunFailed(run.failure)
    return run


def _sweep(now: datetime) -> None:
    """What the beat does every day."""
    lapse_verifications(now=now)
    expire_matches(now=now)
    remind_matches(now=now)
    ask_outcomes(now=now)
    remind_outcomes(now=now)
    conversations.sweep(now)


def _proposed(match_id: UUID) -> Match | None:
    """The match, if it still waits for a reviewer."""
    return Match.objects.filter(pk=match_id, state=MatchState.PROPOSED).first()
