"""Matches and answers: what each side reads, what it may say, and when it is too late."""

import json
import re
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone, translation

from api.resources.match_shapes import FirmMatchDetailSerializer, StaffMatchSerializer
from common.localisation import pick
from companies.services import close_item
from matching.choices import AnswerKind, DeclineReason, MatchState, Side
from matching.models import Answer, Introduction, Match
from matching.queries.cards import match_card, matches_for_cards
from matching.queries.settled import settled
from matching.services import approve_match, expire_matches, reject_match
from tests.api.callers import program
from tests.factories import (
    CompanyFactory,
    MatchFactory,
    MembershipFactory,
    NeedFactory,
    OfferingFactory,
    SectorFactory,
    StaffFactory,
    UserFactory,
)
from tests.matching.scenes import answer, introduced_match, member_of, published_match

pytestmark = pytest.mark.django_db


def caller(match, side):
    return program(member_of(match, side), "firm")


def address(match, rest=""):
    return f"/api/v1/matches/{match.pk}/{rest}"


def post(client, path, body=None, **headers):
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return client.post(path, json.dumps(body or {}), "application/json", headers=named)


def in_state(state):
    if state == MatchState.INTRODUCED:
        return introduced_match()
    if state == MatchState.PROPOSED:
        return MatchFactory()
    if state == MatchState.REJECTED:
        match = MatchFactory()
        return reject_match(
            match=match, reason="competitors", actor=StaffFactory(), now=timezone.now()
        )
    match = published_match()
    now = timezone.now()
    if state == MatchState.DECLINED:
        return answer(match, Side.SELLER, AnswerKind.DECLINED, reason=DeclineReason.PRICE)
    if state == MatchState.EXPIRED:
        expire_matches(now=now + timedelta(days=22))
    if state == MatchState.WITHDRAWN:
        close_item(item=match.offering, actor=member_of(match, Side.SELLER), now=now)
    match.refresh_from_db()
    return match


@pytest.mark.parametrize("state", MatchState.values)
@pytest.mark.parametrize("side", Side)
def test_each_side_reads_each_state_as_its_page_tells_it(state, side):
    match = in_state(state)
    assert match.state == state
    client = caller(match, side)
    answered = client.get(address(match), headers={"accept-language": "ja"})
    listed = client.get("/api/v1/matches/").json()["results"]
    if match.published_at is None:
        assert answered.status_code == 404
        assert listed == []
        return
    told = answered.json()
    assert [row["id"] for row in listed] == [str(match.pk)]
    assert set(told) == set(FirmMatchDetailSerializer().fields)
    assert (told["state"], told["side"]) == (state, side)
    assert told["own_item"]["id"] == str(match.item_of(side).pk)
    assert told["firm"]["name"] == pick(match.company_of(side.other), "name", "ja")[0]
    for word in ("score", "criteria", "priority", "decided_by", "conflicts"):
        assert word not in told
    is_open = state == MatchState.APPROVED
    assert told["is_open"] is is_open
    if not is_open:
        present = Match.objects.with_sides().get(pk=match.pk)
        with translation.override("ja"):
            assert told["settled"]["text"] == settled(present, side, timezone.now()).text
    late = post(client, address(match, "answers/"), {"kind": "not_now"})
    assert late.status_code == (201 if is_open else 409)


def test_a_firm_reads_only_its_own_and_a_stranger_nothing():
    match = published_match()
    stranger = program(MembershipFactory().user, "firm")
    nobody = program(UserFactory(), "firm")
    for client in (stranger, nobody):
        assert client.get("/api/v1/matches/").json()["results"] == []
        for rest in ("", "answers/"):
            assert client.get(address(match, rest)).status_code == 404
        for rest in ("answers/", "answers/undo/"):
            assert post(client, address(match, rest), {"kind": "not_now"}).status_code == 404
    assert not Answer.objects.exists()


def test_staff_read_everything_about_every_match():
    match = MatchFactory(reasons={"fits": [], "accepts": [], "missing": []})
    staff = program(StaffFactory(), "reviewer")
    listed = staff.get("/api/v1/matches/").json()["results"]
    assert set(listed[0]) == set(StaffMatchSerializer().fields)
    assert listed[0]["score"] == match.score
    assert listed[0]["criteria"] == {"product": 0.8, "hs": None}
    assert listed[0]["seller"]["company"] == str(match.seller.pk)
    assert listed[0]["due_at"]
    whole = staff.get(address(match)).json()
    assert isinstance(whole["conflicts"], list)
    assert whole["factors"]["value"] == match.value


def test_a_token_for_a_firm_shows_staff_no_more_than_a_firm():
    match = published_match()
    program_of_staff = program(StaffFactory(staff_role="administrator"), "firm")
    assert program_of_staff.get("/api/v1/matches/").json()["results"] == []
    assert program_of_staff.get(address(match)).status_code == 404


@pytest.mark.parametrize("language", ["ko", "ja", "en"])
def test_reasons_are_sentences_in_the_language_of_the_caller(language):
    match = published_match(
        reasons={
            "fits": [],
            "accepts": [],
            "missing": [{"code": "lead_time_unknown", "args": {"limit": 30}}],
        }
    )
    headers = {"accept-language": language}
    told = caller(match, Side.BUYER).get(address(match), headers=headers).json()
    with translation.override(language):
        card = match_card(matches_for_cards().get(pk=match.pk), Side.BUYER)
        assert told["missing"] == list(card.missing)
        assert told["fit"] == card.fit
        assert told["missing"][0]
    staff = program(StaffFactory(), "reviewer").get(address(match), headers=headers).json()
    assert staff["reasons"]["missing"][0] != told["missing"][0]
    languages = {"ko": "가-힣", "ja": "ぁ-ん", "en": "a-z"}
    assert re.search(f"[{languages[language]}]", staff["reasons"]["missing"][0])


def test_an_answer_is_given_changed_and_taken_back():
    match = published_match()
    client = caller(match, Side.BUYER)
    given = post(client, address(match, "answers/"), {"kind": "interested"})
    assert (given.status_code, given.json()["match_state"]) == (201, "approved")
    assert given.json()["next_step"]
    again = post(client, address(match, "answers/"), {"kind": "interested"})
    assert (again.status_code, again.json()["at"]) == (200, given.json()["at"])
    assert client.get(address(match)).json()["awaiting"] == "other"
    assert post(client, address(match, "answers/undo/")).status_code == 204
    assert client.get(address(match, "answers/")).json() == {"results": []}
    refused = post(client, address(match, "answers/"), {"kind": "declined"})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/reason"]
    body = {"kind": "declined", "reason": "price", "note": "고가", "is_note_shared": True}
    assert post(client, address(match, "answers/"), body).json()["match_state"] == "declined"
    theirs = caller(match, Side.SELLER).get(address(match)).json()["settled"]
    assert (theirs["words"], bool(theirs["reason"]), bool(theirs["tip"])) == ("고가", True, True)
    own = client.get(address(match)).json()["settled"]
    assert own["undo_until"]
    assert post(client, address(match, "answers/undo/")).status_code == 204
    assert client.get(address(match)).json()["state"] == "approved"


def test_an_answer_costs_no_more_than_it_did(django_assert_max_num_queries):
    """Savepoints, log-in, the repeated request and the log of uses counted in."""
    match = published_match()
    seller = caller(match, Side.SELLER)
    answers = address(match, "answers/")
    with django_assert_max_num_queries(18):
        given = post(seller, answers, {"kind": "interested"}, Idempotency_Key="yes")
    assert given.status_code == 201
    with django_assert_max_num_queries(16):
        assert post(seller, f"{answers}undo/", Idempotency_Key="no").status_code == 204
    for side in Side:
        assert caller(match, side).get(address(match)).json()["own_answer"] is None


def test_a_colleagues_newer_answer_is_not_overwritten():
    match = published_match()
    client = caller(match, Side.BUYER)
    first = post(client, address(match, "answers/"), {"kind": "interested"}).json()
    answer(match, Side.BUYER, note="다시", now=timezone.now() + timedelta(seconds=5))
    body = {"kind": "not_now", "seen": first["at"]}
    refused = post(client, address(match, "answers/"), body)
    assert (refused.status_code, refused.json()["code"]) == (409, "state-changed")
    seen = client.get(address(match)).json()["own_answer"]["at"]
    assert post(client, address(match, "answers/"), body | {"seen": seen}).status_code == 201


def test_a_firm_without_a_free_place_is_told_what_helps():
    buyer = CompanyFactory(country="JP", introductions_per_month=1, with_owner=True)
    introduced_match(need=NeedFactory(company=buyer))
    buyer.introductions_per_month = 2
    buyer.save()
    match = published_match(need=NeedFactory(company=buyer))
    buyer.introductions_per_month = 1
    buyer.save()
    client = caller(match, Side.BUYER)
    refused = post(client, address(match, "answers/"), {"kind": "interested"})
    assert (refused.status_code, refused.json()["remedy"]) == (422, "raises_limits")
    body = {"kind": "interested", "raises_limits": True}
    assert post(client, address(match, "answers/"), body).status_code == 201


def test_viewers_read_and_staff_do_not_answer():
    match = published_match()
    viewer = MembershipFactory(company=match.buyer, role="viewer").user
    client = program(viewer, "firm")
    assert client.get(address(match, "answers/")).status_code == 200
    for other in (client, program(StaffFactory(), "reviewer", "firm")):
        answered = post(other, address(match, "answers/"), {"kind": "interested"})
        assert answered.status_code in (403, 404)
        assert answered.json()["detail"]


@pytest.mark.django_db(transaction=True)
def test_both_sides_at_once_are_introduced_once():
    match = published_match()
    clients = [caller(match, side) for side in Side]
    answers = at_once([(client, "both") for client in clients], match)
    assert sorted(each.status_code for each in answers) == [201, 201]
    assert Introduction.objects.count() == 1
    match.refresh_from_db()
    assert match.state == MatchState.INTRODUCED


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_once_is_one_answer():
    match = published_match()
    client_of = [caller(match, Side.BUYER) for _number in range(4)]
    answers = at_once([(client, "once") for client in client_of], match)
    assert {each.status_code for each in answers} == {201}
    assert len({each.content for each in answers}) == 1
    assert Answer.objects.count() == 1


def at_once(calls, match):
    answers = []

    def ask(client, key):
        body = {"kind": "interested"}
        answers.append(post(client, address(match, "answers/"), body, Idempotency_Key=key))
        connection.close()

    threads = [Thread(target=ask, args=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_filters_of_a_firm_tell_nothing_of_the_other():
    match = published_match(need=NeedFactory(company=CompanyFactory(
        country="JP", with_owner=True, is_name_hidden=True, sectors=[SectorFactory(code="bio")]
    )))  # fmt: skip
    client = caller(match, Side.SELLER)

    def found(query):
        return len(client.get(f"/api/v1/matches/?{query}").json()["results"])

    assert found(f"company={match.seller.pk}") == 1
    assert found(f"company={match.buyer.pk}") == 0
    assert found(f"item={match.offering.pk}") == 1
    assert found(f"item={match.need.pk}") == 0
    for query in (f"q={match.buyer.name_ja}", "min_score=1", f"run={match.pk}"):
        refused = client.get(f"/api/v1/matches/?{query}")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown")
    assert found("awaiting=me") == 1
    assert found("awaiting=other") == 0
    assert found("state=approved&state=declined") == 1
    assert found("state=declined") == 0
    assert found("direction=jp_to_kr") == 0
    answer(match, Side.SELLER)
    assert found("awaiting=me") == 0
    assert found("awaiting=other") == 1
    assert client.get("/api/v1/matches/?state=lost").status_code == 422


def test_filters_of_the_staff():
    staff = StaffFactory()
    client = program(staff, "reviewer")
    good, weak, done = MatchFactory(score=0.9), MatchFactory(score=0.3), MatchFactory()
    sector = SectorFactory(code="bio")
    good.seller.sectors.add(sector)
    approve_match(match=done, actor=staff, now=timezone.now())

    def found(query):
        rows = client.get(f"/api/v1/matches/?{query}").json()["results"]
        return {row["id"] for row in rows}

    def ids(*rows):
        return {str(row.pk) for row in rows}

    assert found("min_score=0.8") == ids(good, done)
    assert found("sector=bio") == ids(good)
    assert found("awaiting=me") == ids(good, weak)
    assert found("folder=decided") == ids(done)
    assert found(f"company={weak.buyer.pk}") == ids(weak)
    assert found(f"item={weak.offering.pk}") == ids(weak)
    since = done.updated_at.isoformat().replace("+", "%2B")
    assert found(f"changed_since={since}") == ids(done)
    for wrong in ("min_score=2", "policy=0.5", "is_prospect=null"):
        assert client.get(f"/api/v1/matches/?{wrong}").status_code == 422


def test_fields_order_and_pages_of_equal_moments():
    now = timezone.now()
    rows = [MatchFactory(created_at=now) for _number in range(5)]
    client = program(StaffFactory(), "reviewer")
    for ordering in ("", "&ordering=created_at", "&ordering=-updated_at"):
        url, seen = f"/api/v1/matches/?fields=id&limit=2{ordering}", []
        while url:
            page = client.get(url).json()
            seen.append([row["id"] for row in page["results"]])
            url, before = page["next"], page["previous"]
        assert [len(ids) for ids in seen] == [2, 2, 1]
        assert {pk for ids in seen for pk in ids} == {str(row.pk) for row in rows}
        assert [row["id"] for row in client.get(before).json()["results"]] == seen[1]
    assert client.get("/api/v1/matches/?cursor=bm8").status_code == 422
    assert client.get("/api/v1/matches/?fields=score,nothing").status_code == 422


@pytest.mark.parametrize(("who", "budget"), [("staff", 8), ("firm", 22)])
def test_lists_ask_the_same_number_of_queries(who, budget, django_assert_max_num_queries):
    buyer = CompanyFactory(country="JP", with_owner=True)
    need = NeedFactory(company=buyer)
    user = buyer.memberships.get().user
    client = program(StaffFactory(), "reviewer") if who == "staff" else program(user, "firm")
    for number in (1, 3):
        for _row in range(number):
            match = published_match(need=need, offering=OfferingFactory(company__country="KR"))
            answer(match, Side.SELLER, by=member_of(match, Side.SELLER))
        with django_assert_max_num_queries(budget):
            rows = client.get("/api/v1/matches/").json()["results"]
        assert len(rows) in (1, 4)
