"""Administrators, and owners of firms, look after their endpoints."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from api.hooks.choices import EventType
from api.hooks.models import Delivery, Endpoint, Event
from common.models import AuditEvent
from tests.api.callers import inside
from tests.api.hooks.arguments import webhook_arguments
from tests.factories import PASSWORD, MembershipFactory, StaffFactory

pytestmark = pytest.mark.django_db
WANTED = {
    "name": "CRM",
    "address": "https://crm.example/hook",
    "types": ["match.approved", "match.answered"],
}


@pytest.fixture
def administrator():
    return sure(StaffFactory(staff_role="administrator"))


def sure(person):
    """A browser in which the person has just given the password again."""
    client = inside(person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def secret_in(response):
    found = re.search(r"data-secret>(whsec_[\w-]+)<", response.content.decode())
    return found.group(1) if found else ""


def test_making_one_shows_its_secret_once(administrator):
    answered = administrator.post(reverse("hooks:endpoint_new"), WANTED, follow=True)
    assert secret_in(answered)
    assert "no-store" in answered.headers["Cache-Control"]
    endpoint = Endpoint.objects.get()
    assert (endpoint.company, endpoint.types) == (None, WANTED["types"])
    again = administrator.get(reverse("hooks:endpoint", args=[endpoint.pk]))
    assert not secret_in(again)
    assert secret_in(answered) not in str(list(AuditEvent.objects.values_list("data", flat=True)))
    rotated = administrator.post(
        reverse("hooks:endpoint_rotate", args=[endpoint.pk]), {"hours": "24"}, follow=True
    )
    assert secret_in(rotated)
    assert secret_in(rotated) != secret_in(answered)


def test_a_log_that_looks_again_does_not_take_the_secret_away(administrator):
    made = administrator.post(reverse("hooks:endpoint_new"), WANTED)
    assert not secret_in(administrator.get(made.url, headers={"HX-Request": "true"}))
    assert secret_in(administrator.get(made.url))


def test_a_log_looks_again_only_while_something_is_about_to_happen(administrator):
    made = administrator.post(reverse("hooks:endpoint_new"), WANTED)
    endpoint = Endpoint.objects.get()
    assert 'hx-trigger="every' not in administrator.get(made.url).content.decode()
    administrator.post(reverse("hooks:endpoint_ping", args=[endpoint.pk]))
    delivery = endpoint.deliveries.get()
    one = reverse("hooks:delivery", args=[delivery.pk])
    later, now = timedelta(hours=1), timezone.now()
    for changes, looks in (
        ({}, True),
        ({"state": "sending"}, True),
        ({"state": "waiting", "due_at": now + later}, False),
        ({"due_at": now - later}, False),
        ({"due_at": now, "state": "delivered", "delivered_at": now}, False),
    ):
        Delivery.objects.update(**changes)
        for page in (made.url, one):
            text = administrator.get(page).content.decode()
            assert ('hx-trigger="every 1s"' in text) is looks, changes


def test_the_password_is_asked_for_first():
    client = inside(StaffFactory(staff_role="administrator"))
    assert reverse("account_reauthenticate") in client.get(reverse("hooks:endpoint_new")).url


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"address": "https://10.0.0.1/"}, "public internet"),
        ({"address": "ftp://crm.example/"}, "must begin with https"),
        ({"types": []}, "required"),
        ({"types": ["ping"]}, "valid choice"),
    ],
)
def test_a_wrong_address_is_said_at_its_field(administrator, wrong, said):
    answered = administrator.post(reverse("hooks:endpoint_new"), {**WANTED, **wrong})
    assert answered.status_code == 422
    assert said in answered.content.decode()
    assert not Endpoint.objects.exists()


def test_the_buttons(administrator):
    firm = MembershipFactory().company
    args = webhook_arguments(firm, MembershipFactory(company=firm).user)

    def press(step, **data):
        url = reverse(f"hooks:{step}", args=args[f"hooks:{step}"])
        return administrator.post(url, data, follow=True).content.decode()

    endpoint = Endpoint.objects.get(pk=args["hooks:endpoint"][0])
    delivery = Delivery.objects.get(pk=args["hooks:delivery"][0])
    assert "A test event is on its way" in press("endpoint_ping")
    assert endpoint.deliveries.get(event__type=EventType.PING).state == "waiting"
    assert "told again" in press("delivery_replay")
    assert "on its way already" in press("delivery_replay")
    Delivery.objects.filter(pk=delivery.pk).update(state="given_up")
    assert "1 event" in press("endpoint_replay", since=timezone.localdate().isoformat())
    assert "Paused" in press("endpoint_pause")
    assert "not active" in press("endpoint_ping")
    assert "Switched on" in press("endpoint_resume")
    assert "is removed" in press("endpoint_remove")
    assert not Endpoint.objects.filter(pk=endpoint.pk).exists()


def test_an_owner_sees_the_firms_own_and_no_others():
    owner = MembershipFactory()
    args = webhook_arguments(owner.company, owner.user)
    client = sure(owner.user)
    page = client.get(reverse("hooks:firm_endpoints")).content.decode()
    assert str(args["hooks:firm_endpoint"][0]) in page
    assert str(args["hooks:endpoint"][0]) not in page
    for name in ("endpoint", "delivery"):
        strange = reverse(f"hooks:firm_{name}", args=args[f"hooks:{name}"])
        assert client.get(strange).status_code == 404
    made = client.post(reverse("hooks:firm_endpoint_new"), WANTED, follow=True)
    assert secret_in(made)
    assert Endpoint.objects.filter(company=owner.company).count() == 2
    refused = client.post(reverse("hooks:firm_endpoint_new"), {**WANTED, "types": ["run.finished"]})
    assert refused.status_code == 422


@pytest.mark.parametrize("number", [1, 3])
def test_the_lists_cost_the_same_however_long(administrator, number, django_assert_num_queries):
    actor = StaffFactory(staff_role="administrator")
    now = timezone.now()
    for each in range(number):
        endpoint = Endpoint.objects.create(
            name=str(each), address="https://crm.example/", types=[], owner=actor, created_at=now
        )
        event = Event.objects.create(type="match.approved", key="match:1", created_at=now)
        for sequence in range(number):
            Delivery.objects.create(
                event=event,
                endpoint=endpoint,
                key="match:1",
                sequence=sequence,
                due_at=now,
                created_at=now,
            )
    of_list, of_log = reverse("hooks:endpoints"), reverse("hooks:endpoint", args=[endpoint.pk])
    administrator.get(of_list)
    with django_assert_num_queries(6):
        administrator.get(of_list)
    with django_assert_num_queries(9):
        administrator.get(of_log)


def test_the_log_is_looked_through(administrator):
    firm = MembershipFactory().company
    args = webhook_arguments(firm, MembershipFactory(company=firm).user)
    url = reverse("hooks:endpoint", args=args["hooks:endpoint"])
    link = reverse("hooks:delivery", args=args["hooks:delivery"])
    today = timezone.localdate().isoformat()
    for query, is_there in (
        ("", True),
        ("?state=delivered", True),
        ("?state=waiting", False),
        ("?type=match.approved", True),
        ("?type=ping", False),
        (f"?since={today}", True),
        ("?since=2999-01-01", False),
        ("?since=nonsense&state=delivered", True),
    ):
        assert (link in administrator.get(url + query).content.decode()) is is_there, query
