"""Choosing which mails come: by the link in any mail or signed in; opening changes nothing."""

from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from accounts.choices import ConsentKind
from accounts.models import User
from companies.choices import MemberRole
from mailing.choices import Category, Frequency
from mailing.links import preferences_url
from mailing.models import MailPreference, Message, Suppression
from mailing.services import refuse_mail, suppress
from tests.factories import CompanyFactory, MembershipFactory, UserFactory
from tests.matching.scenes import published_match

pytestmark = pytest.mark.django_db
PAGE = "/settings/mail/"
CHOICE = {"frequency": "daily", "weekday": "0", "language": "en"}


@pytest.fixture
def person():
    return UserFactory(language="en")


@pytest.fixture
def path(person):
    return urlsplit(preferences_url(person)).path


def frequency(person):
    return MailPreference.objects.get(user=person).frequency


def test_every_mail_to_a_person_links_to_the_page(client):
    published_match()
    for mail in Message.objects.all():
        assert preferences_url(mail.user).rsplit(":", 2)[0] in mail.text
        assert "/m/" in mail.html


def test_opening_changes_nothing(client, person, path):
    for method in (client.get, client.head):
        assert method(path).status_code == 200
    assert not MailPreference.objects.exists()
    assert not Suppression.objects.exists()


def test_the_link_needs_no_log_in_and_says_what_still_comes(client, person, path):
    page = client.get(path)
    assert person.email in page.content.decode()
    assert "letters of introduction" in page.content.decode()
    assert page.headers["X-Robots-Tag"] == "noindex"
    answer = client.post(path, CHOICE, follow=True)
    assert "Your choice is saved." in answer.content.decode()
    assert frequency(person) == Frequency.DAILY


def test_signed_in_people_find_it_in_their_settings(client, person):
    assert client.get(PAGE).status_code == 302
    client.force_login(person)
    assert f'href="{PAGE}"' in client.get("/settings/").content.decode()
    client.post(PAGE, {**CHOICE, "frequency": "weekly", "weekday": "3"})
    assert MailPreference.objects.get(user=person).weekday == 3


def test_none_is_the_refusal_and_back_again(client, person, path):
    client.post(path, CHOICE)
    client.post(path, {**CHOICE, "frequency": "none"})
    assert Suppression.objects.covering(person.email, Category.MATCHES).exists()
    assert not Suppression.objects.covering(person.email, Category.INTRODUCTIONS).exists()
    assert client.get(path).context["form"]["frequency"].value() == "none"
    client.post(path, CHOICE)
    assert not Suppression.objects.exists()
    assert frequency(person) == Frequency.DAILY


def test_a_one_click_refusal_shows_here(client, person, path):
    refuse_mail(address=person.email, category=Category.MATCHES, now=timezone.now())
    assert client.get(path).context["form"]["frequency"].value() == "none"


def test_promotional_mail_is_consented_to_and_withdrawn_here(client, person, path):
    client.post(path, {**CHOICE, "wants_promotion": "on"}, REMOTE_ADDR="192.0.2.9")
    fact = person.consents.standing().get(kind=ConsentKind.PROMOTIONAL)
    assert (fact.language, fact.ip_address) == ("en", "192.0.2.9")
    client.post(path, {**CHOICE, "wants_promotion": "on"})
    assert person.consents.count() == 1
    client.post(path, CHOICE)
    assert not person.consents.standing().exists()
    assert Suppression.objects.covering(person.email, Category.PROMOTIONAL).exists()
    assert Message.objects.filter(kind="consent_result").count() == 2


def test_the_language_is_chosen_too(client, person, path):
    client.post(path, {**CHOICE, "language": "ja"})
    assert User.objects.get(pk=person.pk).language == "ja"
    assert client.get(path).headers["Content-Language"] == "ja"


@pytest.mark.parametrize("change", [{"frequency": "hourly"}, {"weekday": "6"}, {"language": "fr"}])
def test_nonsense_changes_nothing(client, person, path, change):
    answer = client.post(path, {**CHOICE, **change})
    assert answer.status_code == 422
    assert not MailPreference.objects.exists()


def test_a_link_ends_with_the_address_and_cannot_be_forged(client, person, path):
    assert client.get("/m/forged/").status_code == 404
    User.objects.filter(pk=person.pk).update(email="new@firm.example")
    assert client.get(path).status_code == 404
    assert client.post(path, CHOICE).status_code == 404


def test_the_owner_is_warned_when_nobody_reads(client):
    firm = CompanyFactory(with_owner=True, name_en="Hanbit Works", name_ko="")
    owner = firm.memberships.get().user
    User.objects.update(language="en")
    client.force_login(owner)
    warning = "Nobody of Hanbit Works gets mails about matches"
    assert warning not in client.get(PAGE).content.decode()
    page = client.post(PAGE, {**CHOICE, "frequency": "none"}, follow=True)
    assert warning in page.content.decode()
    MembershipFactory(company=firm, role=MemberRole.EDITOR)
    assert warning not in client.get(PAGE).content.decode()


def test_a_dead_address_is_named(client, person):
    suppress(address=person.email, category="", reason="bounced", now=timezone.now())
    client.force_login(person)
    assert f"No mails go to {person.email} at all" in client.get(PAGE).content.decode()
