"""What happens is written with its effect, and each endpoint hears only what it may."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from api.hooks.choices import CHOSEN, STAFF_ONLY, DeliveryState, EventType
from api.hooks.models import Delivery, Endpoint, Event, Secret
from api.hooks.payloads import body_of
from api.hooks.services import forget_old, make_endpoint, record_event, rotate_secret
from common.errors import RuleViolated
from companies.choices import REQUIRED_CHECKS, CompanyState
from companies.services import verify_company
from companies.signals import company_erased
from matching.choices import OutcomeStage, Side
from matching.models import Match
from matching.services import cancel_run, record_outcome
from tests.factories import CompanyFactory, RunFactory, StaffFactory
from tests.matching.scenes import answer, member_of, published_match

pytestmark = pytest.mark.django_db

NOW = timezone.now()
FIRM_TYPES = [each.value for each in CHOSEN if each not in STAFF_ONLY]


def listen(company=None, types=None, actor=None):
    wanted = types or (FIRM_TYPES if company else [each.value for each in CHOSEN])
    endpoint, _secret = make_endpoint(
        name="CRM",
        address="https://crm.example/hook",
        types=wanted,
        company=company,
        actor=actor or StaffFactory(staff_role="administrator"),
        now=NOW,
    )
    return endpoint


def told(endpoint):
    rows = endpoint.deliveries.select_related("event").order_by("created_at", "sequence")
    return [(each.event.type, json.loads(body_of(each))) for each in rows]


def test_the_way_of_a_match_as_everybody_hears_it():
    ours = listen()
    match = published_match()
    # The firms of the next one listen from the beginning.
    buyer, seller = listen(match.buyer), listen(match.seller)
    stranger = listen(CompanyFactory())
    answer(match, Side.BUYER)
    match = Match.objects.with_sides().get(pk=answer(match, Side.SELLER).pk)
    record_outcome(
        match=match,
        side=Side.SELLER,
        stage=OutcomeStage.MET,
        note="김하늘 010-1234-5678",
        by=member_of(match, Side.SELLER),
        now=timezone.now(),
    )
    assert [each for each, _body in told(ours)] == [
        EventType.MATCH_APPROVED,
        EventType.MATCH_ANSWERED,
        EventType.MATCH_ANSWERED,
        EventType.MATCH_INTRODUCED,
        EventType.OUTCOME_RECORDED,
    ]
    assert [body["sequence"] for _type, body in told(ours)] == [1, 2, 3, 4, 5]
    assert [each for each, _body in told(buyer)] == ["match.answered", "match.introduced"]
    assert [each for each, _body in told(seller)] == [
        "match.answered",
        "match.introduced",
        "outcome.recorded",
    ]
    # The gaps of a number would tell of what the other firm did.
    assert [body["sequence"] for _type, body in told(buyer)] == [1, 2]
    assert told(stranger) == []
    # Blind: nothing of the other firm, and of nobody a name or a word.
    for endpoint, firm, other in (
        (buyer, match.buyer, match.seller),
        (seller, match.seller, match.buyer),
    ):
        for _type, body in told(endpoint):
            text = json.dumps(body, ensure_ascii=False)
            assert str(firm.pk) in text
            assert str(other.pk) not in text
    for endpoint in (ours, buyer, seller):
        for _type, body in told(endpoint):
            text = json.dumps(body, ensure_ascii=False)
            for word in (match.buyer.name_ja, match.seller.name_ko, "김하늘", "@", "1234"):
                assert word not in text


def test_the_addresses_in_an_event_lead_to_the_api(client):
    ours = listen()
    match = published_match()
    ((_type, body),) = told(ours)
    client.force_login(StaffFactory())
    for noun in ("match", "buyer", "seller"):
        path = body["data"][noun]["url"].partition("/api/")[2]
        assert client.get(f"/api/{path}").json()["id"] == body["data"][noun]["id"]
    assert body["data"]["match"]["id"] == str(match.pk)


def test_both_firms_hear_of_a_match_when_they_are_mailed():
    match = published_match()
    seller = listen(match.seller)
    again = published_match(offering=match.offering)
    ((event, body),) = told(seller)
    assert (event, body["data"]["side"]) == ("match.approved", "seller")
    assert body["data"]["match"]["id"] == str(again.pk)


def test_a_verified_firm():
    firm = CompanyFactory(state=CompanyState.SUBMITTED)
    ours, own, other = listen(), listen(firm), listen(CompanyFactory())
    verify_company(company=firm, checked=REQUIRED_CHECKS, actor=StaffFactory(), now=NOW)
    for endpoint in (ours, own):
        ((event, body),) = told(endpoint)
        assert event == "company.verified"
        assert body["data"]["company"]["id"] == str(firm.pk)
    assert told(other) == []


def test_a_run_that_ends_is_told_to_the_association_alone():
    ours = listen()
    run = RunFactory(state="queued")
    cancel_run(run=run, actor=StaffFactory(), now=NOW)
    cancel_run(run=RunFactory(state="queued", company=CompanyFactory()), actor=None, now=NOW)
    ((event, body),) = told(ours)
    assert (event, body["data"]["state"]) == ("run.finished", "cancelled")
    with pytest.raises(RuleViolated):
        listen(CompanyFactory(), types=["run.finished"])


def test_who_did_not_ask_hears_nothing(django_assert_num_queries):
    listen(types=["run.finished"])
    with django_assert_num_queries(1):
        assert record_event(type="match.approved", key="match:1", data={}, now=NOW) is None
    assert not Event.objects.exists()


def test_an_erased_firm_takes_its_endpoints_along():
    firm = CompanyFactory()
    listen(firm)
    company_erased.send(sender=type(firm), company_id=firm.pk, now=NOW)
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize(
    ("address", "types"),
    [
        ("https://crm.example/", []),
        ("https://crm.example/", ["ping"]),
        ("https://crm.example/", ["match.sold"]),
        ("https://10.0.0.1/", ["match.approved"]),
        ("gopher://crm.example/", ["match.approved"]),
    ],
)
def test_what_is_no_endpoint(address, types):
    with pytest.raises(RuleViolated):
        make_endpoint(name="x", address=address, types=types, actor=StaffFactory(), now=NOW)


def test_ten_endpoints_are_enough():
    for _each in range(10):
        listen()
    with pytest.raises(RuleViolated):
        listen()
    listen(CompanyFactory())


def test_no_secret_lies_in_the_database():
    endpoint, secret = make_endpoint(
        name="x",
        address="https://crm.example/",
        types=["match.approved"],
        actor=StaffFactory(),
        now=NOW,
    )
    kept = " ".join(map(str, Secret.objects.values_list("salt", flat=True)))
    assert secret.removeprefix("whsec_") not in kept
    with pytest.raises(RuleViolated):
        rotate_secret(endpoint=endpoint, overlap=timedelta(days=8), actor=endpoint.owner, now=NOW)


def test_old_events_are_forgotten_but_not_what_is_on_its_way(settings):
    ours = listen()
    long_ago = NOW - timedelta(days=settings.WEBHOOKS_KEEP_DAYS + 1)
    for key, at, state in (
        ("match:1", long_ago, DeliveryState.DELIVERED),
        ("match:2", long_ago, DeliveryState.WAITING),
        ("match:3", NOW, DeliveryState.DELIVERED),
    ):
        record_event(type="match.approved", key=key, data={}, now=at)
        Delivery.objects.filter(key=key).update(state=state)
    assert forget_old(now=NOW) == 1
    assert set(ours.deliveries.values_list("key", flat=True)) == {"match:2", "match:3"}
    Endpoint.objects.update(state="paused")
    assert forget_old(now=NOW) == 1
