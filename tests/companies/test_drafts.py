"""What people have typed and not sent, as the server keeps it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.devices import device_name
from common.errors import RuleViolated, StateChanged
from companies.models import FormDraft
from companies.services import drafts
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

ANDROID = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36"
TITLE = {"title_ko": {"was": [""], "now": ["식각액"]}}


@pytest.fixture
def page() -> str:
    return reverse("companies:draft", args=["offering-new-1"])


def put(client: Client, page: str, **content: Any) -> int:
    body = {"fields": TITLE, "age": 0, **content}
    answer = client.put(page, json.dumps(body), content_type="application/json")
    return answer.status_code


def test_a_draft_comes_back_with_when_and_where_it_was_typed(client: Client, page: str) -> None:
    user = UserFactory()
    client.force_login(user)
    assert client.get(page).status_code == 204
    client.put(
        page, json.dumps({"fields": TITLE, "age": 60}), "application/json", user_agent=ANDROID
    )
    client.logout()
    client.force_login(user)
    told = client.get(page, user_agent=ANDROID).json()
    assert told["fields"] == TITLE
    assert 59 < told["age"] < 120
    assert client.delete(page).status_code == 204
    assert client.get(page).status_code == 204


def test_the_device_is_told_by_its_name(client: Client, page: str) -> None:
    client.force_login(UserFactory())
    body = json.dumps({"fields": TITLE})
    client.put(page, body, content_type="application/json", headers={"User-Agent": ANDROID})
    assert "(Chrome, Android)" in client.get(page).json()["said"]
    assert device_name("curl/8") == ""
    assert device_name("Mozilla/5.0 (iPhone) CriOS/142 Mobile Safari/604.1") == "Chrome, iPhone"


def test_nobody_sees_the_draft_of_another(client: Client, page: str) -> None:
    client.force_login(UserFactory())
    assert put(client, page) == 204
    client.force_login(UserFactory())
    assert client.get(page).status_code == 204
    assert client.delete(page).status_code == 204
    assert FormDraft.objects.count() == 1


def test_somebody_who_is_logged_out_is_told_so(client: Client, page: str) -> None:
    assert (put(client, page), client.get(page).status_code) == (401, 401)
    assert not FormDraft.objects.exists()


def test_a_page_of_another_site_cannot_write_a_draft(page: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory())
    assert put(client, page) == 403


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"fields": []}', '{"fields": {"a": 1}}', '{"fields": {}, "age": "x"}']
)
def test_what_is_no_draft_is_refused(client: Client, page: str, body: str) -> None:
    client.force_login(UserFactory())
    assert client.put(page, body, content_type="application/json").status_code == 400


def test_of_two_devices_the_last_typed_on_wins(client: Client, page: str) -> None:
    client.force_login(UserFactory())
    assert put(client, page, age=10) == 204
    older = {"title_ko": {"was": [""], "now": ["오래된 글"]}}
    assert put(client, page, age=3600, fields=older) == 409
    assert client.get(page).json()["fields"] == TITLE
    newer = {"title_ko": {"was": [""], "now": ["새 글"]}}
    assert put(client, page, fields=newer) == 204
    assert client.get(page).json()["fields"] == newer


def test_drafts_are_bounded_in_size_number_and_time() -> None:
    user, now = UserFactory(), timezone.now()
    common = {"user": user, "device": "", "now": now}
    with pytest.raises(RuleViolated):
        drafts.keep_draft(key="a", fields={"x": {"now": ["가" * 200_001]}}, typed_at=now, **common)
    for number in range(drafts.MOST_DRAFTS + 1):
        at = now - timedelta(minutes=1000 - number)
        drafts.keep_draft(key=f"form-{number}", fields=TITLE, typed_at=at, **common)
    keys = FormDraft.objects.values_list("key", flat=True)
    assert len(keys) == drafts.MOST_DRAFTS
    assert "form-0" not in keys
    assert drafts.forget_old_drafts(now=now + drafts.KEPT_FOR - timedelta(minutes=1)) == 0
    assert drafts.forget_old_drafts(now=now + drafts.KEPT_FOR) == drafts.MOST_DRAFTS


def test_a_clock_that_runs_ahead_does_not_win_for_ever() -> None:
    user, now = UserFactory(), timezone.now()
    common = {"user": user, "key": "a", "fields": TITLE, "device": ""}
    ahead = drafts.keep_draft(typed_at=now + timedelta(days=300), now=now, **common)
    assert ahead.typed_at == now
    with pytest.raises(StateChanged):
        drafts.keep_draft(typed_at=now - timedelta(minutes=1), now=now, **common)
