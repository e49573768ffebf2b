"""What firms and reviewers say of a match is refused in the same words by page and by program."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from common.localisation import LANGUAGES
from matching.choices import Side
from matching.models import Answer, Outcome, Review, StaffQuestion
from matching.rules import FAULTS
from tests.api.callers import inside, program
from tests.api.test_matches import address, post
from tests.factories import MatchFactory, StaffFactory
from tests.matching.scenes import introduced_match, member_of, published_match

pytestmark = pytest.mark.django_db
YESTERDAY, TOMORROW = (str(timezone.localdate() + timedelta(days=days)) for days in (-1, 1))


def faults_of(form):
    return {(name, str(text)) for name, texts in form.errors.items() for text in texts}


def told(answer):
    assert answer.status_code == 422
    return {(each["pointer"].strip("/"), each["detail"]) for each in answer.json()["errors"]}


@pytest.mark.parametrize(
    ("decision", "words", "field", "code"),
    [
        ("reject", {}, "reason", "reason_missing"),
        ("reject", {"reason": "other", "note": " "}, "note", "reason_in_words_missing"),
        ("hold", {}, "until", "not_in_the_future"),
        ("hold", {"until": YESTERDAY}, "until", "not_in_the_future"),
        ("hold", {"until": TOMORROW, "note": "x" * 301}, "note", "hold_note_too_long"),
        ("send_back", {"note": " "}, "note", "note_missing"),
    ],
)
def test_a_decision(decision, words, field, code):
    match, reviewer = MatchFactory(), StaffFactory(language="en")
    wanted = {(field, str(FAULTS[code]))}
    body = {"decision": decision, **words}
    assert told(post(program(reviewer, "reviewer"), address(match, "reviews/"), body)) == wanted
    page = reverse("matching:review_decide", args=[match.pk, decision.replace("_", "-")])
    answer = inside(reviewer).post(page, words)
    assert answer.status_code == 422
    assert faults_of(answer.context[f"{decision}_form"]) == wanted
    assert not Review.objects.exists()


def test_many_rejections_at_once():
    match, reviewer = MatchFactory(), StaffFactory(language="en")
    page = f"{reverse('matching:review_bulk')}?decision=rejected"
    answer = inside(reviewer).post(page, {"match": [match.pk], "reason": "other", "note": ""})
    assert faults_of(answer.context["form"]) == {("note", str(FAULTS["reason_in_words_missing"]))}


def test_a_question_in_own_words():
    match, reviewer = MatchFactory(), StaffFactory(language="en")
    wanted = {("words", str(FAULTS["question_missing"]))}
    body = {"side": "seller", "kind": "other", "words": " "}
    assert told(post(program(reviewer, "reviewer"), address(match, "questions/"), body)) == wanted
    answer = inside(reviewer).post(reverse("matching:review_ask", args=[match.pk]), body)
    assert faults_of(answer.context["ask_form"]) == wanted
    assert not StaffQuestion.objects.exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_decline_without_a_reason(language):
    match = published_match()
    person = member_of(match, Side.BUYER)
    person.language = language
    person.save()
    said = told(post(program(person, "firm"), address(match, "answers/"), {"kind": "declined"}))
    page = reverse("matching:match", args=[match.pk])
    answer = inside(person).post(page, {"kind": "declined"})
    with translation.override(language):
        wanted = {("reason", str(FAULTS["reason_missing"]))}
        assert said == faults_of(answer.context["form"]) == wanted
    assert not Answer.objects.exists()


def test_a_reason_belongs_to_a_decline():
    match = published_match()
    person = member_of(match, Side.BUYER)
    body = {"kind": "interested", "reason": "price"}
    assert post(program(person, "firm"), address(match, "answers/"), body).status_code == 201
    assert Answer.objects.get().reason == ""


def test_an_outcome_still_to_come():
    match = introduced_match()
    person = member_of(match, Side.BUYER)
    person.language = "en"
    person.save()
    body = {"stage": "met", "happened_on": TOMORROW}
    said = told(post(program(person, "firm"), address(match, "outcomes/"), body))
    sentence = str(FAULTS["in_the_future"])
    assert said == {("happened_on", sentence)}
    page = reverse("matching:match_outcome", args=[match.pk])
    answer = inside(person).post(page, body, follow=True)
    assert sentence in answer.content.decode()
    assert not Outcome.objects.exists()
