"""Staff who do nothing for a while are logged out; firms' people are not."""

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.factories import StaffFactory, UserFactory

pytestmark = pytest.mark.django_db
PAGE = "/staff/mail/"
HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": f"http://testserver{PAGE}"}


@pytest.fixture(autouse=True)
def half_an_hour(settings) -> None:
    settings.STAFF_IDLE = timedelta(minutes=30)


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def at(minutes: int) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes))


def test_whoever_does_nothing_is_asked_to_log_in_and_comes_back_to_the_page() -> None:
    client = logged_in(StaffFactory())
    assert client.get(PAGE).status_code == 200
    with at(31):
        answer = client.get(f"{PAGE}?state=sent")
        assert answer.url == f"{reverse('account_login')}?next=%2Fstaff%2Fmail%2F%3Fstate%3Dsent"
        assert not UserSession.objects.exists()
        assert client.get(PAGE).status_code == 404
        # A form that was sent too late leads home, not to an address that takes no GET.
        late = logged_in(StaffFactory())
    with at(90):
        assert late.post(PAGE).url.endswith("?next=%2F")


def test_whoever_does_something_stays() -> None:
    client = logged_in(StaffFactory())
    for minutes in (20, 40, 60, 80):
        with at(minutes):
            assert client.get(PAGE).status_code == 200


def test_a_page_that_asks_for_itself_keeps_nobody_logged_in() -> None:
    client = logged_in(StaffFactory())
    for minutes in (10, 20, 29):
        with at(minutes):
            assert client.get(PAGE, **HTMX).status_code == 200
    with at(31):
        answer = client.get(PAGE, **HTMX)
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (
            204,
            f"{reverse('account_login')}?next=%2Fstaff%2Fmail%2F",
        )


def test_a_click_that_htmx_answers_is_doing_something() -> None:
    client = logged_in(StaffFactory())
    elsewhere = {**HTMX, "HTTP_HX_CURRENT_URL": "http://testserver/staff/review/"}
    for minutes in (20, 40, 60):
        with at(minutes):
            assert client.get(PAGE, **elsewhere).status_code == 200


def test_firms_people_stay_logged_in_and_it_can_be_switched_off(settings) -> None:
    person = logged_in(UserFactory())
    with at(600):
        assert person.get("/settings/").status_code == 200
    settings.STAFF_IDLE = timedelta()
    client = logged_in(StaffFactory())
    with at(600):
        assert client.get(PAGE).status_code == 200
