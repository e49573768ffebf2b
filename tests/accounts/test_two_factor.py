"""Two-factor log-in: staff must, others may."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

from mailing.models import Message
from tests.factories import PASSWORD, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db
ACTIVATE = "/accounts/2fa/totp/activate/"


@pytest.fixture
def obligatory(settings):
    settings.STAFF_TWO_FACTOR = True


def log_in(client, user):
    return client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})


def code_for(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def confirm(client):
    """allauth asks for the password once more before it changes how the account is protected."""
    assert client.get(ACTIVATE).url.startswith(reverse("account_reauthenticate"))
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def set_up(client):
    confirm(client)
    page = client.get(ACTIVATE)
    secret = page.context["form"].secret
    assert client.post(ACTIVATE, {"code": code_for(secret)}).status_code == 302
    return secret


@pytest.mark.parametrize("path", ["/settings/", "/staff/mail/", "/"])
def test_staff_without_it_may_only_set_it_up(client, obligatory, path):
    client.force_login(StaffFactory(language="en"))
    response = client.get(path)
    assert (response.status_code, response.url) == (302, ACTIVATE)
    confirm(client)
    page = client.get(ACTIVATE)
    assert page.status_code == 200
    assert 'src="data:image/svg+xml;base64,' in page.content.decode()
    assert "Staff of the association log in with two factors" in page.content.decode()
    assert client.post("/i18n/setlang/", {"language": "ko"}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_staff_with_it_get_in(client, obligatory):
    user = StaffFactory(language="en")
    client.force_login(user)
    set_up(client)
    assert client.get("/settings/").status_code == 200
    assert Message.objects.filter(kind="totp_activated", to=user.email).exists()


def test_the_password_alone_then_opens_nothing(client, obligatory):
    user = StaffFactory(language="en")
    client.force_login(user)
    set_up(client)
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    thief = Client()
    assert log_in(thief, user).url == reverse("mfa_authenticate")
    assert thief.get("/settings/").status_code == 302
    assert thief.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert thief.get("/settings/").status_code == 302
    assert thief.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 302
    assert thief.get("/settings/").status_code == 200


def test_firms_people_need_not(client, obligatory):
    client.force_login(UserFactory(language="en"))
    assert client.get("/settings/").status_code == 200


def test_the_demo_may_switch_it_off(client, settings):
    settings.STAFF_TWO_FACTOR = False
    client.force_login(StaffFactory(language="en"))
    assert client.get("/settings/").status_code == 200


@pytest.mark.parametrize("language", ["ko", "ja", "en"])
def test_its_pages_stand_in_our_look(client, language):
    user = StaffFactory(language=language)
    client.force_login(user)
    set_up(client)
    for name in (
        "mfa_index",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_deactivate_totp",
        "mfa_reauthenticate",
    ):
        page = client.get(reverse(name))
        assert page.status_code == 200, name
        assert f'<html lang="{language}"' in page.content.decode()
    assert client.get(reverse("mfa_download_recovery_codes")).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_switching_it_off_is_told(client):
    user = UserFactory(language="ja")
    client.force_login(user)
    set_up(client)
    client.post(reverse("mfa_generate_recovery_codes"))
    client.post(reverse("mfa_deactivate_totp"))
    mails = Message.objects.filter(to=user.email, user=user, language="ja")
    kinds = set(mails.values_list("kind", flat=True))
    assert kinds >= {"totp_activated", "recovery_codes_generated", "totp_deactivated"}
