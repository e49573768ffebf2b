"""Mail scanners open every link of every mail: opening changes nothing, and leads somewhere.

The mails come from what people really do, and one of each kind is read as a real SMTP server got
it, together with its headers.
"""

import re
from email.utils import parsedate_to_datetime
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from mailing.choices import MessageState
from mailing.models import Message
from mailing.rendering import REFUSABLE
from mailing.samples import all_samples
from mailing.services import deliver_message
from tests.mail_scenes import DAY, every_mail
from tests.matching.scenes import published_match

pytestmark = pytest.mark.django_db(transaction=True)
# Written for every visitor, whatever is visited.
PASSING = {"django_session", "cache", "usersessions_usersession"}


def checksums():
    """What stands in every table, told by a number each."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = sorted({name for (name,) in cursor.fetchall()} - PASSING)
        sums = {}
        for name in names:
            cursor.execute(
                "SELECT md5(coalesce(string_agg(t::text, ' ' ORDER BY t::text), '')) "
                f'FROM "{name}" t'
            )
            sums[name] = cursor.fetchone()[0]
    return sums


def links_of(mail):
    found = {unescape(link) for link in re.findall(r'href="(http[^"]+)"', mail.html)}
    if refusal := mail.headers.get("List-Unsubscribe"):
        found.add(refusal.strip("<>"))
    return {link for link in found if link.startswith(settings.PUBLIC_URL)}


def test_opening_any_link_changes_nothing(client):
    every_mail(client)
    mails = list(Message.objects.order_by("created_at", "pk"))
    assert {sample.kind for sample in all_samples().values()} - {
        mail.kind for mail in mails
    } == set()
    # One mail of a kind to each of two people at most: the others have the same links.
    seen = {}
    for mail in mails:
        seen.setdefault(mail.kind, []).append(mail)
    visited = 0
    before = checksums()
    for kind, found in seen.items():
        for mail in found[:2]:
            links = links_of(mail)
            assert links, kind
            for link in links:
                for visitor in (Client(), Client(HTTP_USER_AGENT="scanner", HTTP_COOKIE="")):
                    path = link.removeprefix(settings.PUBLIC_URL)
                    for method in (visitor.head, visitor.get):
                        response = method(path)
                        assert response.status_code in (200, 302), (kind, path)
                        visited += 1
    after = checksums()
    assert {name for name in before if before[name] != after[name]} == set()
    assert visited > 100


@pytest.mark.parametrize("language", ["ko", "ja", "en"])
def test_the_links_of_the_examples_lead_to_pages_of_ours(language):
    for name, sample in all_samples().items():
        document = sample.render(language).html
        for link in {unescape(found) for found in re.findall(r'href="(http[^"]+)"', document)}:
            assert link.startswith(settings.PUBLIC_URL), (name, link)
            assert resolve(urlsplit(link).path), (name, link)


def test_what_changes_something_is_a_post(client):
    """The same addresses, pressed: refusing, choosing, answering."""
    match = published_match()
    mail = Message.objects.filter(kind="match").first()
    paths = [link.removeprefix(settings.PUBLIC_URL) for link in links_of(mail)]
    (refusal,) = (path for path in paths if path.startswith("/u/"))
    (choice,) = (path for path in paths if path.startswith("/m/"))
    reply = next(path for path in paths if path.startswith("/a/"))
    for path, data in (
        (reply, {"kind": "interested"}),
        (choice, {"frequency": "daily", "weekday": "0", "language": mail.language}),
        (refusal, {"List-Unsubscribe": "One-Click"}),
    ):
        before = checksums()
        assert client.post(path, data).status_code in (200, 302)
        assert checksums() != before, path
    match.refresh_from_db()
    assert match.answers.count() == 1


def test_every_mail_arrives_with_its_headers(client, smtp_server):
    """Read from the bytes that a real SMTP server took, for all that people's steps caused."""
    every_mail(client)
    # By day: promotional mail rests at night.
    now = timezone.localtime().replace(hour=12) + 60 * DAY
    Message.objects.update(send_after=timezone.now())
    mails = list(Message.objects.exclude(state=MessageState.CANCELLED))
    for mail in mails:
        deliver_message(message=mail, now=now, jitter=0)
        assert mail.state == MessageState.SENT, mail.last_error
    assert len(smtp_server.received) == len(mails)
    rows = {mail.message_id: mail for mail in Message.objects.all()}
    for received in smtp_server.received:
        message = received.message
        mail = rows[message["Message-ID"].strip("<>")]
        head = received.content.split(b"\r\n\r\n")[0].decode("ascii")
        assert re.fullmatch(r"<[0-9a-f-]{36}@association\.example>", message["Message-ID"])
        assert message["Reply-To"] == settings.MAIL_CONTACT
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Precedence"] is None
        assert message["To"] == mail.to
        told = f"{mail.kind}:{mail.category}:{mail.language}:gagyo"
        assert message["Feedback-ID"] == told
        assert parsedate_to_datetime(message["Date"])
        assert message["MIME-Version"] == "1.0"
        text, html = message.iter_parts()
        assert text.get_content().replace("\r\n", "\n") == mail.text
        assert html.get_content().replace("\r\n", "\n") == mail.html
        assert len(html.get_content().encode()) <= 102 * 1024
        is_refusable = mail.category in REFUSABLE
        assert (message["List-Unsubscribe"] is not None) == is_refusable
        if is_refusable:
            assert re.search(r"^List-Unsubscribe: <http\S+/u/\S+/>\r?$", head, re.MULTILINE)
            assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
            path = message["List-Unsubscribe"].strip("<>").removeprefix(settings.PUBLIC_URL)
            one_click = Client(enforce_csrf_checks=True)
            assert one_click.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
