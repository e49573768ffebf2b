"""The pages about tokens: made, shown once, looked at, revoked."""

import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from api.models import Token
from tests.api.callers import bearer, inside, key_of
from tests.factories import PASSWORD, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db
OWN = "/account/tokens/"
NEW = "/account/tokens/new/"
KEY = re.compile(r'value="(gagyo_[^"]+)"')


@pytest.fixture
def person():
    return UserFactory(language="en")


@pytest.fixture
def browser(person):
    return logged_in(person)


def logged_in(person):
    """With the password given a moment ago."""
    client = inside(person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def form(**changed):
    return {
        "name": "ERP",
        "scopes": ["firm"],
        "end": "90",
        "number": str(uuid.uuid4()),
        **changed,
    }


def test_the_key_is_shown_once_and_works(browser, person):
    said = form()
    page = browser.post(NEW, said)
    assert page.status_code == 200
    key = KEY.search(page.content.decode())[1]
    assert "no-store" in page["Cache-Control"]
    assert bearer(key).get("/api/v1/me/").json()["email"] == person.email
    assert key not in browser.get(OWN).content.decode()
    # Loading the page again sends the form again.
    again = browser.post(NEW, said, follow=True)
    assert not KEY.search(again.content.decode())
    assert "shown only once" in again.content.decode()
    assert Token.objects.count() == 1


def test_the_list_tells_what_one_wants_to_know(browser, person):
    _token, key = key_of(person, "firm", name="ERP")
    bearer(key).get("/api/v1/me/", REMOTE_ADDR="192.0.2.7")
    text = browser.get(OWN).content.decode()
    for word in ("ERP", key[:12], "act for one", "valid until", "192.0.2.7"):
        assert word in text
    assert key not in text


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "id_name"),
        ({"scopes": []}, "id_scopes"),
        ({"scopes": ["data"]}, "id_scopes"),
        ({"end": "day"}, "id_ends_on"),
        ({"end": "day", "ends_on": "soon"}, "id_ends_on"),
        ({"end": "day", "ends_on": "2020-01-01"}, ""),
        ({"end": "day", "ends_on": "2099-01-01"}, ""),
        ({"number": "1"}, ""),
    ],
)
def test_what_cannot_be_is_said_at_the_field(browser, changed, field):
    page = browser.post(NEW, form(**changed))
    assert page.status_code == 422
    assert f'href="#{field}' in page.content.decode() if field else True
    assert not Token.objects.exists()


def test_it_ends_with_the_chosen_day(browser):
    day = timezone.localdate() + timedelta(days=10)
    browser.post(NEW, form(end="day", ends_on=day.isoformat()))
    ends = timezone.localtime(Token.objects.get().expires_at)
    assert (ends.date(), ends.hour) == (day + timedelta(days=1), 0)


@pytest.mark.parametrize(
    ("role", "scopes"),
    [("reviewer", {"reviewer"}), ("supervisor", {"reviewer", "data"})],
)
def test_staff_choose_by_their_role(role, scopes, settings):
    settings.STAFF_TWO_FACTOR = False
    text = inside(StaffFactory(staff_role=role)).get(OWN).content.decode()
    assert set(re.findall(r'name="scopes" value="(\w+)"', text)) == scopes


def test_the_password_is_asked_for_again(person):
    late = inside(person)
    answer = late.post(NEW, form())
    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]
    assert not Token.objects.exists()


def test_a_revoked_token_opens_nothing(browser, person):
    token, key = key_of(person, "firm")
    browser.post(f"{OWN}{token.pk}/revoke/")
    assert bearer(key).get("/api/v1/me/").status_code == 401
    again = browser.post(f"{OWN}{token.pk}/revoke/", follow=True)
    assert "revoked before" in again.content.decode()


def test_tokens_of_others_are_not_there(browser):
    token, _key = key_of(UserFactory(), "firm", name="theirs")
    assert browser.post(f"{OWN}{token.pk}/revoke/").status_code == 404
    assert browser.get(f"{OWN}{token.pk}/uses/").status_code == 404
    assert "theirs" not in browser.get(OWN).content.decode()
    token.refresh_from_db()
    assert token.revoked_at is None


def test_the_uses_of_ones_own_token(browser, person):
    token, key = key_of(person, "firm")
    bearer(key).get("/api/v1/concepts/none/", REMOTE_ADDR="192.0.2.7")
    text = browser.get(f"{OWN}{token.pk}/uses/").content.decode()
    for word in ("api:concept-detail", "404", "192.0.2.7"):
        assert word in text


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_costs_the_same_however_long(person, number, django_assert_max_num_queries):
    for each in range(number):
        key_of(person, "firm", name=f"script {each}")
    client = inside(person)
    client.get(OWN)
    with django_assert_max_num_queries(11):
        client.get(OWN)


def test_what_leads_from_page_to_page(browser):
    assert 'href="/api/"' in browser.get(OWN).content.decode()
    # Logging out elsewhere ends no token: it is said where one would look for it.
    devices = browser.get("/accounts/sessions/").content.decode()
    assert "logging out does not stop them" in devices
    assert f'href="{OWN}"' in devices
