"""Systems of the association: they use the API by tokens and are nobody else anywhere."""

import re
import uuid
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.queries.people import readable_people, staff
from api.models import System, Token, TokenUse
from api.services import change_system, make_system, rotate_token
from common.errors import RuleViolated, StateChanged
from mailing.models import Message
from tests.api.callers import bearer, inside
from tests.factories import PASSWORD, StaffFactory

pytestmark = pytest.mark.django_db
ME = "/api/v1/me/"
LIST = "/staff/systems/"
KEY = re.compile(r'value="(gagyo_[^"]+)"')


@pytest.fixture
def boss():
    return StaffFactory(staff_role="administrator", language="en")


@pytest.fixture
def browser(boss):
    client = inside(boss)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def made(boss, **changed):
    now = timezone.now()
    return make_system(
        **{
            "name": "CRM",
            "scopes": ["data"],
            "contact": boss,
            "networks": [],
            "expires_at": now + timedelta(days=90),
            "number": uuid.uuid4(),
            "actor": boss,
            "now": now,
        }
        | changed
    )


def form(boss, **changed):
    return {
        "name": "CRM",
        "scopes": ["data"],
        "contact": boss.pk,
        "networks": "192.0.2.0/24\n2001:db8::/32",
        "end": "90",
        "number": str(uuid.uuid4()),
    } | changed


def test_taken_in_on_the_page_and_used(browser, boss):
    page = browser.post(f"{LIST}new/", form(boss))
    assert page.status_code == 200, page.content
    client = bearer(KEY.search(page.content.decode())[1])
    told = client.get(ME, REMOTE_ADDR="192.0.2.9")
    assert told.json()["staff_role"] == "supervisor"
    assert told.json()["scopes"] == ["data"]
    assert client.get(ME, REMOTE_ADDR="2001:db8::1").status_code == 200
    assert "CRM" in browser.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"networks": "here"}, "id_networks"),
        ({"networks": "192.0.2.1/24"}, "id_networks"),
        ({"scopes": ["firm"]}, "id_scopes"),
        ({"contact": ""}, "id_contact"),
    ],
)
def test_what_cannot_be_is_said_at_the_field(browser, boss, changed, field):
    page = browser.post(f"{LIST}new/", form(boss, **changed))
    assert page.status_code == 422
    assert f'href="#{field}' in page.content.decode()
    assert not System.objects.exists()


def test_it_comes_only_from_its_networks(boss):
    _token, key = made(boss, networks=["192.0.2.0/24"])
    client = bearer(key)
    assert client.get(ME, REMOTE_ADDR="192.0.2.9").status_code == 200
    assert client.get(ME, REMOTE_ADDR="::ffff:192.0.2.9").status_code == 200
    refused = client.get(ME, REMOTE_ADDR="198.51.100.1")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert TokenUse.objects.latest("pk").status == 403
    # What was refused is no last use.
    assert Token.objects.get().last_used_from != "198.51.100.1"


def test_a_system_is_no_person(boss):
    token, _key = made(boss)
    user = token.user
    assert not user.has_usable_password()
    assert user not in staff()
    assert user not in readable_people(boss)
    assert inside(boss).get(f"/staff/people/{user.pk}/").status_code == 404
    Client().post("/accounts/password/reset/", {"email": user.email})
    assert not Message.objects.filter(to=user.email).exists()
    assert Message.objects.get(kind="token_issued").user == boss
    entered = Client().post("/accounts/login/", {"login": user.email, "password": ""})
    assert "_auth_user_id" not in entered.wsgi_request.session


def test_a_system_acts_for_no_firm(boss):
    with pytest.raises(RuleViolated):
        made(boss, scopes=["firm", "data"])
    assert not User.objects.filter(is_system=True).exists()


def test_a_new_key_while_the_old_one_stands(boss):
    token, old = made(boss)
    now = timezone.now()
    given = {
        "token": token,
        "expires_at": now + timedelta(days=90),
        "actor": boss,
        "now": now,
    }
    new, key = rotate_token(overlap=timedelta(hours=1), number=uuid.uuid4(), **given)
    assert (new.user, new.scopes, new.kind) == (token.user, token.scopes, token.kind)
    assert {bearer(each).get(ME).status_code for each in (old, key)} == {200}
    token.refresh_from_db()
    assert token.expires_at == now + timedelta(hours=1)
    assert not token.stands(now + timedelta(hours=1))
    Token.objects.filter(pk=token.pk).update(revoked_at=now)
    with pytest.raises(StateChanged):
        rotate_token(overlap=timedelta(0), number=uuid.uuid4(), **given)


def test_the_page_of_a_system(browser, boss):
    token, key = made(boss)
    page = f"{LIST}{token.user.system.pk}/"
    rotated = browser.post(
        f"{LIST}tokens/{token.pk}/rotate/",
        {"overlap": "0", "end": "90", "number": str(uuid.uuid4())},
    )
    new = KEY.search(rotated.content.decode())[1]
    assert bearer(key).get(ME).status_code == 401
    assert bearer(new).get(ME).status_code == 200
    browser.post(f"{page}change/", {"contact": boss.pk, "networks": "192.0.2.0/24"})
    assert bearer(new).get(ME, REMOTE_ADDR="198.51.100.1").status_code == 403
    latest = Token.objects.latest("created_at")
    browser.post(f"{LIST}tokens/{latest.pk}/revoke/")
    assert bearer(new).get(ME, REMOTE_ADDR="192.0.2.9").status_code == 401
    assert new not in browser.get(page).content.decode()


def test_the_contact_person_hears_of_a_new_key_in_words_of_its_own(boss):
    contact = StaffFactory(staff_role="reviewer", language="en")
    token, _old = made(boss, contact=contact)
    now = timezone.now()
    given = {"expires_at": now + timedelta(days=90), "actor": boss, "now": now}
    new, key = rotate_token(token=token, overlap=timedelta(hours=1), number=uuid.uuid4(), **given)
    assert set(Message.objects.values_list("kind", flat=True)) == {"token_issued", "token_rotated"}
    told = Message.objects.get(kind="token_rotated")
    assert (told.user, told.dedupe_key) == (contact, f"token:{new.pk}:rotated")
    assert f"The old key, {token.hint}…, works until" in told.html
    assert key not in told.html
    # The page would refuse a reviewer.
    assert "systems%2F" not in told.html
    assert "Administrators of Gagyo look after the keys" in told.html
    change_system(system=token.user.system, contact=boss, networks=[], actor=boss, now=now)
    rotate_token(token=new, overlap=timedelta(0), number=uuid.uuid4(), **given)
    again = Message.objects.get(kind="token_rotated", user=boss)
    assert f"The old key, {new.hint}…, works no more" in again.html
    # Strangers are told of no such page: whoever is not logged in comes there by logging in.
    assert f"/accounts/login/?next=%2Fstaff%2Fsystems%2F{token.user.system.pk}%2F" in again.html


def test_a_system_whose_keys_have_ended_gets_a_new_one(browser, boss):
    token, old = made(boss)
    page = f"{LIST}{token.user.system.pk}/"
    browser.post(f"{LIST}tokens/{token.pk}/revoke/")
    assert "No key that works" in browser.get(LIST).content.decode()
    text = browser.get(page).content.decode()
    assert "No key of this system works any more" in text
    assert f"{LIST}tokens/{token.pk}/rotate/" in text
    answer = browser.post(
        f"{LIST}tokens/{token.pk}/rotate/",
        {"overlap": "0", "end": "90", "number": str(uuid.uuid4())},
    )
    assert bearer(KEY.search(answer.content.decode())[1]).get(ME).status_code == 200
    assert bearer(old).get(ME).status_code == 401


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_costs_the_same_however_long(browser, boss, number, django_assert_num_queries):
    for each in range(number):
        made(boss, name=f"System {each}")
    browser.get(LIST)
    with django_assert_num_queries(8):
        browser.get(LIST)


def test_the_list_has_pages(browser, boss, monkeypatch):
    monkeypatch.setattr("api.pages.systems.PAGE_SIZE", 2)
    for each in range(3):
        made(boss, name=f"System {each}", now=timezone.now() - timedelta(days=each))
    first = browser.get(LIST).content.decode()
    assert ["System 0" in first, "System 1" in first, "System 2" in first] == [True, True, False]
    older = unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])
    second = browser.get(LIST + older).content.decode()
    assert ["System 1" in second, "System 2" in second] == [False, True]
    # A form with faults shows the list too; its links lead on.
    refused = browser.post(f"{LIST}new/", form(boss, name="")).content.decode()
    assert older in unescape(refused)
    assert "System 2" in browser.get(f"{LIST}new/{older}", follow=True).content.decode()
