"""A person's own pages: settings, language, password, address, devices, in every language."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from mailing.models import Message
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
SETTINGS = "/settings/"
PAGES = [
    "accounts:settings",
    "accounts:consents",
    "account_email",
    "account_change_password",
    "mfa_index",
    "usersessions_list",
    "account_logout",
    "account_reauthenticate",
]
PUBLIC_PAGES = [
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "account_email_verification_sent",
    "account_inactive",
]


@pytest.fixture
def person(client):
    user = UserFactory(language="en", name="Kim Minsu")
    client.force_login(user)
    return user


def settings_form(**changes):
    values = {
        "name": "김민수",
        "name_kana": "キム・ミンス",
        "title": "",
        "phone": "",
        "language": "ko",
    }
    return {**values, **changes}


@pytest.mark.parametrize("language", ["ko", "ja", "en"])
@pytest.mark.parametrize("name", PUBLIC_PAGES)
def test_public_pages_stand_in_our_look(client, name, language):
    page = client.get(reverse(name), headers={"accept-language": language})
    assert page.status_code == 200
    content = page.content.decode()
    assert f'<html lang="{language}"' in content
    assert 'class="public-header"' in content
    assert "style=" not in content


@pytest.mark.parametrize("language", ["ko", "ja", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_own_pages_stand_in_our_look(client, person, name, language):
    person.language = language
    person.save()
    page = client.get(reverse(name))
    assert page.status_code == 200
    content = page.content.decode()
    assert f'<html lang="{language}"' in content
    assert "style=" not in content


def test_settings_are_saved(client, person):
    response = client.post(SETTINGS, settings_form(phone="+82 (0)2-6000-0000"), follow=True)
    person.refresh_from_db()
    assert response.redirect_chain == [(SETTINGS, 302)]
    assert (person.name, person.name_kana) == ("김민수", "キム・ミンス")
    assert (person.language, person.phone) == ("ko", "+82 2-6000-0000")
    assert response.headers["Content-Language"] == "ko"


@pytest.mark.parametrize(
    ("language", "typed", "kept"),
    [
        ("ko", "02-6000-0000", "+82 2-6000-0000"),
        ("ja", "03-3213-5678", "+81 3-3213-5678"),
        ("en", "+81 3 3213 5678", "+81 3-3213-5678"),
    ],
)
def test_telephone_numbers_become_international(client, person, language, typed, kept):
    person.language = language
    person.save()
    client.post(SETTINGS, settings_form(phone=typed, language=language))
    person.refresh_from_db()
    assert person.phone == kept


@pytest.mark.parametrize("typed", ["12", "call me", "03-3213-5678"])
def test_a_wrong_number_is_said_and_kept_in_the_form(client, person, typed):
    response = client.post(SETTINGS, settings_form(phone=typed))
    assert list(response.context["form"].errors) == ["phone"]
    assert typed in response.content.decode()
    person.refresh_from_db()
    assert person.name == "Kim Minsu"


def test_nobody_makes_themselves_staff(client, person):
    client.post(SETTINGS, settings_form(staff_role="administrator", email="x@x.example"))
    person.refresh_from_db()
    assert (person.staff_role, person.email) != ("administrator", "x@x.example")
    assert person.staff_role == ""


@pytest.mark.parametrize("language", ["ko", "ja"])
def test_the_language_switch_is_remembered_and_mails_follow(client, person, language):
    response = client.post(
        reverse("set_language"), {"language": language, "next": SETTINGS}, follow=True
    )
    person.refresh_from_db()
    assert person.language == language
    assert response.headers["Content-Language"] == language
    client.post("/accounts/password/reset/", {"email": person.email})
    assert Message.objects.get(kind="password_reset_key").language == language


@pytest.mark.parametrize("language", ["fr", "", "ko-KP"])
def test_an_unknown_language_is_ignored(client, person, language):
    client.post(reverse("set_language"), {"language": language, "next": SETTINGS})
    person.refresh_from_db()
    assert person.language == "en"


def test_the_switch_does_nothing_on_get(client, person):
    client.get(reverse("set_language") + "?language=ko")
    person.refresh_from_db()
    assert person.language == "en"


def test_visitors_switch_by_cookie(client):
    client.post(reverse("set_language"), {"language": "ja", "next": "/accounts/login/"})
    page = client.get("/accounts/login/", headers={"accept-language": "ko"})
    assert page.headers["Content-Language"] == "ja"


def test_an_address_is_changed_once_confirmed(client, person):
    old = person.email
    client.post(reverse("account_email"), {"email": "New@x.example", "action_add": "1"})
    person.refresh_from_db()
    assert person.email == old
    mail = Message.objects.get(to="new@x.example")
    assert mail.kind == "email_confirmation"
    path = next(word for word in mail.text.split() if "confirm-email" in word)
    client.post(path.removeprefix("http://localhost:8000"))
    person.refresh_from_db()
    assert person.email == "new@x.example"
    assert EmailAddress.objects.get(user=person).email == "new@x.example"
    assert Message.objects.get(to=old, kind="email_changed").user == person


def test_a_changed_password_is_told(client, person):
    new = "a-much-better-one-2026"
    client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    assert Message.objects.get(kind="password_changed").to == person.email
    assert client.get(SETTINGS).status_code == 200


def test_logging_out_needs_the_button(client, person):
    client.get(reverse("account_logout"))
    assert client.get(SETTINGS).status_code == 200
    client.post(reverse("account_logout"))
    assert client.get(SETTINGS).status_code == 302


def test_a_device_is_called_what_its_owner_knows_it_by(client: Client) -> None:
    """This one is marked; the others are ended by one button."""
    user = UserFactory()
    android = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/142 Mobile Safari/537.36"
    other = Client(headers={"user-agent": android})
    for browser in (client, other):
        browser.force_login(user)
        browser.get("/")
    page = client.get(reverse("usersessions_list")).content.decode()
    assert "Chrome, Android" in page
    assert "unknown device" in page
    assert page.count("this device") == 1
    client.post(reverse("usersessions_list"))
    assert client.get(reverse("accounts:settings")).status_code == 200
    assert other.get(reverse("accounts:settings")).status_code == 302
