"""Bounces and complaints, told over HTTP as the providers tell them: proven, matched, once."""

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.choices import ConsentKind
from mailing.choices import MessageState, SuppressionReason
from mailing.models import MailEvent, Message, Suppression
from mailing.services import deliver_message
from mailing.services.events import SOFT_BOUNCES
from tests.factories import StaffFactory, UserFactory
from tests.mailing.conftest import NOW

KEY = "only-for-tests"
SECRET = "provider:only-for-tests"
MAILGUN, POSTMARK = "/mail-events/mailgun/", "/mail-events/postmark/"


@pytest.fixture
def mailgun(settings):
    settings.MAIL_EVENTS = "mailgun"
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": KEY}


@pytest.fixture
def postmark(settings):
    settings.MAIL_EVENTS = "postmark"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}


@pytest.fixture
def sent(waiting_mail, smtp_server):
    def send(**changes):
        mail = waiting_mail(**changes)
        deliver_message(message=Message.objects.get(pk=mail.pk), now=NOW, jitter=0)
        mail.refresh_from_db()
        assert mail.state == MessageState.SENT
        return mail

    return send


def tell_mailgun(mail, event, *, token="t" * 50, key=KEY, recipient=None, **data):
    stamp = str(int(timezone.now().timestamp()))
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    body = {
        "signature": {"timestamp": stamp, "token": token, "signature": signature},
        "event-data": {
            "event": event,
            "timestamp": timezone.now().timestamp(),
            "recipient": recipient or mail.to,
            "message": {"headers": {"message-id": mail.message_id}},
            **data,
        },
    }
    return Client(enforce_csrf_checks=True).post(MAILGUN, body, content_type="application/json")


def tell_postmark(mail, *, secret=SECRET, **data):
    body = {"MessageID": mail.provider_id, "Email": mail.to, "ID": 4711, **data}
    words = base64.b64encode(secret.encode()).decode()
    return Client(enforce_csrf_checks=True).post(
        POSTMARK,
        body,
        content_type="application/json",
        headers={"Authorization": f"Basic {words}"},
    )


def test_a_dead_address_is_never_written_to_again(sent, mailgun):
    mail = sent()
    answer = tell_mailgun(mail, "failed", severity="permanent", reason="bounce")
    assert answer.status_code == 200
    row = Suppression.objects.get()
    assert (row.address, row.category, row.reason) == (mail.to, "", SuppressionReason.BOUNCED)
    assert mail.events.get().kind == "came_back"


def test_a_wrong_signature_changes_nothing(sent, mailgun):
    answer = tell_mailgun(sent(), "failed", key="guessed", severity="permanent", reason="bounce")
    assert answer.status_code == 400
    assert not MailEvent.objects.exists()
    assert not Suppression.objects.exists()


def test_the_same_news_twice_is_one(sent, mailgun):
    mail = sent()
    for _time in range(3):
        assert tell_mailgun(mail, "complained").status_code == 200
    assert MailEvent.objects.count() == Suppression.objects.count() == 1


def test_lifting_holds_against_a_replay(sent, mailgun):
    mail = sent()
    tell_mailgun(mail, "failed", severity="permanent", reason="bounce")
    Suppression.objects.all().delete()
    tell_mailgun(mail, "failed", severity="permanent", reason="bounce")
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("change", ["recipient", "message"])
def test_a_forged_recipient_or_mail_changes_nothing(sent, mailgun, change):
    mail = sent()
    if change == "recipient":
        answer = tell_mailgun(mail, "complained", recipient="victim@firm.example")
    else:
        mail.message_id = "somebody@else.example"
        answer = tell_mailgun(mail, "complained")
    assert answer.status_code == 200
    assert not MailEvent.objects.exists()
    assert not Suppression.objects.exists()


def test_a_complaint_ends_the_consent_as_well(sent, mailgun):
    person = UserFactory(email="sato@kyushu.example", consents=[ConsentKind.PROMOTIONAL])
    tell_mailgun(sent(user=person), "complained")
    assert not person.consents.standing().exists()
    assert Suppression.objects.get(category="").reason == SuppressionReason.COMPLAINED


def test_delivered_is_written_down_and_clears_a_doubt(sent, mailgun):
    mail = sent()
    Message.objects.filter(pk=mail.pk).update(state=MessageState.UNCERTAIN, sent_at=None)
    tell_mailgun(mail, "delivered")
    mail.refresh_from_db()
    assert mail.delivered_at is not None
    assert (mail.state, mail.sent_at) == (MessageState.SENT, NOW)


def test_mails_that_come_back_for_now_are_counted(sent, mailgun):
    """Three mails, not three attempts at one."""
    for number in range(SOFT_BOUNCES):
        assert not Suppression.objects.exists()
        mail = sent()
        for again in range(3):
            tell_mailgun(mail, "failed", severity="temporary", token=f"{number}{again}" * 20)
    assert Suppression.objects.get().reason == SuppressionReason.COMES_BACK


def test_old_and_delivered_ones_are_not_counted(sent, mailgun):
    for number in range(SOFT_BOUNCES + 1):
        mail = sent()
        tell_mailgun(mail, "failed", severity="temporary", token=f"a{number}" * 20)
        if number == 0:
            MailEvent.objects.update(at=timezone.now() - timedelta(days=31))
        if number == 1:
            tell_mailgun(mail, "delivered", token="d" * 50)
    assert not Suppression.objects.exists()


def test_postmark_is_proven_by_its_password(sent, postmark):
    mail = sent()
    Message.objects.filter(pk=mail.pk).update(provider_id="883953f4-6105")
    mail.refresh_from_db()
    bounce = {"RecordType": "Bounce", "Type": "HardBounce", "BouncedAt": "2026-03-02T10:00:00Z"}
    assert tell_postmark(mail, secret="provider:guessed", **bounce).status_code == 400
    assert not Suppression.objects.exists()
    assert tell_postmark(mail, **bounce, Details="550 5.1.1 no such user").status_code == 200
    assert Suppression.objects.get().reason == SuppressionReason.BOUNCED
    assert mail.events.get().detail == "550 5.1.1 no such user"


def test_a_full_mailbox_at_postmark_is_not_a_dead_one(sent, postmark):
    mail = sent()
    Message.objects.filter(pk=mail.pk).update(provider_id="883953f4-6105")
    mail.refresh_from_db()
    tell_postmark(mail, RecordType="Bounce", Type="SoftBounce", BouncedAt="2026-03-02T10:00:00Z")
    assert mail.events.get().kind == "came_back_for_now"
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("events", "anymail"),
    [
        ("", {"WEBHOOK_SECRET": SECRET}),
        ("postmark", {}),
        ("mailgun", {"WEBHOOK_SECRET": SECRET}),
        ("nonsense", {"WEBHOOK_SECRET": SECRET}),
    ],
)
@pytest.mark.django_db
def test_the_door_is_shut_without_its_setting_and_secret(settings, client, events, anymail):
    settings.MAIL_EVENTS, settings.ANYMAIL = events, anymail
    for path in (POSTMARK, "/mail-events/nonsense/"):
        assert client.post(path, "{}", content_type="application/json").status_code == 404


def test_staff_see_what_the_provider_told(sent, mailgun, client):
    mail = sent()
    tell_mailgun(mail, "failed", severity="permanent", reason="bounce")
    client.force_login(StaffFactory(language="en"))
    page = client.get(f"/staff/mail/{mail.pk}/").content.decode()
    assert "came back: the address does not work" in page
    assert mail.message_id in page
