"""What arrives, read from the bytes that a real SMTP server got."""

import re

import pytest

from mailing.choices import Category
from mailing.models import Message
from mailing.services import deliver_message
from tests.mailing.test_writing import NOW, write

SUBJECTS = {
    "ko": "반도체 소재 공급 — 새 매칭 제안이 도착했습니다 (극자외선 펠리클, 감광액, 불화수소)",
    "ja": "【架橋】新しいマッチングのご提案：EUVペリクル、フォトレジスト、フッ化水素について",
    "en": "A new match: EUV pellicle",
}


@pytest.fixture
def received(transactional_db, smtp_server):
    def send(**changes):
        subject = changes.pop("subject", "")
        mail = write(**changes)
        if subject:
            Message.objects.filter(pk=mail.pk).update(subject=subject)
            mail.refresh_from_db()
        deliver_message(message=mail, now=NOW, jitter=0)
        (arrived,) = smtp_server.received
        return mail, arrived

    return send


@pytest.mark.parametrize("language", ["ko", "ja", "en"])
def test_subject_and_text_arrive_whole(received, language):
    mail, arrived = received(language=language, subject=SUBJECTS[language])
    message = arrived.message
    assert message["Subject"] == SUBJECTS[language]
    assert message["Content-Language"] == language
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == mail.text
    assert html.get_content().replace("\r\n", "\n") == mail.html
    assert f'<html lang="{language}"' in html.get_content()


def test_long_subjects_are_folded_and_whole(received):
    subject = ("가나다라 " * 50).strip()
    _mail, arrived = received(language="ko", subject=subject)
    head = arrived.content.split(b"\r\n\r\n")[0]
    encoded = [line for line in head.split(b"\r\n") if b"=?utf-8?" in line]
    assert max(len(line) for line in encoded) <= 78 + len("Subject: ")
    assert arrived.message["Subject"] == subject


def test_who_sends_and_where_answers_go(received, settings):
    mail, arrived = received()
    message = arrived.message
    assert message["From"] == settings.DEFAULT_FROM_EMAIL
    assert message["Reply-To"] == settings.MAIL_CONTACT
    assert message["To"] == mail.to
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == f"<{mail.pk}@association.example>"
    assert arrived.sender == "gagyo@association.example"
    assert arrived.recipients == [mail.to]


def test_account_mail_cannot_be_refused(received):
    _mail, arrived = received()
    assert arrived.message["List-Unsubscribe"] is None


def test_one_click_refusal_stands_on_one_line(received):
    mail, arrived = received(category=Category.MATCHES, address="very.long.name" * 4 + "@x.example")
    lines = [
        line for line in arrived.content.split(b"\r\n") if line.startswith(b"List-Unsubscribe:")
    ]
    assert lines == [f"List-Unsubscribe: {mail.headers['List-Unsubscribe']}".encode()]
    assert re.fullmatch(rb"List-Unsubscribe: <http\S+/u/\S+/>", lines[0])
    assert len(lines[0]) < 998
    assert arrived.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
