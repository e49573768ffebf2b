"""The reviewers' work by program: decisions, claims, the next match, questions to firms."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from matching.choices import Decision, MatchState, RejectReason, Side
from matching.models import Match, Review, ReviewClaim, StaffQuestion
from matching.services import approve_match, ask_firm, claim_match, reject_match
from tests.api.callers import inside, program
from tests.api.test_matches import address, caller, post
from tests.factories import (
    CompanyFactory,
    MatchFactory,
    MembershipFactory,
    NeedFactory,
    OfferingFactory,
    PolicyFactory,
    StaffFactory,
)
from tests.matching.scenes import member_of, published_match

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer():
    return StaffFactory(language="en")


@pytest.fixture
def staff(reviewer):
    return program(reviewer, "reviewer")


def decide(client, match, **body):
    headers = {"If_Match": body.pop("tag")} if "tag" in body else {}
    return post(client, address(match, "reviews/"), body, **headers)


def test_a_match_is_approved_taken_back_held_and_rejected(staff, reviewer):
    match = MatchFactory()
    done = decide(staff, match, decision="approve", note="잘 맞습니다.")
    assert done.status_code == 201
    told = done.json()
    assert (told["decision"], told["match_state"]) == ("approved", "approved")
    assert told["publish_at"]
    assert told["reviewer"]["id"] == reviewer.pk
    assert decide(staff, match, decision="undo").json()["match_state"] == "proposed"
    day = (timezone.localdate() + timedelta(days=9)).isoformat()
    assert decide(staff, match, decision="hold", until=day).json()["decision"] == "held"
    assert staff.get(address(match)).json()["held_until"] == day
    body = {"decision": "reject", "reason": "other", "note": "다른 이유"}
    assert decide(staff, match, **body).json()["match_state"] == "rejected"
    kinds = [row["decision"] for row in staff.get(address(match, "reviews/")).json()["results"]]
    assert kinds == ["rejected", "held", "undone", "approved"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/decision"),
        ({"decision": "love"}, "/decision"),
        ({"decision": "reject"}, "/reason"),
        ({"decision": "reject", "reason": "other"}, "/note"),
        ({"decision": "hold"}, "/until"),
        ({"decision": "hold", "until": "2030-01-01", "note": "x" * 301}, "/note"),
        ({"decision": "send_back"}, "/note"),
    ],
)
def test_a_faulty_decision_names_the_field(staff, body, pointer):
    match = MatchFactory()
    answer = decide(staff, match, **body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not Review.objects.exists()


def test_whoever_comes_second_is_told_who_was_first(staff):
    match = MatchFactory()
    first = StaffFactory(name="이순신")
    tag = staff.get(address(match))["ETag"]
    reject_match(match=match, reason=RejectReason.COMPETITORS, actor=first, now=timezone.now())
    for more in ({}, {"tag": tag}):
        late = decide(staff, match, decision="approve", **more)
        told = late.json()
        assert (late.status_code, told["code"], told["by"]) == (409, "state-changed", "이순신")
        assert told["state"] == MatchState.REJECTED
        assert told["at"]
        assert "이순신" in told["detail"]


def test_a_match_that_changed_since_it_was_read_is_not_decided(staff):
    PolicyFactory(version=9, state="active", four_eyes_above=0.1)
    match = MatchFactory()
    tag = staff.get(address(match))["ETag"]
    approve_match(match=match, actor=StaffFactory(name="이순신"), now=timezone.now())
    lost = decide(staff, match, decision="approve", tag=tag)
    assert (lost.status_code, lost.json()["by"]) == (412, "이순신")
    fresh = staff.get(address(match))
    assert fresh.json()["first_approved_by"]["name"] == "이순신"
    done = decide(staff, match, decision="approve", tag=fresh["ETag"])
    assert (done.status_code, done.json()["match_state"]) == (201, "approved")


def test_the_second_reviewer_sends_back(staff):
    PolicyFactory(version=9, state="active", four_eyes_above=0.1)
    match = MatchFactory()
    own = decide(staff, match, decision="approve").json()
    assert own["waits_for_second"] is True
    again = decide(staff, match, decision="approve")
    assert (again.status_code, again.json()["code"]) == (422, "rule-violated")
    second = program(StaffFactory(), "reviewer")
    sent = decide(second, match, decision="send_back", note="인증서를 다시 확인해 주십시오.")
    assert sent.json()["waits_for_second"] is False


def test_a_prospect_is_only_looked_at(staff):
    match = MatchFactory(
        is_prospect=True, offering=OfferingFactory(company=CompanyFactory(unclaimed=True))
    )
    assert staff.get(address(match)).json()["is_prospect"] is True
    refused = decide(staff, match, decision="approve")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


def test_reviews_are_listed_and_filtered(staff, reviewer):
    one, other = MatchFactory(), MatchFactory()
    decide(staff, one, decision="reject", reason="capacity")
    approve_match(match=other, actor=StaffFactory(), now=timezone.now())

    def found(query=""):
        rows = staff.get(f"/api/v1/reviews/?{query}").json()["results"]
        return [row["match"] for row in rows]

    assert found() == [str(other.pk), str(one.pk)]
    assert found("ordering=at") == [str(one.pk), str(other.pk)]
    for query in (
        "decision=rejected", "reason=capacity", "reviewer=me", f"reviewer={reviewer.pk}",
        f"match={one.pk}", f"company={one.buyer.pk}",
    ):  # fmt: skip
        assert found(query) == [str(one.pk)], query
    assert found("reviewer=system") == found("reviewer=nobody") == []
    assert found("before=2020-01-01T00:00:00Z") == []
    ko = staff.get("/api/v1/reviews/?decision=rejected", headers={"accept-language": "ko"})
    assert ko.json()["results"][0]["reason_label"] == "현재 한쪽 기업의 여력이 없습니다."


def test_firms_find_nothing_of_the_desk():
    match = published_match()
    for client in (caller(match, Side.BUYER), program(MembershipFactory().user, "firm")):
        told = client.get(address(match, "reviews/"))
        assert (told.status_code, told.json()["code"]) == (403, "wrong-scope")
    client = inside(member_of(match, Side.BUYER))
    for rest in ("reviews/", "questions/"):
        assert client.get(address(match, rest)).status_code == 404
    assert client.get("/api/v1/reviews/").status_code == 404


def test_the_next_match_is_claimed_and_given_back(staff, reviewer):
    good, weak = MatchFactory(score=0.9), MatchFactory(score=0.4)
    first = post(staff, "/api/v1/matches/next/")
    assert (first.status_code, first.json()["id"]) == (200, str(good.pk))
    assert first.json()["claim"]["reviewer"]["id"] == reviewer.pk
    other = program(StaffFactory(), "reviewer")
    assert post(other, "/api/v1/matches/next/").json()["id"] == str(weak.pk)
    assert post(program(StaffFactory(), "reviewer"), "/api/v1/matches/next/").status_code == 204
    taken = post(other, address(good, "claim/"))
    assert (taken.status_code, taken.json()["by"]) == (409, reviewer.display_name)
    assert post(other, address(good, "claim/"), {"takes_over": True}).status_code == 200
    assert other.delete(address(good, "claim/")).status_code == 204
    assert not ReviewClaim.objects.filter(match=good).exists()
    narrow = {"min_score": 0.8, "direction": "kr_to_jp"}
    assert post(staff, "/api/v1/matches/next/", narrow).json()["id"] == str(good.pk)
    assert post(staff, "/api/v1/matches/next/", {"direction": "jp_to_kr"}).status_code == 204
    reject_match(match=good, reason="capacity", actor=reviewer, now=timezone.now())
    assert post(staff, address(good, "claim/")).status_code == 409
    assert post(staff, "/api/v1/matches/next/", {"assigned": "x"}).status_code == 422


@pytest.mark.django_db(transaction=True)
def test_reviewers_who_ask_at_once_get_different_matches():
    for _number in range(4):
        MatchFactory()
    clients = [program(StaffFactory(), "reviewer") for _number in range(4)]
    barrier, handed = Barrier(4), []

    def ask(client):
        barrier.wait(timeout=10)
        handed.append(post(client, "/api/v1/matches/next/").json()["id"])
        connection.close()

    threads = [Thread(target=ask, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(handed)) == 4


@pytest.mark.django_db(transaction=True)
def test_two_decisions_at_once_are_one():
    match = MatchFactory()
    clients = [program(StaffFactory(), "reviewer") for _number in range(2)]
    bodies = [{"decision": "approve"}, {"decision": "reject", "reason": "capacity"}]
    codes = []

    def ask(client, body):
        codes.append(decide(client, match, **body).status_code)
        connection.close()

    threads = [Thread(target=ask, args=pair) for pair in zip(clients, bodies, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [201, 409]
    assert Review.objects.count() == 1


def test_a_firm_is_asked_and_answers(staff):
    match = MatchFactory(offering=OfferingFactory(title_ko="감광액"))
    body = {"side": "seller", "kind": "certificate"}
    asked = post(staff, address(match, "questions/"), body)
    assert asked.status_code == 201
    assert staff.get(address(match)).json()["held_until"]
    twice = post(staff, address(match, "questions/"), body)
    assert (twice.status_code, twice.json()["code"]) == (422, "rule-violated")
    telling = {"side": "buyer", "kind": "other", "words": f"{match.seller.name_ko}?"}
    assert post(staff, address(match, "questions/"), telling).status_code == 422
    firm = caller(match, Side.SELLER)
    seen = firm.get("/api/v1/questions/?state=open")
    text = seen.content.decode()
    assert str(match.pk) not in text
    assert str(match.buyer.pk) not in text
    question = seen.json()["results"][0]
    assert question["sentence"]
    mine = f"/api/v1/questions/{question['id']}/"
    assert caller(match, Side.BUYER).get(mine).status_code == 404
    done = post(firm, f"{mine}answer/", {"answer": "ISO 9001"})
    assert (done.status_code, done.json()["state"]) == (200, "answered")
    assert post(firm, f"{mine}answer/", {"answer": "다시"}).status_code == 409
    rows = staff.get(address(match, "questions/")).json()["results"]
    assert rows[0]["answer"] == "ISO 9001"
    assert staff.get(address(match)).json()["reply"] == "answered"


def test_a_question_is_taken_back(staff, reviewer):
    match = MatchFactory()
    question = ask_firm(
        match=match, side=Side.BUYER, kind="price", actor=reviewer, now=timezone.now()
    )
    place = address(match, f"questions/{question.pk}/")
    assert staff.delete(place).status_code == 204
    assert staff.delete(place).status_code == 409
    assert staff.delete(address(MatchFactory(), f"questions/{question.pk}/")).status_code == 404
    assert StaffQuestion.objects.get().state == "withdrawn"


@pytest.mark.parametrize(("path", "budget"), [("reviews", 5), ("questions", 6)])
def test_lists_ask_the_same_number_of_queries(path, budget, django_assert_max_num_queries):
    staff, buyer = StaffFactory(), CompanyFactory(country="JP", with_owner=True)
    owner = buyer.memberships.get().user
    client = program(staff, "reviewer") if path == "reviews" else program(owner, "firm")
    now = timezone.now()
    for number in (1, 3):
        for _row in range(number):
            match = MatchFactory(need=NeedFactory(company=buyer))
            ask_firm(match=match, side=Side.BUYER, kind="price", actor=staff, now=now)
            approve_match(match=match, actor=staff, now=now)
        with django_assert_max_num_queries(budget):
            assert client.get(f"/api/v1/{path}/").json()["results"]
    assert Match.objects.count() == 4
    assert Review.objects.filter(decision=Decision.APPROVED).count() == 4


def test_a_claim_of_ones_own_is_renewed(staff, reviewer):
    match = MatchFactory()
    claim_match(match=match, reviewer=reviewer, now=timezone.now() - timedelta(minutes=1))
    renewed = post(staff, address(match, "claim/"))
    assert renewed.status_code == 200
    assert renewed.json()["reviewer"]["name"] == reviewer.display_name
