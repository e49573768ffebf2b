"""When and where a session was used: written once a minute, at once when the place changes."""

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def inside(client: Client) -> Client:
    client.force_login(UserFactory())
    client.get("/account/")
    return client


def seen(client: Client, **headers: str) -> UserSession:
    client.get("/account/", headers=headers)
    return UserSession.objects.get()


def test_a_second_request_in_the_same_minute_writes_nothing(inside: Client) -> None:
    before = seen(inside).last_seen_at
    with CaptureQueriesContext(connection) as captured:
        assert seen(inside).last_seen_at == before
    assert not [each for each in captured if each["sql"].startswith(("UPDATE", "INSERT"))]


def test_the_next_minute_is_noted(inside: Client) -> None:
    before = seen(inside).last_seen_at
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        assert seen(inside).last_seen_at > before + timedelta(seconds=60)


def test_another_browser_is_noted_at_once(inside: Client) -> None:
    assert seen(inside, **{"User-Agent": "Firefox"}).user_agent == "Firefox"
