"""Registering: name, language, three consents, a confirmed address; nothing learnt by guessing."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import User
from mailing.models import Message
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
SIGNUP = "/accounts/signup/"
LINK = re.compile(r"http://localhost:8000(/accounts/\S+)")


def form(**changes):
    values = {
        "email": "Kim@seoul.example",
        "password1": PASSWORD,
        "name": "김민수",
        "language": "ko",
        "terms": "on",
    }
    return {key: value for key, value in {**values, **changes}.items() if value is not None}


def links(mail):
    return LINK.findall(mail.text)


def test_an_account_with_its_consents(client):
    response = client.post(SIGNUP, form(cross_border="on"), REMOTE_ADDR="192.0.2.5")
    assert response.status_code == 302
    user = User.objects.get()
    assert (user.email, user.name, user.language) == ("kim@seoul.example", "김민수", "ko")
    facts = user.consents.standing().order_by("kind")
    assert [fact.kind for fact in facts] == ["cross_border", "terms"]
    assert {(fact.language, fact.ip_address) for fact in facts} == {("en", "192.0.2.5")}


@pytest.mark.parametrize(("code", "word"), [("ko", "ko"), ("ja", "ja"), ("en", "en")])
def test_the_language_of_the_page_is_suggested(client, code, word):
    page = client.get(SIGNUP, headers={"accept-language": code})
    assert page.context["form"]["language"].value() == word
    assert page.headers["Content-Language"] == code


def test_optional_consents_start_unticked_and_tell_everything(client):
    page = client.get(SIGNUP, headers={"accept-language": "en"}).content.decode()
    assert "checked" not in page
    for words in ("Country", "Recipient", "What is given", "How long", "Your right to refuse"):
        assert words in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"terms": None}, "terms"),
        ({"name": ""}, "name"),
        ({"email": "nonsense"}, "email"),
        ({"password1": "short"}, "password1"),
        ({"language": "fr"}, "language"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(client, changes, field):
    response = client.post(SIGNUP, form(**changes))
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    if field != "name":
        assert "김민수" in response.content.decode()
    assert not User.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize("language", ["ko", "ja", "en"])
def test_the_confirmation_goes_through_the_outbox(client, language):
    client.post(SIGNUP, form(language=language))
    mail = Message.objects.get()
    assert (mail.kind, mail.category) == ("email_confirmation_signup", "account")
    assert (mail.to, mail.language) == ("kim@seoul.example", language)
    assert mail.user == User.objects.get()
    assert "김민수" in mail.text
    assert len(links(mail)) == 1


def test_opening_the_link_confirms_nothing_the_button_does(client):
    client.post(SIGNUP, form())
    (path,) = links(Message.objects.get())
    scanner = Client()
    assert scanner.get(path).status_code == 200
    assert not EmailAddress.objects.get().verified
    assert client.post(path).status_code == 302
    assert EmailAddress.objects.get().verified
    assert client.get("/settings/").status_code == 200


def test_a_worn_out_confirmation_link(client):
    page = client.get("/accounts/confirm-email/nonsense/", headers={"accept-language": "en"})
    assert "This link does not work any more." in page.content.decode()


def test_without_confirmation_there_is_no_log_in(client):
    client.post(SIGNUP, form())
    other = Client()
    response = other.post("/accounts/login/", {"login": "kim@seoul.example", "password": PASSWORD})
    assert response.url == "/accounts/confirm-email/"
    assert other.get("/settings/").status_code == 302


def test_nobody_learns_who_is_registered(client):
    """The page is the same for a known address; its holder gets a mail that says so."""
    known = UserFactory(email="kim@seoul.example", language="ja")
    fresh = client.post(SIGNUP, form(email="lee@seoul.example"))
    taken = Client().post(SIGNUP, form())
    assert (fresh.status_code, fresh.url) == (taken.status_code, taken.url)
    mail = Message.objects.get(to=known.email)
    assert (mail.kind, mail.language) == ("account_already_exists", "ja")
    assert known.consents.count() == UserFactory().consents.count()


@pytest.mark.parametrize("known", [True, False])
def test_a_forgotten_password_tells_nothing_either(client, known):
    if known:
        UserFactory(email="kim@seoul.example", language="ja")
    response = client.post(
        "/accounts/password/reset/",
        {"email": "kim@seoul.example"},
        headers={"accept-language": "ko", "host": "evil.example"},
    )
    assert response.url == "/accounts/password/reset/done/"
    mail = Message.objects.get()
    assert mail.kind == ("password_reset_key" if known else "unknown_account")
    assert mail.language == ("ja" if known else "ko")
    assert "evil.example" not in mail.text + mail.html


def test_a_forgotten_password_is_set_anew(client):
    user = UserFactory(language="en")
    client.post("/accounts/password/reset/", {"email": user.email})
    (path,) = links(Message.objects.get())
    page = client.get(path, follow=True)
    new = "a-much-better-one-2026"
    form_path = page.redirect_chain[-1][0]
    client.post(form_path, {"password1": new, "password2": new})
    user.refresh_from_db()
    assert user.check_password(new)
    notice = Message.objects.get(kind="password_reset")
    assert notice.subject == "Your password was changed"
    used = Client().get(path, follow=True, headers={"accept-language": "en"})
    assert "This link does not work any more." in used.content.decode()


def test_too_many_wrong_passwords_are_slowed_down(client):
    """Five failures in five minutes; then the right password does not help either."""
    user = UserFactory(language="en")
    for _attempt in range(6):
        client.post("/accounts/login/", {"login": user.email, "password": "wrong"})
    right = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert "Too many failed login attempts" in right.content.decode()
    assert client.get("/settings/").status_code == 302
