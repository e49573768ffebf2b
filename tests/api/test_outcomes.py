"""After the introduction: contacts, outcomes, satisfaction and the conversation."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.choices import ConsentKind
from accounts.services import withdraw_consent
from dialogue.models import Post, Reader
from matching.choices import Side
from matching.models import Match, Outcome
from matching.services import ask_outcomes
from tests.api.callers import program
from tests.api.test_matches import address, caller, post
from tests.dialogue.scenes import open_conversation, say
from tests.factories import MembershipFactory, StaffFactory
from tests.matching.scenes import introduced_match, member_of, published_match

pytestmark = pytest.mark.django_db


def rung(answer, stage):
    return next(row for row in answer.json()["results"] if row["stage"] == stage)


def test_contacts_are_shown_after_the_introduction_while_the_person_agrees():
    match = published_match()
    told = caller(match, Side.BUYER).get(address(match, "contacts/")).json()
    assert told == {"introduced_at": None, "results": []}
    match = introduced_match()
    seller = member_of(match, Side.SELLER)
    client = caller(match, Side.BUYER)
    told = client.get(address(match, "contacts/")).json()
    persons = {row["side"]: row["person"] for row in told["results"]}
    assert persons["seller"]["email"] == seller.email
    assert [row["is_own"] for row in told["results"]] == [True, False]
    withdraw_consent(user=seller, kind=ConsentKind.CROSS_BORDER, now=timezone.now())
    told = client.get(address(match, "contacts/")).json()
    assert next(row for row in told["results"] if row["side"] == "seller")["person"] is None
    stranger = program(MembershipFactory().user, "firm")
    assert stranger.get(address(match, "contacts/")).status_code == 404


def test_outcomes_are_told_confirmed_and_taken_back():
    match = introduced_match()
    buyer, seller = (caller(match, side) for side in (Side.BUYER, Side.SELLER))
    body = {"stage": "quote", "happened_on": "2026-01-15", "value_band": "to_10k", "note": "비밀"}
    told = rung(post(buyer, address(match, "outcomes/"), body), "quote")
    assert told["told"][0]["note"] == "비밀"
    seen = rung(seller.get(address(match, "outcomes/")), "quote")
    assert (seen["is_to_confirm"], seen["is_confirmed"]) == (True, False)
    assert seen["told"] == [
        {
            "side": "buyer", "is_own": False, "at": seen["told"][0]["at"],
            "happened_on": "2026-01-15", "value_band": None, "note": None,
        }
    ]  # fmt: skip
    assert rung(post(seller, address(match, "outcomes/"), {"stage": "quote"}), "quote")[
        "is_confirmed"
    ]
    staff = program(StaffFactory(), "reviewer")
    both = rung(staff.get(address(match, "outcomes/")), "quote")["told"]
    assert {row["note"] for row in both} == {"비밀", ""}
    assert buyer.delete(address(match, "outcomes/quote/")).status_code == 204
    again = buyer.delete(address(match, "outcomes/quote/"))
    assert (again.status_code, again.json()["code"]) == (409, "state-changed")
    assert buyer.delete(address(match, "outcomes/love/")).status_code == 404
    assert Outcome.objects.get().side == Side.SELLER


def test_outcomes_that_cannot_be():
    match = published_match()
    client = caller(match, Side.BUYER)
    assert client.get(address(match, "outcomes/")).json() == {"results": []}
    early = post(client, address(match, "outcomes/"), {"stage": "met"})
    assert (early.status_code, early.json()["code"]) == (409, "state-changed")
    match = introduced_match()
    client = caller(match, Side.BUYER)
    day = (timezone.localdate() + timedelta(days=2)).isoformat()
    body = {"stage": "met", "happened_on": day}
    future = post(client, address(match, "outcomes/"), body)
    assert (future.status_code, future.json()["code"]) == (422, "invalid")
    assert post(client, address(match, "outcomes/"), {"stage": "love"}).status_code == 422
    assert post(client, address(match, "outcomes/"), {"stage": "nothing_yet"}).status_code == 200
    assert not Outcome.objects.exists()


def test_satisfaction_is_told_when_asked_and_kept_from_the_other_side():
    match = introduced_match(timezone.now() - timedelta(days=100))
    buyer, seller = (caller(match, side) for side in (Side.BUYER, Side.SELLER))
    early = post(buyer, address(match, "satisfaction/"), {"score": 5})
    assert early.status_code == 422
    ask_outcomes(now=timezone.now())
    told = post(buyer, address(match, "satisfaction/"), {"score": 5, "intention": "expand"})
    assert (told.status_code, told.json()["score"]) == (200, 5)
    assert len(buyer.get(address(match, "satisfaction/")).json()["results"]) == 1
    assert seller.get(address(match, "satisfaction/")).json() == {"results": []}
    for nothing in ({"score": 9}, {}, {"note": " "}):
        assert post(buyer, address(match, "satisfaction/"), nothing).status_code == 422


def test_messages_are_written_once_read_by_both_and_taken_back():
    thread = open_conversation()
    match = Match.objects.get(pk=thread.pk)
    buyer, seller = (caller(match, side) for side in (Side.BUYER, Side.SELLER))
    for _time in range(2):
        written = post(
            buyer, address(match, "messages/"), {"text": "こんにちは。"}, Idempotency_Key="a"
        )
    assert written.status_code == 201
    assert Post.objects.count() == 1
    read = seller.get(address(match, "messages/")).json()["results"]
    assert [(row["text"], row["language"], row["is_own_side"]) for row in read] == [
        ("こんにちは。", "ja", False)
    ]
    assert not Reader.objects.filter(
        user=member_of(match, Side.SELLER), read_at__isnull=False
    ).exists()
    mine = address(match, f"messages/{read[0]['id']}/")
    assert seller.delete(mine).status_code == 409
    assert buyer.delete(mine).status_code == 204
    assert seller.get(address(match, "messages/")).json()["results"][0]["text"] == ""
    assert post(buyer, address(match, "messages/"), {"text": ""}).status_code == 422


def test_who_reads_and_writes_messages():
    closed = published_match()
    assert caller(closed, Side.BUYER).get(address(closed, "messages/")).status_code == 404
    thread = open_conversation()
    match = Match.objects.get(pk=thread.pk)
    viewer = program(MembershipFactory(company=match.buyer, role="viewer").user, "firm")
    assert viewer.get(address(match, "messages/")).status_code == 200
    assert post(viewer, address(match, "messages/"), {"text": "x"}).status_code == 403
    staff = program(StaffFactory(), "reviewer")
    assert post(staff, address(match, "messages/"), {"text": "도와 드립니다."}).status_code == 201
    stranger = program(MembershipFactory().user, "firm")
    assert post(stranger, address(match, "messages/"), {"text": "x"}).status_code == 404


def test_messages_ask_the_same_number_of_queries(django_assert_max_num_queries):
    thread = open_conversation()
    match = Match.objects.get(pk=thread.pk)
    client = caller(match, Side.BUYER)
    for number in (1, 3):
        for _post in range(number):
            say(thread, member_of(match, Side.SELLER))
        with django_assert_max_num_queries(15):
            assert client.get(address(match, "messages/")).status_code == 200
