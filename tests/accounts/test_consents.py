"""Consents are facts: which wording, in which language, when, from where, until when."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts import wording
from accounts.choices import ConsentKind
from accounts.models import Consent
from accounts.queries import consent_overview, has_consent
from accounts.services import give_consent, give_consents, withdraw_consent
from common.errors import RuleViolated
from common.models import AuditEvent
from mailing.models import Message
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PAGE = "/settings/consents/"


@pytest.fixture
def person():
    user = UserFactory(language="en")
    user.consents.all().delete()
    return user


def give(user, kind=ConsentKind.CROSS_BORDER, now=NOW):
    return give_consent(user=user, kind=kind, language="ja", ip_address="192.0.2.7", now=now)


def test_the_fact_is_complete(person):
    fact = give(person)
    assert fact.wording_version == wording.CROSS_BORDER.version
    assert (fact.language, fact.given_at, fact.ip_address) == ("ja", NOW, "192.0.2.7")
    assert has_consent(person, ConsentKind.CROSS_BORDER)
    event = AuditEvent.objects.get(verb="consent.given")
    assert event.data == {"kind": "cross_border", "wording": wording.CROSS_BORDER.version}


def test_giving_twice_is_giving_once(person):
    assert give(person, now=NOW + timedelta(days=1)) == give(person)
    assert Consent.objects.count() == 1


def test_a_new_wording_is_a_new_fact(person, monkeypatch):
    old = give(person)
    monkeypatch.setitem(
        wording.WORDINGS,
        ConsentKind.CROSS_BORDER,
        wording.Wording(ConsentKind.CROSS_BORDER, "2030-01", "New words", ()),
    )
    (entry,) = [e for e in consent_overview(person) if e.wording.kind == ConsentKind.CROSS_BORDER]
    assert entry.is_outdated
    new = give(person, now=NOW + timedelta(days=1))
    old.refresh_from_db()
    assert (old.withdrawn_at, new.wording_version) == (NOW + timedelta(days=1), "2030-01")
    assert has_consent(person, ConsentKind.CROSS_BORDER)


def test_withdrawing_keeps_the_fact(person):
    give(person)
    later = NOW + timedelta(days=3)
    fact = withdraw_consent(user=person, kind=ConsentKind.CROSS_BORDER, now=later)
    assert (fact.given_at, fact.withdrawn_at) == (NOW, later)
    assert not has_consent(person, ConsentKind.CROSS_BORDER)
    assert withdraw_consent(user=person, kind=ConsentKind.CROSS_BORDER, now=later) is None
    assert AuditEvent.objects.filter(verb="consent.withdrawn").count() == 1


def test_the_terms_end_with_the_account(person):
    give(person, ConsentKind.TERMS)
    with pytest.raises(RuleViolated):
        withdraw_consent(user=person, kind=ConsentKind.TERMS, now=NOW)
    assert has_consent(person, ConsentKind.TERMS)


def test_several_are_given_together(person):
    give_consents(user=person, kinds=ConsentKind.values, language="ko", ip_address=None, now=NOW)
    assert person.consents.standing().count() == 3


@pytest.mark.parametrize(
    ("language", "subject"), [("ko", None), ("ja", None), ("en", "You agreed to news")]
)
def test_the_result_is_told_by_mail(language, subject):
    """Korean law: within 14 days, with the date; we do it at once, and not as advertising."""
    user = UserFactory(language=language)
    user.consents.all().delete()
    give(user, ConsentKind.PROMOTIONAL)
    withdraw_consent(user=user, kind=ConsentKind.PROMOTIONAL, now=NOW + timedelta(days=1))
    mails = Message.objects.filter(user=user).order_by("created_at")
    assert [(mail.category, mail.language) for mail in mails] == [("account", language)] * 2
    assert "2026" in mails[0].text
    assert "(광고)" not in mails[0].subject
    if subject:
        assert mails[0].subject.startswith(subject)


@pytest.mark.parametrize("kind", ConsentKind.values)
def test_every_wording_names_what_the_law_asks_for(kind):
    words = wording.WORDINGS[kind]
    terms = [str(term) for term, _text in words.facts]
    assert "Your right to refuse" in terms
    assert "What for" in terms
    assert "How long" in terms
    if kind == ConsentKind.CROSS_BORDER:
        assert {"Country", "Recipient", "What is given", "When and how"} <= set(terms)
    assert words.is_required == (kind == ConsentKind.TERMS)


def test_the_page_shows_gives_and_withdraws(client, person):
    client.force_login(person)
    page = client.get(PAGE)
    assert page.status_code == 200
    assert "My contact data may be given" in page.content.decode()
    client.post(PAGE, {"kind": "promotional", "step": "give"}, REMOTE_ADDR="192.0.2.9")
    fact = person.consents.get()
    assert (fact.kind, fact.language, fact.ip_address) == ("promotional", "en", "192.0.2.9")
    client.post(PAGE, {"kind": "promotional", "step": "withdraw"})
    assert not person.consents.standing().exists()
    assert "Earlier" in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"kind": "nonsense", "step": "give"},
        {"kind": "terms", "step": "nonsense"},
        {"kind": "terms", "step": "withdraw"},
    ],
)
def test_a_wrong_wish_changes_nothing(client, person, data):
    give(person, ConsentKind.TERMS)
    client.force_login(person)
    response = client.post(PAGE, data, follow=True)
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    assert has_consent(person, ConsentKind.TERMS)
    assert person.consents.count() == 1


def test_visitors_log_in_first(client):
    for name in ("accounts:consents", "accounts:settings"):
        response = client.get(reverse(name))
        assert response.status_code == 302
        assert response.url.startswith(reverse("account_login"))
