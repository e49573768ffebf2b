"""A policy learnt from verdicts is a draft with its figures, and needs enough of them."""

from datetime import datetime, timedelta
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from companies.models import Need, Offering
from matching.choices import (
    AnswerKind,
    Decision,
    DeclineReason,
    MatchState,
    PolicyState,
    RejectReason,
    Side,
)
from matching.models import Answer, Match, MatchPolicy, Review
from matching.queries.verdicts import verdicts
from matching.services import edit_policy, ensure_default_policy
from matching.services.learning import LEAST_VERDICTS, NothingToLearn, learn_policy
from tests.factories import (
    CompanyFactory,
    MatchFactory,
    NeedFactory,
    OfferingFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db

#: What these people go by: price first, then certifications; the product is as it should be.
PREFERRED = {"price": 9.0, "certifications": 4.0, "product": 1.0}


def decided_matches(count: int, now: datetime) -> None:
    """`count` matches between many items of two firms, each decided an hour after the other."""
    korean, japanese = CompanyFactory(), CompanyFactory(country="JP")
    side = int(np.ceil(count**0.5))
    offerings = [OfferingFactory(company=korean) for _ in range(side)]
    needs = [NeedFactory(company=japanese) for _ in range(side)]
    rng = np.random.default_rng(4)
    pattern = MatchFactory.build(need=needs[0], offering=offerings[0])
    matches, reviews = [], []
    for number in range(count):
        need, offering = needs[number % side], offerings[number // side]
        criteria = {
            name: float(value) for name, value in zip(PREFERRED, rng.random(3), strict=True)
        }
        matches.append(a_match(pattern, need, offering, criteria, now))
        odds = sum(weight * (criteria[name] - 0.5) for name, weight in PREFERRED.items())
        liked = rng.random() < 1 / (1 + np.exp(-odds))
        reviews.append(
            Review(
                match=matches[-1],
                decision=Decision.APPROVED if liked else Decision.REJECTED,
                reason="" if liked else RejectReason.WRONG_SPECIFICATION,
                at=now - timedelta(hours=count - number),
            )
        )
    Match.objects.bulk_create(matches)
    Review.objects.bulk_create(reviews)


def a_match(
    pattern: Match, need: Need, offering: Offering, criteria: dict[str, float], now: datetime
) -> Match:
    return Match(
        need=need,
        offering=offering,
        direction=pattern.direction,
        state=MatchState.APPROVED,
        score=pattern.score,
        confidence=pattern.confidence,
        value=pattern.value,
        criteria=criteria,
        created_at=now,
    )


def test_too_few_verdicts_are_refused() -> None:
    with pytest.raises(NothingToLearn, match=f"at least {LEAST_VERDICTS}"):
        learn_policy(actor=None, now=timezone.now())
    with pytest.raises(CommandError, match="There are 0 verdicts"):
        call_command("learn_policy")


def test_verdicts_all_alike_are_refused() -> None:
    now = timezone.now()
    decided_matches(LEAST_VERDICTS + 50, now)
    Review.objects.update(decision=Decision.APPROVED, reason="")
    with pytest.raises(NothingToLearn, match="20 of each kind"):
        learn_policy(actor=None, now=now)


def test_a_draft_with_what_people_go_by_and_its_figures() -> None:
    now = timezone.now()
    active = ensure_default_policy(now=now)
    decided_matches(600, now)
    draft, lesson = learn_policy(actor=None, now=now)
    assert (draft.state, draft.version) == (PolicyState.DRAFT, active.version + 1)
    assert MatchPolicy.objects.active() == active
    assert draft.auto_approve_above is None
    assert draft.weights["price"] > draft.weights["certifications"] > draft.weights["product"]
    assert (lesson.fitted_to, lesson.measured_on) == (420, 180)
    assert lesson.learnt.log_loss < lesson.in_force.log_loss
    assert f"{lesson.learnt.auc:.2f}" in draft.name


def test_the_command_shows_both_policies_and_activates_nothing() -> None:
    decided_matches(400, timezone.now())
    told = StringIO()
    call_command("learn_policy", stdout=told)
    assert "draft policy version 2 waits for a supervisor" in told.getvalue()
    assert MatchPolicy.objects.active().version == 1


def test_nothing_to_learn_where_nobody_goes_by_the_criteria() -> None:
    now = timezone.now()
    decided_matches(400, now)
    rng = np.random.default_rng(9)
    for review in Review.objects.all():
        review.decision = Decision.APPROVED if rng.random() < 0.5 else Decision.REJECTED
        review.reason = RejectReason.OTHER if review.decision == Decision.REJECTED else ""
        review.save()
    with pytest.raises(NothingToLearn, match=r"no better|no criterion"):
        learn_policy(actor=None, now=now)


def test_only_what_tells_of_the_fit_counts_and_only_the_last_word() -> None:
    now = timezone.now()
    match = MatchFactory()

    def review(decision: str, minutes: int, reason: str = "") -> None:
        at = now - timedelta(minutes=minutes)
        Review.objects.create(match=match, decision=decision, reason=reason, at=at)

    review(Decision.REJECTED, 9, RejectReason.WRONG_PRODUCT)
    assert [verdict.liked for verdict in verdicts(now)] == [False]
    review(Decision.HELD, 8)
    assert [verdict.liked for verdict in verdicts(now)] == [False]
    review(Decision.UNDONE, 7)
    assert verdicts(now) == []
    review(Decision.REJECTED, 6, RejectReason.ALREADY_PARTNERS)
    assert verdicts(now) == []
    review(Decision.APPROVED, 5)
    for side, kind, reason in (
        (Side.BUYER, AnswerKind.INTERESTED, ""),
        (Side.SELLER, AnswerKind.DECLINED, DeclineReason.BUSY),
    ):
        Answer.objects.create(match=match, side=side, kind=kind, reason=reason, at=now)
    assert [verdict.liked for verdict in verdicts(now)] == [True]
    assert [verdict.liked for verdict in verdicts(now + timedelta(seconds=1))] == [True, True]
    Answer.objects.filter(side=Side.SELLER).update(reason=DeclineReason.PRICE)
    assert [verdict.liked for verdict in verdicts(now + timedelta(seconds=1))] == [
        True,
        True,
        False,
    ]


def test_the_page_shows_what_is_learnt_with_its_evidence_and_makes_it_a_draft(client) -> None:
    ensure_default_policy(now=timezone.now())
    client.force_login(StaffFactory(staff_role="supervisor"))
    path = reverse("matching:policy_learn")
    assert "There are 0 verdicts" in client.get(path).content.decode()
    decided_matches(400, timezone.now())
    page = client.get(path)
    rows = {str(row["label"]): row for row in page.context["rows"]}
    price = rows["price"]
    assert price["known"] == 400
    assert 0 <= price["low"] <= price["learnt"] <= price["high"] <= 1
    low, high = page.context["lesson"].gain
    assert low < high
    assert MatchPolicy.objects.count() == 1
    again = client.get(path).context["lesson"]
    assert again == page.context["lesson"]  # the same verdicts teach the same
    draft = client.get(client.post(path).url).context["policy"]
    assert draft.state == PolicyState.DRAFT
    assert draft.evidence["fitted_to"] == 280
    assert (
        "What these weights rest on"
        in client.get(reverse("matching:policy", args=[draft.version])).content.decode()
    )
    settings = {**draft.settings, "weights": {"product": 1.0}}
    edit_policy(
        policy=draft, revision=1, name="By hand", actor=None, now=timezone.now(), **settings
    )
    draft.refresh_from_db()
    assert draft.evidence == {}


def test_everything_but_the_weights_is_as_in_the_policy_in_force() -> None:
    now = timezone.now()
    active = ensure_default_policy(now=now)
    MatchPolicy.objects.filter(pk=active.pk).update(
        introductions_limit=3, four_eyes_above=0.7, review_days=5, auto_approve_above=0.9
    )
    decided_matches(400, now)
    draft, _lesson = learn_policy(actor=None, now=now)
    assert (draft.introductions_limit, draft.four_eyes_above, draft.review_days) == (3, 0.7, 5)
    assert draft.auto_approve_above is None
