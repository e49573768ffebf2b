"""A year of matching as rows: made by chance from a seed, consistent as the services leave it.

Pairs are proposed, decided, taken back, answered, introduced, met; found again after they were
withdrawn, expired or put off; some shortly before midnight, so that a day of Seoul is not one of
Greenwich. Written in bulk: going through the services would take an hour.
"""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Final

from accounts.models import User
from companies.models import Company, Need, Offering
from dialogue.models import Call, Thread
from insights.services import count_journeys
from mailing.models import MailEvent, Message, Suppression
from matching.choices import (
    DeclineReason,
    EventReason,
    Intention,
    MatchState,
    OutcomeStage,
    RejectReason,
    Side,
)
from matching.models import (
    Answer,
    Introduction,
    Match,
    MatchEvent,
    Outcome,
    Review,
    Satisfaction,
)
from tests.factories import CompanyFactory, PolicyFactory, RunFactory, SectorFactory, StaffFactory

FIRST: Final = date(2025, 12, 1)
LAST: Final = date(2026, 11, 30)
# 00:00 of the first day in Seoul.
BEGIN: Final = datetime(2025, 11, 30, 15, tzinfo=UTC)
END: Final = BEGIN + timedelta(days=365)
CONTRACTS: Final = ("trial_order", "repeat_order", "joint_project")


class History:
    """Rows gathered in lists and written at the end. `pairs` matches among 2 × `firms` firms."""

    def __init__(self, *, seed: int = 7, firms: int = 16, pairs: int = 300) -> None:
        self.rng = Random(seed)
        self.rows: dict[type, list[Any]] = {
            kind: []
            for kind in (Match, MatchEvent, Review, Answer, Introduction, Outcome, Satisfaction)
        }
        self.threads: list[Any] = []
        self.calls: list[Any] = []
        self._people(firms)
        self._items()
        chosen = self.rng.sample(self.possible, pairs)
        for number, (need, offering) in enumerate(chosen):
            self._pair(need, offering, is_prospect=number % 40 == 39)
        for kind, rows in self.rows.items():
            kind.objects.bulk_create(rows)
        Thread.objects.bulk_create(self.threads)
        Call.objects.bulk_create(self.calls)
        self._mails(4 * pairs)
        self._refusals(pairs // 10)

    def _people(self, firms: int) -> None:
        self.reviewers: list[User] = [StaffFactory(name=f"Reviewer {n}") for n in range(3)]
        sectors = [
            SectorFactory(code=code, position=place)
            for place, code in enumerate(("mobility", "semiconductors", "bio", "minerals_energy"))
        ]
        self.firms: dict[str, list[Company]] = {}
        for country in ("KR", "JP"):
            self.firms[country] = [
                CompanyFactory(
                    country=country,
                    employees=self.rng.choice([None, 8, 30, 49, 50, 120, 900]),
                    created_at=END - timedelta(days=self.rng.choice([20, 100, 170, 190, 400])),
                    sectors=self.rng.sample(sectors, self.rng.choice([0, 1, 1, 1, 2])),
                    state="verified" if number % 8 else "lapsed",
                )
                for number in range(firms)
            ]
        self.runs = [
            RunFactory(policy=PolicyFactory(version=1, review_days=3)),
            RunFactory(policy=PolicyFactory(version=2, state="retired", review_days=1)),
            None,
        ]

    def _items(self) -> None:
        def make(model: type, country: str) -> list[Any]:
            return model.objects.bulk_create(
                model(
                    company=firm,
                    language=firm.native_language,
                    title_en=f"Item {number}",
                    state="open",
                    cooperation=["supply"],
                    material_at=BEGIN,
                    created_at=BEGIN,
                )
                for firm in self.firms[country]
                for number in range(2)
            )

        needs = {country: make(Need, country) for country in ("KR", "JP")}
        offerings = {country: make(Offering, country) for country in ("KR", "JP")}
        self.possible = [
            (need, offering)
            for here, there in (("KR", "JP"), ("JP", "KR"))
            for need in needs[here]
            for offering in offerings[there]
        ]

    # --- One pair -----------------------------------------------------------------------------

    def _moment(self) -> datetime:
        """Any time of the year; one in four within minutes of midnight in Seoul."""
        day = BEGIN + timedelta(days=self.rng.randrange(365))
        if self.rng.random() < 0.25:
            return day + timedelta(minutes=self.rng.choice([0, 5, 23 * 60 + 59]))
        return day + timedelta(seconds=self.rng.randrange(86_400))

    def _later(self, moment: datetime, days: float) -> datetime:
        return moment + timedelta(minutes=1 + self.rng.expovariate(1 / (days * 1440)))

    def _pair(self, need: Any, offering: Any, *, is_prospect: bool) -> None:
        rng = self.rng
        match = Match(
            need=need,
            offering=offering,
            run=rng.choice(self.runs),
            direction="kr_to_jp" if offering.company.country == "KR" else "jp_to_kr",
            score=0.7,
            confidence=0.6,
            value=0.42,
            is_prospect=is_prospect,
            created_at=BEGIN,
        )
        self.rows[Match].append(match)
        at, before = self._moment(), ""
        for number in range(1, 4):
            match.round, match.created_at = number, at
            again = EventReason.FOUND_AGAIN if before else EventReason.FOUND
            self._event(match, before, MatchState.PROPOSED, again, at)
            state, at = self._round(match, at) if not is_prospect else ("proposed", at)
            match.state = before = state
            reopens = state in (MatchState.WITHDRAWN, MatchState.EXPIRED, MatchState.DECLINED)
            if not reopens or rng.random() < 0.6:
                break
            at = self._later(at, 30)

    def _event(
        self, match: Match, was: str, to: str, reason: str, at: datetime, actor: Any = None
    ) -> None:
        self.rows[MatchEvent].append(
            MatchEvent(match=match, from_state=was, to_state=to, reason=reason, at=at, actor=actor)
        )

    def _round(self, match: Match, at: datetime) -> tuple[str, datetime]:
        """The state in which the round ends (or stands), and when it came to it."""
        rng, proposed = self.rng, MatchState.PROPOSED
        fate = rng.random()
        if fate < 0.15:
            return proposed, at
        if fate < 0.3:
            at = self._later(at, 6)
            self._event(match, proposed, "withdrawn", EventReason.NOT_FOUND, at)
            return "withdrawn", at
        at = self._later(at, rng.choice([0.2, 2, 4]))
        if rng.random() < 0.15:
            first = rng.choice(["approved", "rejected"])
            at = self._decide(match, first, at)
            undone = at + timedelta(minutes=rng.choice([1, 9]))
            self._event(
                match, first, proposed, EventReason.UNDONE, undone, rng.choice(self.reviewers)
            )
            if rng.random() < 0.3:
                return proposed, undone
            at = self._later(undone, 1)
        if fate < 0.45:
            return "rejected", self._decide(match, "rejected", at)
        at = self._decide(match, "approved", at)
        if fate < 0.5:
            at += timedelta(minutes=10)
            self._event(match, "approved", "withdrawn", EventReason.NO_CAPACITY, at)
            return "withdrawn", at
        return self._answers(match, at + timedelta(minutes=10))

    def _decide(self, match: Match, to: str, at: datetime) -> datetime:
        automatic = to == "approved" and self.rng.random() < 0.1
        actor = None if automatic else self.rng.choice(self.reviewers)
        reason = self.rng.choice(RejectReason.values) if to == "rejected" else ""
        if automatic:
            reason = EventReason.AUTOMATIC
        self._event(match, "proposed", to, reason, at, actor)
        self.rows[Review].append(
            Review(
                match=match,
                reviewer=actor,
                decision=to,
                reason=reason if to == "rejected" else "",
                at=at,
            )
        )
        return at

    def _answers(self, match: Match, at: datetime) -> tuple[str, datetime]:
        rng = self.rng
        sides = rng.sample(Side.values, 2)
        willing = 0
        for side in sides[: rng.choice([0, 1, 2, 2, 2])]:
            at = self._later(at, 3)
            kind = rng.choice(["interested", "interested", "interested", "declined", "not_now"])
            reason = rng.choice(DeclineReason.values) if kind == "declined" else ""
            self.rows[Answer].append(
                Answer(match=match, round=match.round, side=side, kind=kind, reason=reason, at=at)
            )
            if kind != "interested":
                told = EventReason.NOT_NOW if kind == "not_now" else reason
                self._event(match, "approved", "declined", told, at)
                return "declined", at
            willing += 1
        if willing == 2:
            at += timedelta(hours=rng.choice([0, 0, 50]))
            self._introduce(match, at)
            return "introduced", at
        if rng.random() < 0.5:
            at += timedelta(days=21)
            self._event(match, "approved", "expired", EventReason.UNANSWERED, at)
            return "expired", at
        return "approved", at

    def _introduce(self, match: Match, at: datetime) -> None:
        rng = self.rng
        self._event(match, "approved", "introduced", EventReason.BOTH_INTERESTED, at)
        self.rows[Introduction].append(Introduction(match=match, at=at))
        if rng.random() < 0.4:
            self.threads.append(Thread(match=match, created_at=at, last_post_at=at))
            held = rng.random() < 0.6
            self.calls.append(
                Call(
                    thread=self.threads[-1],
                    state="held" if held else "agreed",
                    starts_at=self._later(at, 8),
                    agreed_at=at,
                    created_at=at,
                )
            )
        ladders = [(), ("none",), ("met",), ("met", "sample"), (*CONTRACTS, "met")]
        for side in Side.values:
            reached = rng.choice([*ladders, CONTRACTS])
            for stage in rng.sample(reached, min(len(reached), 3)):
                told = self._later(at, 40)
                day = told.date() - timedelta(days=rng.choice([0, 3, 60]))
                self.rows[Outcome].append(
                    Outcome(
                        match=match,
                        side=side,
                        stage=OutcomeStage(stage),
                        happened_on=rng.choice([None, day]),
                        at=told,
                    )
                )
            for number in (2, 3):
                if rng.random() < 0.5:
                    self.rows[Satisfaction].append(
                        Satisfaction(
                            match=match,
                            side=side,
                            number=number,
                            score=rng.choice([None, 1, 2, 3, 4, 4, 5]),
                            intention=rng.choice(["", *Intention.values]),
                            at=at + timedelta(days=30 * number + rng.random()),
                        )
                    )

    # --- Mail ---------------------------------------------------------------------------------

    def _mails(self, number: int) -> None:
        rng = self.rng
        states = ["sent"] * 12 + ["queued", "sending", "failed", "uncertain", "suppressed"]
        mails, events = [], []
        for serial in range(number):
            written = self._moment()
            state = rng.choice([*states, "cancelled"])
            after = written + timedelta(minutes=rng.choice([-1, 0, 10]))
            handed = self._later(max(written, after), 0.01) if state == "sent" else None
            mails.append(
                Message(
                    kind=rng.choice(["match", "reminder", "introduction", "staff_digest"]),
                    category="matches",
                    dedupe_key=f"history:{serial}",
                    to=f"person{serial % 50}@firm.example",
                    language=rng.choice(["ko", "ja", "en"]),
                    subject="A mail",
                    state=state,
                    send_after=after,
                    handed_over_at=handed,
                    delivered_at=handed if handed and rng.random() < 0.8 else None,
                    created_at=written,
                )
            )
            for kind in ("came_back", "complained", "came_back_for_now"):
                # The same news may come in several rows.
                for twice in range(rng.choice([0, 0, 0, 0, 0, 0, 0, 1, 2])):
                    key = f"history:{serial}:{kind}:{twice}"
                    events.append(MailEvent(message=mails[-1], kind=kind, key=key, at=written))
        Message.objects.bulk_create(mails)
        MailEvent.objects.bulk_create(events)

    def _refusals(self, number: int) -> None:
        reasons = ["unsubscribed", "bounced", "comes_back", "complained"]
        Suppression.objects.bulk_create(
            Suppression(
                address=f"gone{serial}@firm.example",
                reason=self.rng.choice(reasons),
                created_at=self._moment(),
            )
            for serial in range(number)
        )


def year(**size: int) -> History:
    """A year's history, and the figures counted from it."""
    history = History(**size)
    count_journeys(now=END)
    return history
