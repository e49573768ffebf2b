"""Promotional mail: only to those who agreed, said who is left out and why, taken back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.choices import ConsentKind
from accounts.models import Consent
from accounts.services import withdraw_consent
from common.errors import RuleViolated, StateChanged
from common.models import AuditEvent
from companies.audience import Obstacle, audience_of
from companies.services.announcements import (
    send_announcement,
    send_test,
    stop_announcement,
    write_announcements,
)
from mailing.choices import AnnouncementState, MessageState
from mailing.models import Announcement, Message
from mailing.services import deliver_message, refuse_mail, suppress
from tests.factories import (
    CompanyFactory,
    ConsentFactory,
    MembershipFactory,
    SectorFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
TEXTS = {
    "subject_ko": "서울 소재·부품 상담회",
    "body_ko": "12월 3일 코엑스에서 열립니다.\n\n참가를 신청해 주십시오.",
    "subject_ja": "ソウル素材・部品商談会",
    "body_ja": "12月3日にCOEXで開催いたします。",
}


@pytest.fixture
def draft():
    return Announcement.objects.create(**TEXTS, created_at=timezone.now())


def reader(language="ko", **fields):
    return UserFactory(language=language, consents=[ConsentKind.PROMOTIONAL], **fields)


def send(announcement):
    now = timezone.now()
    send_announcement(announcement=announcement, actor=supervisor(), now=now)
    return write_announcements(now=now)


def supervisor():
    return StaffFactory(staff_role="supervisor", language="en")


def mails():
    return Message.objects.filter(kind="announcement").order_by("language")


def test_those_who_agreed_get_it_in_their_language(draft):
    korean, japanese = reader(), reader("ja")
    UserFactory(language="ko")
    assert send(draft) == 2
    first, second = mails().order_by("-language")
    assert (first.user, first.subject) == (korean, "(광고) 서울 소재·부품 상담회")
    assert (second.user, second.subject) == (japanese, "ソウル素材・部品商談会")
    for mail in mails():
        assert mail.category == "promotional"
        assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert "help@association.example" in mail.text
        assert "/u/" in mail.text


def test_everybody_else_is_counted_with_the_reason(draft):
    now = timezone.now()
    reader()
    UserFactory(language="ko")
    ConsentFactory(
        user__language="ko", kind=ConsentKind.PROMOTIONAL, given_at=now - timedelta(days=731)
    )
    suppress(address=reader().email, category="promotional", reason="unsubscribed", now=now)
    suppress(address=reader().email, category="", reason="bounced", now=now)
    reader("en")
    UserFactory(language="ko", verified=False, consents=[ConsentKind.PROMOTIONAL])
    UserFactory(language="ko", is_active=False, consents=[ConsentKind.PROMOTIONAL])
    audience = audience_of(draft, now=now)
    assert len(audience.readers) == 1
    assert dict(audience.left_out) == dict.fromkeys(Obstacle, 1)


def test_filters(draft):
    chips = SectorFactory(code="semiconductors")
    korean = MembershipFactory(company=CompanyFactory(sectors=[chips]), user=reader()).user
    japanese = MembershipFactory(company=CompanyFactory(country="JP"), user=reader("ja")).user
    alone = reader()
    for filters, expected in (
        ({}, {korean, japanese, alone}),
        ({"country": "KR"}, {korean}),
        ({"country": "JP"}, {japanese}),
        ({"sector": "semiconductors"}, {korean}),
        ({"country": "JP", "sector": "semiconductors"}, set()),
        ({"language": "ko"}, {korean, alone}),
    ):
        draft.audience = filters
        assert set(audience_of(draft, now=timezone.now()).readers) == expected


def test_it_is_sent_once(draft):
    reader()
    assert send(draft) == 1
    with pytest.raises(StateChanged):
        send_announcement(announcement=draft, actor=supervisor(), now=timezone.now())
    assert write_announcements(now=timezone.now()) == 0
    assert AuditEvent.objects.filter(verb="announcement.sent").count() == 1


def test_to_nobody_is_refused(draft):
    with pytest.raises(RuleViolated):
        send(draft)
    draft.refresh_from_db()
    assert draft.state == AnnouncementState.DRAFT


def test_what_waits_is_taken_back(draft):
    people = [reader() for _number in range(3)]
    send(draft)
    Message.objects.filter(user=people[0]).update(state=MessageState.SENT)
    assert stop_announcement(announcement=draft, actor=supervisor(), now=timezone.now()) == 2
    assert sorted(mails().values_list("state", flat=True)) == ["cancelled", "cancelled", "sent"]
    with pytest.raises(StateChanged):
        stop_announcement(announcement=draft, actor=supervisor(), now=timezone.now())


def test_one_stopped_before_it_was_written_writes_nothing(draft):
    reader()
    now = timezone.now()
    send_announcement(announcement=draft, actor=supervisor(), now=now)
    stop_announcement(announcement=draft, actor=supervisor(), now=now)
    assert write_announcements(now=now) == 0
    assert not mails().exists()


@pytest.mark.django_db(transaction=True)
def test_who_refuses_meanwhile_does_not_get_it(draft, smtp_server, settings):
    settings.PROMOTIONAL_QUIET_HOURS = (0, 0)
    withdrawn, refused, stays = (reader() for _number in range(3))
    send(draft)
    now = timezone.now()
    withdraw_consent(user=withdrawn, kind=ConsentKind.PROMOTIONAL, now=now)
    refuse_mail(address=refused.email, category="promotional", now=now)
    for mail in mails():
        deliver_message(message=mail, now=now, jitter=0)
    assert [mail.recipients for mail in smtp_server.received] == [[stays.email]]


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_moment_write_each_mail_once(draft):
    for _number in range(6):
        reader()
    send_announcement(announcement=draft, actor=supervisor(), now=timezone.now())

    def work(_number):
        try:
            return write_announcements(now=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    assert mails().count() == 6


def test_a_copy_to_oneself_needs_no_consent(draft):
    staff = supervisor()
    mail = send_test(announcement=draft, language="ko", actor=staff, now=timezone.now())
    assert (mail.to, mail.category, mail.language) == (staff.email, "staff", "ko")
    assert TEXTS["subject_ko"] in mail.subject


def test_from_writing_to_sending_on_the_pages(client):
    client.force_login(supervisor())
    reader()
    UserFactory(language="ko")
    answer = client.post(reverse("companies:announcement_new"), {**TEXTS, "country": ""})
    row = Announcement.objects.get()
    assert answer.url == reverse("companies:announcement", args=[row.pk])
    page = client.get(answer.url).content.decode()
    assert "Send this mail to 1 person?" in page
    assert "no consent" in page
    frame = client.get(reverse("companies:announcement_html", args=[row.pk, "ko"]))
    assert "참가를 신청해 주십시오." in frame.content.decode()
    assert (
        client.get(reverse("companies:announcement_html", args=[row.pk, "en"])).status_code == 404
    )
    client.post(reverse("companies:announcement_test", args=[row.pk]), {"language": "ja"})
    assert Message.objects.filter(kind="announcement_test").count() == 1
    client.post(reverse("companies:announcement_send", args=[row.pk]))
    assert write_announcements(now=timezone.now()) == 1
    assert "What became of it" in client.get(answer.url).content.decode()
    assert client.get(reverse("companies:announcement_edit", args=[row.pk])).status_code == 404


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict.fromkeys(TEXTS, ""), "Write it in at least one language."),
        ({"body_ko": ""}, "Subject and text belong together"),
        ({"subject_ja": ""}, "Subject and text belong together"),
    ],
)
def test_half_a_text_is_no_text(client, change, message):
    client.force_login(supervisor())
    answer = client.post(reverse("companies:announcement_new"), {**TEXTS, **change})
    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert not Announcement.objects.exists()


def test_markup_in_a_text_is_shown_as_written(draft):
    reader()
    draft.body_ko = "<b>굵게</b>"
    draft.save()
    send(draft)
    (mail,) = mails()
    assert "&lt;b&gt;굵게&lt;/b&gt;" in mail.html
    assert "<b>굵게</b>" in mail.text
    assert Consent.objects.count() == 1
