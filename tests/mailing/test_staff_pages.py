"""The outbox as staff see it: reviewers look, supervisors decide, strangers learn nothing."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.choices import StaffRole
from common.errors import StateChanged
from common.models import AuditEvent
from mailing.choices import Decision, MessageState, SuppressionReason
from mailing.models import MailEvent, Message, Suppression
from mailing.queries import without_links
from mailing.services import settle_message, suppress
from tests.factories import MembershipFactory, StaffFactory, UserFactory
from tests.mailing.conftest import NOW

LOG = "/staff/mail/"


@pytest.fixture
def reviewer(db):
    return StaffFactory(staff_role=StaffRole.REVIEWER, language="en")


@pytest.fixture
def supervisor(db):
    return StaffFactory(staff_role=StaffRole.SUPERVISOR, language="en")


def page(pk, name="message"):
    return reverse(f"mailing:{name}", args=[pk])


def decide(client, mail, decision):
    return client.post(page(mail.pk, "settle"), {"decision": decision}, follow=True)


def test_strangers_get_404(client, waiting_mail):
    mail = waiting_mail()
    paths = [LOG, page(mail.pk), page(mail.pk, "message_html"), page(mail.pk, "settle")]
    for person in (None, UserFactory()):
        if person:
            client.force_login(person)
        assert [client.get(path).status_code for path in paths] == [404] * 4
        assert client.post(paths[3], {"decision": "send_again"}).status_code == 404
        assert client.post(reverse("mailing:lift", args=[1])).status_code == 404


def test_reviewers_look_and_may_not_decide(client, reviewer, waiting_mail):
    client.force_login(reviewer)
    mail = waiting_mail(state=MessageState.UNCERTAIN)
    shown = client.get(page(mail.pk))
    assert shown.status_code == 200
    assert "A supervisor decides" in shown.content.decode()
    response = client.post(page(mail.pk, "settle"), {"decision": "send_again"})
    assert response.status_code == 403
    assert "Only supervisors decide about mails" in response.content.decode()
    mail.refresh_from_db()
    assert mail.state == MessageState.UNCERTAIN


def test_the_log_puts_first_what_needs_a_person(client, reviewer, waiting_mail):
    client.force_login(reviewer)
    for state in (MessageState.SENT, MessageState.FAILED, MessageState.UNCERTAIN):
        waiting_mail(state=state)
    response = client.get(LOG)
    assert [mail.state for mail in response.context["attention"]] == ["uncertain", "failed"]
    assert [mail.state for mail in response.context["page"].rows] == ["sent"]
    counts = {state: count for state, _label, count in response.context["states"]}
    assert (counts["uncertain"], counts["sent"], counts["queued"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 3),
        ("?state=sent", 1),
        ("?category=matches", 2),
        ("?address=KIM", 1),
        ("?address=nobody", 0),
        ("?state=nonsense", 3),
        ("?kind=match_reminder", 1),
        ("?since=2026-03-02&until=2026-03-02", 3),
        ("?since=2026-03-03", 0),
        ("?until=2026-03-01", 0),
        ("?since=someday", 3),
        ("?before=nonsense", 3),
        ("?about=match:7", 1),
    ],
)
def test_the_log_is_filtered(client, reviewer, waiting_mail, query, found):
    client.force_login(reviewer)
    waiting_mail(state=MessageState.SENT)
    waiting_mail(
        to="kim@seoul.example", kind="match_reminder", category="account", context_key="match:7"
    )
    waiting_mail()
    assert len(mails(client, query)) == found


def mails(client, query=""):
    response = client.get(LOG + query)
    assert response.status_code == 200
    return [*response.context["attention"], *response.context["page"].rows]


def test_the_mails_of_a_person_a_firm_and_a_match(client, reviewer, waiting_mail):
    client.force_login(reviewer)
    member = MembershipFactory(company__name_en="Hanbit Works")
    match = "0d9b7c1e-7f0e-4d3b-9a55-0a4f1c2b3d4e"
    mine = waiting_mail(user=member.user)
    about = waiting_mail(context_key=f"match:{match}")
    outcome = waiting_mail(context_key=f"outcome:{match}:seller:met")
    waiting_mail(user=MembershipFactory().user, context_key="match:other")
    assert mails(client, f"?person={member.user.pk}") == [mine]
    assert mails(client, "?firm=hanbit") == [mine]
    assert mails(client, f"?firm={member.company.official_number}") == [mine]
    assert set(mails(client, f"?match=/staff/review/{match.upper()}/")) == {about, outcome}
    assert mails(client, "?match=nonsense") == []


def test_what_became_of_a_mail_is_told(client, reviewer, waiting_mail):
    client.force_login(reviewer)
    mail = waiting_mail(state=MessageState.SENT)
    for number, kind in enumerate(("came_back_for_now", "delivered")):
        MailEvent.objects.create(message=mail, kind=kind, key=kind, at=NOW + timedelta(number))
    content = client.get(LOG).content.decode()
    assert "delivered" in content
    assert "held up for now" not in content


def test_a_long_log_goes_on_and_what_needs_a_person_stands_on_its_first_page(
    client, reviewer, waiting_mail
):
    client.force_login(reviewer)
    for number in range(60):
        waiting_mail(state=MessageState.SENT, created_at=NOW + timedelta(minutes=number // 3))
    failed = waiting_mail(state=MessageState.FAILED, created_at=NOW - timedelta(days=9))
    first = client.get(LOG)
    assert first.context["attention"] == [failed]
    second = client.get(LOG, {"before": first.context["page"].older})
    assert second.context["attention"] == []
    seen = [mail.pk for page in (first, second) for mail in page.context["page"].rows]
    assert (len(seen), len(set(seen))) == (60, 60)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_log_costs_the_same_however_long(
    client, reviewer, waiting_mail, rows, django_assert_max_num_queries
):
    client.force_login(reviewer)
    for _number in range(rows):
        waiting_mail()
    client.get(LOG)
    with django_assert_max_num_queries(15):
        client.get(LOG)


def test_the_copy_shows_the_mail_but_not_its_links(client, reviewer, waiting_mail, settings):
    client.force_login(reviewer)
    secret = f"{settings.PUBLIC_URL}/accounts/password/reset/key/1-abc/"
    mail = waiting_mail(text=f"Hello\n{secret}\n", html=f'<p>Hello <a href="{secret}">x</a></p>')
    for path in (page(mail.pk), page(mail.pk, "message_html")):
        content = client.get(path).content.decode()
        assert "Hello" in content or "sandbox" in content
        assert "1-abc" not in content


@pytest.mark.parametrize("end", [" ", "\n", '"', "'", "<", ""])
def test_links_end_where_they_end(settings, end):
    link = f"{settings.PUBLIC_URL}/a/b?c=d&amp;e"
    assert without_links(f"see {link}{end}on") == f"see {settings.PUBLIC_URL}/…" + (
        f"{end}on" if end else ""
    )


def test_the_html_copy_may_style_itself_and_nothing_else(client, reviewer, waiting_mail):
    client.force_login(reviewer)
    mail = waiting_mail()
    copy = client.get(page(mail.pk, "message_html"))
    policy = copy.headers["Content-Security-Policy"]
    assert sorted(policy.split("; ")) == [
        "default-src 'none'",
        "frame-ancestors 'self'",
        "style-src 'unsafe-inline'",
    ]
    assert copy.headers["X-Frame-Options"] == "SAMEORIGIN"
    around = client.get(page(mail.pk))
    assert "frame-src 'self'" in around.headers["Content-Security-Policy"]
    assert around.headers["X-Frame-Options"] == "DENY"
    assert "sandbox" in around.content.decode()


@pytest.mark.parametrize(
    ("was", "decision", "becomes"),
    [
        (MessageState.UNCERTAIN, Decision.ARRIVED, MessageState.SENT),
        (MessageState.UNCERTAIN, Decision.SEND_AGAIN, MessageState.QUEUED),
        (MessageState.UNCERTAIN, Decision.GIVE_UP, MessageState.CANCELLED),
        (MessageState.FAILED, Decision.SEND_AGAIN, MessageState.QUEUED),
        (MessageState.FAILED, Decision.GIVE_UP, MessageState.CANCELLED),
    ],
)
def test_supervisors_decide(client, supervisor, waiting_mail, was, decision, becomes):
    client.force_login(supervisor)
    handed_over = timezone.now()
    mail = waiting_mail(state=was, handed_over_at=handed_over, claimed_at=handed_over, attempts=12)
    response = decide(client, mail, decision)
    mail.refresh_from_db()
    assert mail.state == becomes
    assert "Your decision is recorded." in response.content.decode()
    event = AuditEvent.objects.get(verb="message.settled")
    assert (event.actor, event.reason, event.data) == (supervisor, decision, {"was": was})
    if becomes == MessageState.SENT:
        assert mail.sent_at == handed_over
    if becomes == MessageState.QUEUED:
        assert (mail.attempts, mail.handed_over_at) == (0, None)


@pytest.mark.parametrize("state", ["queued", "sending", "sent", "suppressed", "cancelled"])
@pytest.mark.parametrize("decision", Decision.values)
def test_only_what_went_wrong_is_decided(supervisor, waiting_mail, state, decision):
    mail = waiting_mail(state=state)
    with pytest.raises(StateChanged):
        settle_message(
            message=mail, decision=Decision(decision), actor=supervisor, now=timezone.now()
        )
    assert Message.objects.get(pk=mail.pk).state == state


def test_nobody_decides_twice(client, supervisor, waiting_mail):
    client.force_login(supervisor)
    mail = waiting_mail(state=MessageState.UNCERTAIN)
    decide(client, mail, Decision.ARRIVED)
    response = decide(client, mail, Decision.SEND_AGAIN)
    assert "This has changed in the meantime." in response.content.decode()
    assert AuditEvent.objects.filter(verb="message.settled").count() == 1


@pytest.mark.parametrize("decision", ["", "nonsense"])
def test_an_unknown_decision_decides_nothing(client, supervisor, waiting_mail, decision):
    client.force_login(supervisor)
    mail = waiting_mail(state=MessageState.UNCERTAIN)
    response = decide(client, mail, decision)
    assert "Choose what should happen" in response.content.decode()
    mail.refresh_from_db()
    assert mail.state == MessageState.UNCERTAIN


def test_supervisors_revive_an_address_but_not_a_refusal(client, supervisor, waiting_mail):
    client.force_login(supervisor)
    now = timezone.now()
    dead = suppress(address="a@x.example", category="", reason=SuppressionReason.BOUNCED, now=now)
    refusal = suppress(
        address="a@x.example",
        category="matches",
        reason=SuppressionReason.UNSUBSCRIBED,
        now=now,
    )
    client.post(reverse("mailing:lift", args=[dead.pk]))
    assert Suppression.objects.count() == 2
    for row in (dead, refusal):
        client.post(reverse("mailing:lift", args=[row.pk]), {"why": "asked by telephone"})
    assert list(Suppression.objects.all()) == [refusal]
    event = AuditEvent.objects.get(verb="address.resumed")
    assert (event.reason, event.data) == ("bounced", {"why": "asked by telephone"})
    assert event.actor == supervisor


def test_refused_addresses_are_listed_with_their_reasons(client, reviewer, db):
    client.force_login(reviewer)
    now = timezone.now()
    for address, category, reason in (
        ("dead@x.example", "", SuppressionReason.BOUNCED),
        ("no@x.example", "matches", SuppressionReason.UNSUBSCRIBED),
    ):
        suppress(address=address, category=category, reason=reason, now=now)

    def shown(query=""):
        page = client.get(reverse("mailing:refused") + query)
        return {row.address for row in page.context["page"].rows}

    assert shown() == {"dead@x.example", "no@x.example"}
    assert shown("?reason=bounced") == {"dead@x.example"}
    assert shown("?address=NO@") == {"no@x.example"}
    assert shown("?category=matches") == {"dead@x.example", "no@x.example"}
    assert shown("?category=promotional") == {"dead@x.example"}
    # A reviewer looks; only a supervisor is offered to lift.
    assert "Write to it again" not in client.get(reverse("mailing:refused")).content.decode()


def test_missing_rows_and_wrong_methods(client, supervisor, waiting_mail):
    client.force_login(supervisor)
    mail = waiting_mail()
    assert client.get(page(uuid4())).status_code == 404
    assert client.post(reverse("mailing:lift", args=[4711]), {"why": "x"}).status_code == 404
    assert client.post(LOG).status_code == 405
    assert client.get(page(mail.pk, "settle")).status_code == 405
