"""Writing into the outbox: once, in the recipient's language, never promotion without consent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.template import engines

from accounts.choices import ConsentKind
from accounts.services import give_consent, withdraw_consent
from common.errors import RuleViolated
from mailing.choices import Category, MessageState
from mailing.models import Message
from mailing.services import cancel_messages, write_message
from tests.factories import UserFactory

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TEMPLATE = "account/email/unknown_account"


def write(**changes):
    values = {
        "kind": "unknown_account",
        "category": Category.ACCOUNT,
        "template": TEMPLATE,
        "user": None,
        "address": "sato@kyushu.example",
        "language": "en",
        "context": {"email": "sato@kyushu.example", "signup_url": "https://x.example/?a=1&b=2"},
        "dedupe_key": "unknown:1",
        "now": NOW,
    }
    return write_message(**{**values, **changes})


@pytest.mark.django_db
def test_a_mail_is_written_once():
    first = write()
    again = write(context={"email": "x", "signup_url": "y"}, language="ko")
    assert again == first
    assert again.text == first.text
    assert Message.objects.count() == 1
    assert first.state == MessageState.QUEUED
    assert first.send_after == first.created_at == NOW


@pytest.mark.django_db(transaction=True)
def test_two_processes_write_the_same_mail_once():
    def write_in_thread(_number):
        try:
            return write().pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(write_in_thread, range(8)))) == 1
    assert Message.objects.count() == 1


@pytest.mark.django_db
def test_text_is_not_escaped_and_html_is():
    mail = write(context={"email": "<b>@x.example", "signup_url": "https://x.example/?a=1&b=2"})
    assert "<b>@x.example" in mail.text
    assert "https://x.example/?a=1&b=2" in mail.text
    assert "&lt;b&gt;@x.example" in mail.html
    assert "https://x.example/?a=1&amp;b=2" in mail.html


@pytest.mark.django_db
def test_sender_contact_and_reason_stand_in_both_parts(settings):
    mail = write()
    for part in (mail.text, mail.html):
        assert settings.MAIL_SENDER_ADDRESS in part
        assert settings.MAIL_CONTACT in part
        assert "You get this mail because" in part


@pytest.mark.django_db
def test_only_refusable_mail_carries_a_refusal_link():
    account = write()
    match = write(category=Category.MATCHES, dedupe_key="match:1")
    assert account.headers == {}
    assert "/u/" not in account.text + account.html
    link = match.headers["List-Unsubscribe"].strip("<>")
    assert link in match.text
    assert link in match.html


@pytest.mark.django_db
def test_a_subject_is_one_line_and_not_too_long(tmp_path, settings):
    folder = tmp_path / "long"
    folder.mkdir()
    (folder / "mail.subject.txt").write_text("one\n{{ word }}\n")
    (folder / "mail.html").write_text("<p>{{ subject }}</p>")
    settings.TEMPLATES = [
        {**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], tmp_path]}
    ]
    mail = write(template="long/mail", context={"word": "가" * 400}, dedupe_key="long")
    assert mail.subject.startswith("one 가")
    assert len(mail.subject) == 300
    assert engines["django"]


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "mark"), [("ko", "(광고) "), ("ja", ""), ("en", "")])
def test_promotion_says_so_to_koreans(language, mark):
    user = UserFactory(language=language)
    give_consent(
        user=user, kind=ConsentKind.PROMOTIONAL, language=language, ip_address=None, now=NOW
    )
    mail = write(category=Category.PROMOTIONAL, user=user, language=language, dedupe_key="ad")
    assert mail.subject.startswith(mark)
    assert ("광고" in mail.subject) == bool(mark)


@pytest.mark.django_db
def test_promotion_needs_a_standing_consent():
    user = UserFactory()
    with pytest.raises(RuleViolated):
        write(category=Category.PROMOTIONAL, dedupe_key="ad")
    with pytest.raises(RuleViolated):
        write(category=Category.PROMOTIONAL, user=user, dedupe_key="ad")
    give_consent(user=user, kind=ConsentKind.PROMOTIONAL, language="ko", ip_address=None, now=NOW)
    withdraw_consent(user=user, kind=ConsentKind.PROMOTIONAL, now=NOW)
    with pytest.raises(RuleViolated):
        write(category=Category.PROMOTIONAL, user=user, dedupe_key="ad")
    assert not Message.objects.filter(dedupe_key="ad").exists()


@pytest.mark.django_db
def test_consent_to_promotion_ends_after_two_years():
    user = UserFactory()
    give_consent(user=user, kind=ConsentKind.PROMOTIONAL, language="ko", ip_address=None, now=NOW)
    late = NOW + timedelta(days=731)
    with pytest.raises(RuleViolated):
        write(category=Category.PROMOTIONAL, user=user, dedupe_key="ad", now=late)


@pytest.mark.django_db
def test_waiting_mails_are_taken_back():
    waiting = write(context_key="match:7", dedupe_key="a")
    gone = write(context_key="match:7", dedupe_key="b")
    other = write(context_key="match:8", dedupe_key="c")
    Message.objects.filter(pk=gone.pk).update(state=MessageState.SENT)
    assert cancel_messages(context_key="match:7", now=NOW) == 1
    assert cancel_messages(context_key="match:7", now=NOW) == 0
    states = {mail.pk: mail.state for mail in Message.objects.all()}
    assert states == {waiting.pk: "cancelled", gone.pk: "sent", other.pk: "queued"}


@pytest.mark.django_db
def test_an_empty_context_key_takes_nothing_back():
    write()
    with pytest.raises(ValueError):
        cancel_messages(context_key="", now=NOW)
