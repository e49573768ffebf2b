"""Being forgotten: asked for, called off, done, and nothing of the person left anywhere."""

import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts import services
from accounts.choices import ConsentKind, ErasureState
from accounts.models import Consent, ErasureRequest, User
from accounts.queries import refuses_mail
from common.errors import RuleViolated, StateChanged
from common.models import AuditEvent
from companies.models import Company, Membership
from companies.services import ask_to_join, close_company, invite
from mailing.models import Message, Suppression
from mailing.services import deliver_message
from matching.choices import AnswerKind, Side
from matching.models import Answer, Introduction
from matching.queries.letters import contact_at
from tests.factories import CompanyFactory, MembershipFactory, StaffFactory, UserFactory
from tests.matching.scenes import answer, introduced_match, member_of, published_match

pytestmark = pytest.mark.django_db
EMAIL = "moon.sora@hanbit-unique.example"
NAME = "문소라 O'Brien-Yamada"
KANA = "ムン ソラ"
PHONE = "+82 2 6000 4321"
# What may still name the person: it is the firm's own public word about itself.
KEPT = {("companies_company", "representative")}


def waited(user: User) -> datetime:
    """The wish is noted, and its time is over."""
    request = services.ask_erasure(user=user, now=timezone.now())
    return request.due_at + timedelta(minutes=1)


def found_anywhere(*words: str) -> set[tuple[str, str]]:
    """(table, column) of everything in the database that holds one of the words."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute(
            "select table_name, column_name from information_schema.columns"
            " where table_schema = 'public' and data_type in"
            " ('text', 'character varying', 'jsonb', 'json', 'ARRAY')"
        )
        columns = cursor.fetchall()
        assert len(columns) > 150
        for table, column in columns:
            for word in words:
                cursor.execute(
                    f'select exists (select 1 from "{table}" where "{column}"::text ilike %s)',
                    [f"%{word}%"],
                )
                if cursor.fetchone()[0]:
                    found.add((table, column))
    return found


def known_everywhere() -> User:
    """A person who has left a trace in every place there is."""
    match = introduced_match()
    person = member_of(match, Side.SELLER)
    other = member_of(match, Side.BUYER)
    User.objects.filter(pk=person.pk).update(
        email=EMAIL, name=NAME, name_kana=KANA, phone=PHONE, title="부장"
    )
    person.refresh_from_db()
    EmailAddress.objects.filter(user=person).update(email=EMAIL)
    client = Client()
    client.force_login(person)
    client.get("/", HTTP_USER_AGENT="Firefox")
    client.post(
        reverse("accounts:settings"),
        {"name": NAME, "name_kana": KANA, "phone": PHONE, "language": "ko"},
    )
    firm = match.seller
    MembershipFactory(company=firm)
    Company.objects.filter(pk=firm.pk).update(representative=NAME)
    # Letters of introduction that name the person, to both sides.
    again = published_match(offering__company=firm, need__company=match.buyer)
    answer(again, Side.SELLER, by=person, note=f"{NAME} 담당, {EMAIL}")
    answer(again, Side.BUYER, by=other)
    third = published_match(offering__company=firm, need__company=match.buyer)
    answer(third, Side.SELLER, AnswerKind.DECLINED, reason="price", note=f"ask {PHONE}", by=person)
    now = timezone.now()
    elsewhere = CompanyFactory(with_owner=True)
    ask_to_join(company=elsewhere, user=person, message=f"{KANA} です", now=now)
    invite(
        company=elsewhere,
        email=EMAIL,
        role="viewer",
        language="ko",
        actor=elsewhere.memberships.get().user,
        now=now,
    )
    invite(
        company=firm,
        email="colleague@x.example",
        role="viewer",
        language="ko",
        actor=person,
        now=now,
    )
    services.give_consents(
        user=person,
        kinds=[ConsentKind.TERMS, ConsentKind.PROMOTIONAL],
        language="ko",
        ip_address="192.0.2.7",
        now=now,
    )
    services.request_export(user=person, scope="person", language="ko", now=now)
    return person


def test_nothing_of_the_person_is_left_anywhere() -> None:
    person = known_everywhere()
    words = (EMAIL, NAME, "O&#x27;Brien-Yamada", KANA, PHONE)
    before = found_anywhere(*words)
    assert {"mailing_message", "accounts_user", "common_auditevent", "matching_answer"} <= {
        table for table, _column in before
    }
    assert services.erase_due(now=waited(person)) == 1
    assert found_anywhere(*words) == KEPT
    # The others still have their mails, without the person.
    letters = Message.objects.filter(kind="match_introduction").exclude(text="")
    assert any("▇▇▇" in letter.text for letter in letters)


def test_what_is_kept_is_kept_without_a_name(client: Client) -> None:
    person = known_everywhere()
    consents = person.consents.count()
    now = waited(person)
    services.erase_due(now=now)
    person.refresh_from_db()
    with translation.override("en"):
        assert str(person) == "erased person"
    assert (person.is_active, person.has_usable_password()) == (False, False)
    assert not Membership.objects.filter(user=person).exists()
    assert Answer.objects.filter(by=person, reason="price").exists()
    assert not Introduction.objects.filter(seller_contact=person).exists()
    assert all(contact_at(each, Side.SELLER) is None for each in Introduction.objects.all())
    assert AuditEvent.objects.filter(actor_label=f"erased person #{person.pk}").exists()
    # The record of consents one year, as its wording promises; none of them stands.
    assert person.consents.count() == consents
    assert not person.consents.standing().exists()
    later = now + timedelta(days=settings.CONSENT_RECORD_DAYS)
    services.forget_consents(now=later - timedelta(days=1))
    assert person.consents.count() == consents
    services.forget_consents(now=later)
    assert not Consent.objects.filter(user=person).exists()


@pytest.mark.django_db(transaction=True)
def test_nobody_writes_to_the_address_again() -> None:
    person = MembershipFactory(user__email=EMAIL).user
    MembershipFactory(company=person.memberships.get().company)
    services.erase_due(now=waited(person))
    assert EMAIL not in str(list(Suppression.objects.values()))
    assert refuses_mail(User(email=EMAIL), "account")
    firm = CompanyFactory(with_owner=True)
    now = timezone.now()
    invite(
        company=firm,
        email=EMAIL,
        role="viewer",
        language="ko",
        actor=firm.memberships.get().user,
        now=now,
    )
    mail = deliver_message(message=Message.objects.get(to=EMAIL), now=now, jitter=0)
    assert mail.state == "suppressed"


def test_other_peoples_words_stay_whole() -> None:
    """A short name is blacked out where it is a word, not inside another."""
    other = UserFactory(name="Kimberley")
    invite_firm = CompanyFactory(name_en="Kim Works", name_ko="", with_owner=True)
    ask_to_join(company=invite_firm, user=other, message="", now=timezone.now())
    person = UserFactory(name="Kim")
    services.erase_due(now=waited(person))
    assert "Kimberley" in Message.objects.get(kind="company_join_asked").text
    invite_firm.refresh_from_db()
    assert invite_firm.name_en == "Kim Works"


def test_sessions_end() -> None:
    person = UserFactory()
    client = Client()
    client.force_login(person)
    client.get("/")
    assert UserSession.objects.filter(user=person).exists()
    services.erase_due(now=waited(person))
    assert not UserSession.objects.exists()
    assert not Session.objects.exists()
    assert client.get(reverse("accounts:settings")).status_code == 302


def test_called_off_in_time() -> None:
    person = UserFactory()
    request = services.ask_erasure(user=person, now=timezone.now())
    assert services.ask_erasure(user=person, now=timezone.now()) == request
    services.cancel_erasure(request=request, now=timezone.now())
    assert services.erase_due(now=request.due_at + timedelta(days=1)) == 0
    with pytest.raises(StateChanged):
        services.cancel_erasure(request=request, now=timezone.now())
    kinds = Message.objects.order_by("created_at").values_list("kind", flat=True)
    assert list(kinds) == ["account_erasure_asked", "account_erasure_cancelled"]
    # The wish may come back.
    assert services.ask_erasure(user=person, now=timezone.now()) != request


def test_not_before_its_time() -> None:
    request = services.ask_erasure(user=UserFactory(), now=timezone.now())
    assert request.due_at - request.asked_at == timedelta(days=settings.ERASURE_WAIT_DAYS)
    assert services.erase_due(now=request.due_at - timedelta(minutes=1)) == 0


def test_the_last_owner_settles_the_firm_first(client: Client) -> None:
    owner = MembershipFactory()
    with pytest.raises(RuleViolated, match="only owner"):
        services.ask_erasure(user=owner.user, now=timezone.now())
    client.force_login(owner.user)
    page = client.get(reverse("accounts:data")).content.decode()
    assert owner.company.display_name in page
    assert reverse("companies:team") in page
    close_company(company=owner.company, actor=owner.user, now=timezone.now())
    services.ask_erasure(user=owner.user, now=timezone.now())


def test_who_became_the_last_owner_meanwhile_waits() -> None:
    owner = MembershipFactory()
    other = MembershipFactory(company=owner.company)
    now = waited(owner.user)
    other.delete()
    assert services.erase_due(now=now) == 0
    assert Message.objects.filter(kind="account_erasure_held").count() == 1
    request = ErasureRequest.objects.get()
    assert (request.state, request.due_at) == (ErasureState.WAITING, now + timedelta(days=1))


def test_staff_are_relieved_first() -> None:
    with pytest.raises(RuleViolated, match="administrator"):
        services.ask_erasure(user=StaffFactory(), now=timezone.now())


def test_the_page_asks_who_it_is(client: Client) -> None:
    person = UserFactory()
    client.force_login(person)
    answered = client.post(reverse("accounts:erasure"))
    assert reverse("account_reauthenticate") in answered.url
    assert not ErasureRequest.objects.exists()
    # The password given, the wish goes through by itself.
    client.post(
        answered.url, {"password": "only-for-tests-2026", "next": reverse("accounts:erasure")}
    )
    assert ErasureRequest.objects.get().state == ErasureState.WAITING
    client.post(reverse("accounts:erasure_cancel"))
    assert ErasureRequest.objects.get().state == ErasureState.CANCELLED


DYING = """
import os, signal, sys, django
django.setup()
from django.utils.dateparse import parse_datetime
from accounts import services
from accounts.models import User
from accounts.signals import person_erased
from common import audit
from django.db.models.signals import pre_save
def die(sender, instance, **kwargs):
    if instance.erased_at is not None:
        os.kill(os.getpid(), signal.SIGKILL)
pre_save.connect(die, sender=User)
services.erase_due(now=parse_datetime(sys.argv[1]))
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_has_done_nothing_and_the_next_does_it_whole() -> None:
    person = MembershipFactory(user__email=EMAIL).user
    MembershipFactory(company=person.memberships.get().company)
    now = waited(person)
    name = connection.settings_dict["NAME"]
    url = os.environ["DATABASE_URL"]
    head, _, query = url.partition("?")
    here = {**os.environ, "DATABASE_URL": f"{head.rsplit('/', 1)[0]}/{name}?{query}"}
    process = subprocess.run([sys.executable, "-c", DYING, now.isoformat()], env=here, check=False)
    assert process.returncode == -signal.SIGKILL
    person.refresh_from_db()
    assert person.email == EMAIL
    assert Membership.objects.filter(user=person).exists()
    assert services.erase_due(now=now) == 1
    assert services.erase_due(now=now) == 0
    assert not found_anywhere(EMAIL)
