"""Signed pages: no log-in, opening changes nothing, one purpose, one person, one round."""

from datetime import timedelta

import pytest
from django.core import signing
from django.utils import timezone

from accounts.choices import ConsentKind
from accounts.queries import has_consent
from accounts.services import withdraw_consent
from matching.choices import AnswerKind, DeclineReason, MatchState, OutcomeStage, Side
from matching.links import answer_url, outcome_url
from matching.models import Answer, Match, Outcome
from matching.services import expire_matches
from tests.factories import UserFactory
from tests.matching.scenes import answer, introduced_match, member_of, published_match


def path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def answer_path(match: Match, side: Side = Side.BUYER) -> str:
    return path(answer_url(match, side, member_of(match, side)))


def outcome_path(match: Match, side: Side = Side.BUYER) -> str:
    return path(outcome_url(match, side, member_of(match, side)))


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "?answer=interested", "?answer=declined"])
def test_opening_a_link_changes_nothing(client, query):
    match = published_match()
    for method in (client.get, client.head):
        response = method(answer_path(match) + query)
        assert response.status_code == 200
    assert not Answer.objects.exists()
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.django_db
def test_the_page_speaks_the_language_of_its_reader(client):
    match = published_match()
    assert client.get(answer_path(match)).headers["Content-Language"] == "ja"
    page = client.get(answer_path(match, Side.SELLER), headers={"accept-language": "en"})
    assert page.headers["Content-Language"] == "ko"
    assert '<html lang="ko">' in page.content.decode()


@pytest.mark.django_db
def test_answering_by_link_and_again(client):
    match = published_match()
    for _ in range(2):
        response = client.post(answer_path(match), {"kind": "interested"}, follow=True)
        assert response.status_code == 200
        assert response.context["was_changed"]
    given = Answer.objects.get()
    assert (given.kind, given.side, given.by) == (
        "interested",
        "buyer",
        member_of(match, Side.BUYER),
    )
    client.post(answer_path(match), {"kind": "declined", "reason": DeclineReason.PRICE})
    match.refresh_from_db()
    assert match.state == MatchState.DECLINED
    page = client.get(answer_path(match))
    assert page.status_code == 200
    assert not page.context["is_open"]


@pytest.mark.django_db
def test_a_decline_without_reason_comes_back_with_what_was_typed(client):
    match = published_match()
    page = client.post(answer_path(match), {"kind": "declined", "note": "세부 사항이 달라요"})
    assert page.context["form"].errors
    assert "세부 사항이 달라요" in page.content.decode()
    assert not Answer.objects.exists()


@pytest.mark.django_db
def test_the_consent_is_asked_for_unticked_and_recorded_when_ticked(client):
    match = published_match()
    person = member_of(match, Side.BUYER)
    assert "consent" not in client.get(answer_path(match)).context["form"].fields
    withdraw_consent(user=person, kind=ConsentKind.CROSS_BORDER, now=timezone.now())
    box = client.get(answer_path(match)).context["form"]["consent"]
    assert not box.value()
    client.post(answer_path(match), {"kind": "interested"})
    assert not has_consent(person, ConsentKind.CROSS_BORDER)
    client.post(answer_path(match), {"kind": "interested", "consent": "on"})
    assert has_consent(person, ConsentKind.CROSS_BORDER)
    assert person.consents.standing().get(kind=ConsentKind.CROSS_BORDER).language == "ja"


@pytest.mark.django_db
def test_introduction_shows_the_contact_on_the_page(client):
    match = published_match()
    seller = member_of(match, Side.SELLER)
    assert seller.email not in client.get(answer_path(match)).content.decode()
    answer(match, Side.SELLER)
    page = client.post(answer_path(match), {"kind": "interested"}, follow=True)
    assert seller.email in page.content.decode()


@pytest.mark.django_db
def test_an_expired_match_says_so_kindly(client):
    match = published_match(timezone.now() - timedelta(days=22))
    page = client.get(answer_path(match))
    assert page.status_code == 200
    assert not page.context["is_open"]
    client.post(answer_path(match), {"kind": "interested"})
    assert not Answer.objects.exists()
    expire_matches(now=timezone.now())
    assert client.get(answer_path(match)).status_code == 200


@pytest.mark.django_db
def test_foreign_forged_and_overtaken_links_are_not_valid(client):
    match = published_match()
    person = member_of(match, Side.BUYER)
    good = answer_path(match)
    outcome_as_answer = "/a/" + outcome_path(match).split("/")[2] + "/"
    stranger = path(answer_url(match, Side.BUYER, UserFactory()))
    wrong_side = path(answer_url(match, Side.SELLER, person))
    forged = "/a/" + signing.dumps([match.pk.hex, "buyer", person.pk, 1], key="guess") + "/"
    for bad in (good[:-5] + "/", outcome_as_answer, stranger, wrong_side, forged, "/a/x/"):
        assert client.get(bad).status_code == 404
        assert client.post(bad, {"kind": AnswerKind.INTERESTED}).status_code == 404
    match.round = 2
    match.save()
    assert client.get(good).status_code == 404
    assert not Answer.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("loss", ["left", "deactivated", "viewer"])
def test_who_may_no_longer_speak_for_the_firm_has_no_link(client, loss):
    match = published_match()
    person, link = member_of(match, Side.BUYER), answer_path(match)
    if loss == "left":
        person.memberships.all().delete()
    elif loss == "viewer":
        person.memberships.update(role="viewer")
    else:
        person.is_active = False
        person.save()
    assert client.post(link, {"kind": "interested"}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client, method):
    assert getattr(client, method)(answer_path(published_match())).status_code == 405


@pytest.mark.django_db
def test_outcome_by_link(client):
    match = introduced_match()
    assert client.get(outcome_path(match)).status_code == 200
    assert not Outcome.objects.exists()
    page = client.post(outcome_path(match), {"stage": OutcomeStage.QUOTE}, follow=True)
    assert page.context["was_changed"]
    assert Outcome.objects.get().side == Side.BUYER
    assert client.post(outcome_path(match), {"stage": "riches"}).context["form"].errors
    assert Outcome.objects.count() == 1
    answer_as_outcome = "/o/" + answer_path(match).split("/")[2] + "/"
    assert client.get(answer_as_outcome).status_code == 404


@pytest.mark.django_db
def test_outcome_link_before_the_introduction_says_so(client):
    page = client.post(outcome_path(published_match()), {"stage": OutcomeStage.MET})
    assert page.status_code == 200
    assert not Outcome.objects.exists()
