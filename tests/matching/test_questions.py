"""Questions after 30, 90 and 180 days: one tap answers, one reminder, then it is staff's turn."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.errors import RuleViolated, StateChanged
from mailing.choices import MessageState
from mailing.models import Message
from matching.choices import Intention, OutcomeStage, Satisfied, Side
from matching.links import outcome_url
from matching.models import Introduction, Match, Outcome, Question, Satisfaction
from matching.queries.outcomes import outcome_ladder
from matching.queries.questions import (
    likely_answers,
    satisfaction_figures,
    silent_questions,
)
from matching.services import (
    answer_nothing_yet,
    ask_outcomes,
    rate_cooperation,
    record_outcome,
    remind_outcomes,
    retract_outcome,
    settle_silence,
)
from tests.factories import StaffFactory
from tests.matching.scenes import introduced_match, member_of

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def days(number: float):
    return NOW + timedelta(days=number)


def told(match: Match, side: Side, stage: str = OutcomeStage.SAMPLE, **words) -> Outcome:
    words.setdefault("now", NOW)
    return record_outcome(match=match, side=side, stage=stage, by=member_of(match, side), **words)


def page_of(match: Match, side: Side = Side.BUYER) -> str:
    return "/" + outcome_url(match, side, member_of(match, side)).split("/", 3)[3]


def mails(kind: str):
    return Message.objects.filter(kind=f"match_{kind}")


@pytest.fixture
def asked():
    """Both sides were asked the first question."""
    match = introduced_match(NOW)
    assert ask_outcomes(now=days(30)) == 1
    User.objects.update(language="en")
    return match


def test_the_other_side_is_asked_once_to_confirm():
    match = introduced_match(NOW)
    told(match, Side.SELLER)
    told(match, Side.SELLER, note="again")
    mail = mails("confirm").get()
    assert mail.user == member_of(match, Side.BUYER)
    assert "?stage=sample" in mail.text
    told(match, Side.BUYER)
    told(match, Side.SELLER, OutcomeStage.NONE)
    assert mails("confirm").count() == 1


def test_a_mistake_is_taken_back_before_anybody_is_asked():
    match = introduced_match(NOW)
    told(match, Side.SELLER)
    words = {"match": match, "side": Side.SELLER, "stage": OutcomeStage.SAMPLE}
    retract_outcome(by=member_of(match, Side.SELLER), now=NOW, **words)
    assert not Outcome.objects.exists()
    assert mails("confirm").get().state == MessageState.CANCELLED
    with pytest.raises(StateChanged):
        retract_outcome(by=member_of(match, Side.SELLER), now=NOW, **words)


def test_taking_back_leaves_what_the_other_side_said():
    match = introduced_match(NOW)
    for side in Side:
        told(match, side)
    retract_outcome(
        match=match,
        side=Side.BUYER,
        stage=OutcomeStage.SAMPLE,
        by=member_of(match, Side.BUYER),
        now=NOW,
    )
    rung = next(r for r in outcome_ladder(match, Side.BUYER) if r.stage == OutcomeStage.SAMPLE)
    assert rung.is_to_confirm
    assert not rung.is_confirmed


def test_the_day_and_the_band_are_kept_and_no_day_lies_ahead():
    match = introduced_match(NOW)
    today = timezone.localdate(NOW)
    told(match, Side.BUYER, OutcomeStage.TRIAL_ORDER, happened_on=today, value_band="to_100k")
    told(match, Side.BUYER, OutcomeStage.TRIAL_ORDER)
    outcome = Outcome.objects.get()
    assert (outcome.happened_on, outcome.value_band) == (today, "to_100k")
    with pytest.raises(RuleViolated):
        told(match, Side.BUYER, happened_on=today + timedelta(days=1))
    with pytest.raises(RuleViolated):
        told(match, Side.BUYER, value_band="a lot")


def test_each_likely_answer_has_its_link_in_the_mail(asked):
    told(asked, Side.SELLER)
    assert likely_answers(asked, Side.BUYER) == ["sample", "met", "nda", "nothing_yet", "none"]
    assert likely_answers(asked, Side.SELLER)[0] == "quote"
    text = mails("outcome").filter(user=member_of(asked, Side.BUYER)).get().text
    for answer in ("met", "nda", "sample", "nothing_yet", "none"):
        assert f"?stage={answer}" in text


@pytest.mark.parametrize("stage", ["met", "nothing_yet", "none", "rubbish"])
def test_opening_an_answer_records_nothing_and_one_button_does(client, asked, stage):
    page = page_of(asked)
    shown = client.get(f"{page}?stage={stage}")
    assert shown.status_code == 200
    assert bool(shown.context["wanted"]) == (stage != "rubbish")
    assert not Outcome.objects.exists()
    assert not Question.objects.filter(answered_at__isnull=False).exists()
    done = client.post(page, {"stage": stage}, follow=True)
    is_answered = Question.objects.filter(side=Side.BUYER, answered_at__isnull=False).exists()
    assert is_answered == (stage != "rubbish")
    assert done.context["was_changed"] == is_answered
    assert Outcome.objects.count() == (stage in ("met", "none"))


def test_nothing_yet_stops_the_reminder_of_that_round(asked):
    answer_nothing_yet(match=asked, side=Side.BUYER, by=member_of(asked, Side.BUYER), now=days(31))
    assert remind_outcomes(now=days(36.9)) == 0
    assert remind_outcomes(now=days(37)) == 1
    assert remind_outcomes(now=days(38)) == 0
    assert mails("outcome_reminder").get().user == member_of(asked, Side.SELLER)
    assert ask_outcomes(now=days(90)) == 1
    assert mails("outcome").filter(user=member_of(asked, Side.BUYER)).count() == 2


def test_a_later_question_ends_the_reminders_of_the_earlier(asked):
    ask_outcomes(now=days(90))
    assert remind_outcomes(now=days(91)) == 0
    assert remind_outcomes(now=days(97)) == 2


def test_who_stays_silent_is_a_task_for_staff_until_settled(client, asked):
    remind_outcomes(now=days(37))
    assert not silent_questions(now=days(50.9)).exists()
    assert silent_questions(now=days(51)).count() == 2
    told(asked, Side.SELLER, now=days(51))
    question = silent_questions(now=days(51)).get()
    assert question.side == Side.BUYER
    staff = StaffFactory()
    settle_silence(question=question, note="전화함", by=staff, now=days(52))
    with pytest.raises(StateChanged):
        settle_silence(question=question, by=staff, now=days(52))
    assert not silent_questions(now=days(52)).exists()


def test_staff_see_and_settle_the_silent_ones(client):
    match = introduced_match(NOW - timedelta(days=60))
    ask_outcomes(now=NOW - timedelta(days=30))
    remind_outcomes(now=NOW - timedelta(days=20))
    client.force_login(StaffFactory())
    page = client.get(reverse("dialogue:silent"))
    assert {row["firm"] for row in page.context["rows"]} == {match.buyer, match.seller}
    for question in Question.objects.all():
        client.post(reverse("dialogue:silent_settle", args=[question.pk]), {"note": "called"})
    assert not client.get(reverse("dialogue:silent")).context["rows"]


def test_satisfaction_is_asked_from_the_second_question_on(client, asked):
    page = page_of(asked)
    assert not client.get(page).context["asks_satisfaction"]
    with pytest.raises(RuleViolated):
        rate_cooperation(
            match=asked,
            side=Side.BUYER,
            score=Satisfied.VERY,
            by=member_of(asked, Side.BUYER),
            now=days(40),
        )
    ask_outcomes(now=days(90))
    client.post(page, {"satisfaction": "4"})
    client.post(page, {"intention": "expand"})
    client.post(page, {"words": "답장이 빠릅니다."})
    for wrong in ({"satisfaction": "9"}, {"satisfaction": "x"}, {"intention": "marry"}):
        assert client.post(page, wrong).context["error"]
    given = Satisfaction.objects.get()
    assert (given.score, given.intention, given.note) == (4, "expand", "답장이 빠릅니다.")


def test_the_other_side_never_learns_of_it(client, asked):
    ask_outcomes(now=days(90))
    rate_cooperation(
        match=asked,
        side=Side.SELLER,
        score=Satisfied.NOT,
        intention=Intention.END,
        note="secret words",
        by=member_of(asked, Side.SELLER),
        now=days(91),
    )
    buyer = member_of(asked, Side.BUYER)
    client.force_login(buyer)
    pages = [
        page_of(asked),
        reverse("matching:match", args=[asked.pk]),
        reverse("dialogue:thread", args=[asked.pk]),
    ]
    for page in pages:
        response = client.get(page)
        assert "secret words" not in response.content.decode()
        assert response.context.get("rated") is None
    assert not Message.objects.filter(user=buyer, text__contains="secret words").exists()


def test_figures_count_the_latest_word_of_each_side(asked):
    def rate(now, **words):
        rate_cooperation(
            match=asked, side=Side.BUYER, by=member_of(asked, Side.BUYER), now=now, **words
        )

    ask_outcomes(now=days(90))
    rate(days(91), score=Satisfied.LITTLE, intention=Intention.REDUCE)
    ask_outcomes(now=days(180))
    rate(days(181), score=Satisfied.RATHER, intention=Intention.KEEP)
    japanese, korean = satisfaction_figures("JP"), satisfaction_figures("KR")
    assert (japanese.rated, japanese.satisfied, japanese.keep_or_expand) == (1, 1.0, 1.0)
    assert (korean.rated, korean.satisfied) == (0, None)


def test_a_step_is_confirmed_from_the_conversation(client):
    match = introduced_match(NOW)
    told(match, Side.SELLER)
    client.force_login(member_of(match, Side.BUYER))
    thread = reverse("dialogue:thread", args=[match.pk])
    where = reverse("matching:match_outcome", args=[match.pk])
    response = client.post(where, {"stage": "sample", "next": thread})
    assert response.headers["Location"] == thread
    assert Outcome.objects.filter(stage="sample").count() == 2
    elsewhere = client.post(where, {"retract": "sample", "next": "https://evil.example/"})
    assert elsewhere.headers["Location"] == reverse("matching:match", args=[match.pk])
    assert Outcome.objects.get().side == Side.SELLER
    assert Introduction.objects.get().questions_asked == 0
