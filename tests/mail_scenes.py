"""What people do that has mails written: together, one of every kind the product sends."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from allauth.account.adapter import get_adapter
from allauth.core.context import request_context
from django.db import transaction
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.choices import ConsentKind
from accounts.models import Consent
from accounts.services import (
    ask_consents_again,
    ask_erasure,
    build_export,
    cancel_erasure,
    change_role,
    erase_due,
    give_consent,
    invite_staff,
    join_staff,
    request_export,
    withdraw_consent,
)
from api.hooks.choices import EndpointState, EventType
from api.hooks.services import make_endpoint
from api.hooks.services.switching import switch_off
from api.services import make_system, note_use, rotate_token, tell_of_ending_tokens
from companies.choices import REQUIRED_CHECKS, CompanyState, MemberRole, ReturnReason
from companies.models import CompanyCertification
from companies.services import (
    accept_invitation,
    ask_domain_proof,
    ask_to_join,
    close_company,
    decide_join_request,
    invite,
    lapse_verifications,
    merge_companies,
    reinstate_company,
    remind_of_certificates,
    remind_of_renewals,
    reopen_company,
    return_company,
    suspend_company,
    tell_of_ending_items,
    undo_merge,
    verify_company,
)
from companies.services.announcements import send_announcement, write_announcements
from dialogue.choices import CallPlace
from dialogue.services import accept_slot, cancel_call, propose_call, remind_of_calls, write_notices
from mailing.choices import Frequency
from mailing.models import Announcement, Message
from mailing.services import choose_match_mail
from matching.choices import AnswerKind, DeclineReason, OutcomeStage, Side
from matching.services import (
    ask_firm,
    ask_outcomes,
    expire_matches,
    record_outcome,
    remind_matches,
    remind_outcomes,
    write_firm_digests,
    write_staff_digests,
)
from tests.api.callers import key_of, use_of
from tests.dialogue.scenes import open_conversation, person, say
from tests.factories import (
    PASSWORD,
    CertificationFactory,
    CompanyFactory,
    MatchFactory,
    MembershipFactory,
    NeedFactory,
    OfferingFactory,
    StaffFactory,
    UserFactory,
    korean_number,
)
from tests.matching.scenes import answer, introduced_match, member_of, published_match

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
# What allauth tells of when something about the log-in has changed.
NOTICES = (
    "account/email/password_reset",
    "account/email/password_set",
    "account/email/email_changed",
    "account/email/email_confirm",
    "account/email/email_deleted",
    "mfa/email/totp_activated",
    "mfa/email/totp_deactivated",
    "mfa/email/recovery_codes_generated",
)


def account_mails(client):
    client.post("/accounts/signup/", {
        "email": "new@firm.example", "password1": PASSWORD, "name": "New", "language": "en",
        "terms": "on", "promotional": "on",
    })  # fmt: skip
    person = UserFactory(email="known@firm.example", language="ko")
    client.post("/accounts/password/reset/", {"email": person.email})
    client.post("/accounts/password/reset/", {"email": "unknown@firm.example"})
    inside = Client()
    inside.force_login(person)
    inside.post("/accounts/password/change/", {
        "oldpassword": PASSWORD, "password1": "another-2026-word", "password2": "another-2026-word",
    })  # fmt: skip
    give_consent(user=person, kind=ConsentKind.PROMOTIONAL, language="ko", ip_address=None,
                 now=timezone.now())  # fmt: skip
    withdraw_consent(user=person, kind=ConsentKind.PROMOTIONAL, now=timezone.now())
    other = Client()
    other.force_login(UserFactory(language="ja"))
    other.post("/accounts/email/", {"email": "moved@firm.example", "action_add": ""})
    Client().post("/accounts/signup/", {
        "email": person.email, "password1": PASSWORD, "name": "Again", "language": "ko",
        "terms": "on",
    })  # fmt: skip
    request = RequestFactory().get("/")
    request.user = person
    with request_context(request):
        for template in NOTICES:
            get_adapter().send_notification_mail(template, person)


def data_mails():
    """Consents that come to their end, a copy of one's data, an erasure in all its turns."""
    now = timezone.now()
    reader = UserFactory(consents=[ConsentKind.PROMOTIONAL])
    Consent.objects.filter(user=reader).update(given_at=now - timedelta(days=720))
    assert ask_consents_again(now=now) == 1
    export = request_export(user=reader, scope="person", language="ko", now=now)
    build_export(export_id=export.pk, now=now)
    cancel_erasure(request=ask_erasure(user=reader, now=now), now=now)
    leaving = UserFactory()
    ask_erasure(user=leaving, now=now)
    MembershipFactory(user=leaving, role=MemberRole.OWNER)
    assert erase_due(now=now + 30 * DAY) == 0


def company_mails():
    now = timezone.now()
    staff = StaffFactory()
    submitted = {"state": CompanyState.SUBMITTED, "with_owner": True}
    verify_company(
        company=CompanyFactory(**submitted), checked=REQUIRED_CHECKS, actor=staff, now=now
    )
    return_company(
        company=CompanyFactory(**submitted),
        reasons=[ReturnReason.NAME_DIFFERS],
        actor=staff,
        now=now,
    )
    CompanyFactory(with_owner=True, verified_until=now)
    assert lapse_verifications(now=now) == 1
    CompanyFactory(with_owner=True, verified_until=now + 5 * DAY)
    assert remind_of_renewals(now=now) == 1
    firm = CompanyFactory(with_owner=True)
    owner = firm.memberships.get().user
    soon = timezone.localdate(now) + 3 * DAY
    OfferingFactory(company=firm, valid_until=soon)
    assert tell_of_ending_items(now=now) == 1
    CompanyCertification.objects.create(
        company=firm, certification=CertificationFactory(), expires_on=soon
    )
    assert remind_of_certificates(now=now) == 1
    for is_accepted in (True, False):
        asked = ask_to_join(company=firm, user=UserFactory(), message="-", now=now)
        decide_join_request(request=asked, is_accepted=is_accepted, actor=owner, now=now)
    colleague = UserFactory(email="colleague@firm.example")
    invited = {"company": firm, "role": MemberRole.EDITOR, "language": "ja", "actor": owner}
    for email in ("new@firm.example", "other@firm.example"):
        invite(email=email, now=now, **invited)
    # The last mail of its kind: its link is used up.
    invitation = invite(email=colleague.email, now=now + MINUTE, **invited)
    accept_invitation(invitation=invitation, user=colleague, now=now + MINUTE)
    unclaimed = CompanyFactory(unclaimed=True, website="https://www.dari.co.kr/")
    ask_domain_proof(
        company=unclaimed,
        user=UserFactory(),
        address="ceo@dari.co.kr",
        official_number=korean_number(61_000_000),
        now=now,
    )
    held = CompanyFactory(with_owner=True)
    suspend_company(company=held, note="-", actor=staff, now=now)
    reinstate_company(company=held, note="-", actor=staff, now=now)
    survivor, absorbed = CompanyFactory(with_owner=True), CompanyFactory(with_owner=True)
    merge = merge_companies(
        survivor=survivor, absorbed=absorbed, fields={}, note="-", actor=staff, now=now
    )
    undo_merge(merge=merge, actor=staff, now=now)
    # Another firm: closing takes the invitations of the firm back.
    closed = CompanyFactory(with_owner=True)
    closer = closed.memberships.get().user
    closing = close_company(company=closed, actor=closer, now=now)
    reopen_company(closing=closing, actor=closer, now=now)


def announcement_mails():
    now = timezone.now()
    UserFactory(language="ko", consents=[ConsentKind.PROMOTIONAL])
    announcement = Announcement.objects.create(
        subject_ko="서울 소재·부품 상담회", body_ko="12월 3일 코엑스에서 열립니다.", created_at=now
    )
    supervisor = StaffFactory(staff_role="supervisor")
    send_announcement(announcement=announcement, actor=supervisor, now=now)
    assert write_announcements(now=now) >= 1


def conversation_mails():
    # A Monday, and ordinary days in both countries after it.
    monday = datetime(2026, 11, 30, 1, tzinfo=UTC)
    wednesday, thursday = monday + timedelta(days=2, hours=4), monday + timedelta(days=3, hours=2)
    thread = open_conversation(monday)
    seller, buyer = person(thread, Side.SELLER), person(thread, Side.BUYER)
    say(thread, seller, now=monday)
    assert write_notices(now=monday + timedelta(hours=2)) >= 1
    proposal = propose_call(
        thread=thread,
        side=Side.SELLER,
        by=seller,
        slots=[wednesday, thursday],
        minutes=60,
        place=CallPlace.PHONE,
        now=monday,
    )
    call = accept_slot(slot=proposal.slots.all()[1], side=Side.BUYER, by=buyer, now=monday)
    assert remind_of_calls(now=wednesday + timedelta(hours=4)) == 1
    cancel_call(call=call, side=Side.BUYER, by=buyer, now=wednesday + timedelta(hours=5))


def match_mails():
    now = timezone.now()
    for ending in ("introduction", "declined", "expired"):
        match = published_match(now)
        if ending == "introduction":
            for side in Side:
                answer(match, side, now=now)
        elif ending == "declined":
            answer(match, Side.SELLER, AnswerKind.DECLINED, reason=DeclineReason.PRICE, now=now)
    reader = CompanyFactory(country="JP", with_owner=True)
    choose_match_mail(
        user=reader.memberships.get().user, frequency=Frequency.DAILY, weekday=0, now=now
    )
    published_match(now, need=NeedFactory(company=reader))
    monday = now + (7 - timezone.localtime(now).weekday()) * DAY
    morning = timezone.localtime(monday).replace(hour=9, minute=0)
    assert write_firm_digests(now=morning) == 1
    remind_matches(now=now + 10 * DAY)
    expire_matches(now=now + 30 * DAY)
    ask_outcomes(now=now + 30 * DAY)
    remind_outcomes(now=now + 60 * DAY)
    told = introduced_match(now)
    record_outcome(
        match=told,
        side=Side.SELLER,
        stage=OutcomeStage.SAMPLE,
        by=member_of(told, Side.SELLER),
        now=now,
    )
    ask_firm(match=MatchFactory(), side=Side.SELLER, kind="price", actor=StaffFactory(), now=now)
    MatchFactory()
    StaffFactory()
    assert write_staff_digests(now=morning)


def staff_mails():
    """Somebody is taken on by one administrator, and the other is told."""
    now = timezone.now()
    boss, _other = StaffFactory.create_batch(2, staff_role="administrator")
    asked = {"email": "new@association.example", "name": "New", "role": "reviewer"}
    taken_on = invite_staff(**asked, language="ja", actor=boss, now=now)
    colleague = join_staff(
        invitation=taken_on, name="New", password="a-better-one-2026", language="ja", now=now
    )
    change_role(user=colleague, role="supervisor", actor=boss, now=now)
    # That link is used up, as it should be; the next person's still works.
    Message.objects.filter(kind="staff_invitation").delete()
    invite_staff(
        **{**asked, "email": "next@association.example"}, language="ko", actor=boss, now=now
    )


def token_mails():
    now = timezone.now()
    token, _key = key_of(UserFactory(language="ko"), "firm", days=3)
    note_use(use=use_of(token), now=now)
    assert tell_of_ending_tokens(now=now) == 1
    boss = StaffFactory(staff_role="administrator")
    given = {"expires_at": now + 30 * DAY, "actor": boss, "now": now}
    of_system, _key = make_system(
        name="CRM", scopes=["data"], contact=boss, networks=[], number=uuid4(), **given
    )
    rotate_token(token=of_system, overlap=DAY, number=uuid4(), **given)


def webhook_mails():
    now = timezone.now()
    member = MembershipFactory(user__language="ja")
    endpoint, _secret = make_endpoint(
        name="CRM",
        address="https://crm.association.example/webhooks/gagyo",
        types=[EventType.MATCH_APPROVED],
        company=member.company,
        actor=member.user,
        now=now,
    )
    of_staff, _secret = make_endpoint(
        name="CRM",
        address="https://crm.association.example/webhooks/gagyo",
        types=[EventType.MATCH_APPROVED],
        company=None,
        actor=StaffFactory(staff_role="administrator"),
        now=now,
    )
    with transaction.atomic():
        switch_off(endpoint, to=EndpointState.BROKEN, now=now)
        switch_off(of_staff, to=EndpointState.BROKEN, now=now)


def every_mail(client):
    """All of the above: at least one mail of every kind there is."""
    staff_mails()
    token_mails()
    webhook_mails()
    account_mails(client)
    data_mails()
    company_mails()
    announcement_mails()
    conversation_mails()
    match_mails()
