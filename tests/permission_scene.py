"""What the addresses of the permission table are asked with: one row of everything."""

from datetime import timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.links import consent_url, staff_invitation_path
from accounts.models import DataExport, StaffInvitation
from common import audit
from companies.choices import CompanyState, JoinKind, MemberRole
from companies.links import invitation_path
from companies.models import (
    Block,
    Closing,
    ImportJob,
    Invitation,
    JoinRequest,
    Membership,
)
from companies.services import merge_companies
from mailing.links import preferences_url, unsubscribe_url
from mailing.models import Announcement, Message, Suppression
from matching.choices import QuestionKind, Side
from matching.links import answer_url, outcome_url
from matching.models import Match, MatchRun, StaffNote, StaffQuestion
from taxonomy.revising import propose_edit
from tests.api.hooks.arguments import webhook_arguments
from tests.api.token_arguments import token_arguments
from tests.companies.lists import own_import_arguments
from tests.companies.papers import papers
from tests.dialogue.arguments import conversation_arguments
from tests.factories import (
    CompanyFactory,
    ConceptFactory,
    MatchFactory,
    MembershipFactory,
    NeedFactory,
    PolicyFactory,
    RunFactory,
    SectorFactory,
    StaffFactory,
    UserFactory,
)
from tests.insights.arguments import goods_arguments
from tests.matching.desk import desk_arguments
from tests.matching.simulated import simulated


def concept_arguments() -> dict[str, list[Any]]:
    concept = ConceptFactory(code="for_the_table")
    concept.synonyms_ko = ["다른 말"]
    revision = propose_edit(concept=concept, actor=None, now=timezone.now())
    assert revision is not None
    of_revision = ("revision", "revision_apply", "revision_drop", "revision_undo")
    return {f"taxonomy:{name}": [revision.pk] for name in of_revision} | {
        f"taxonomy:{name}": [concept.code] for name in ("concept_edit", "concept_merge")
    }


def arguments(match: Match, owner: Membership) -> dict[str, list[Any]]:
    """URL name → its positional arguments in this scene."""
    now = timezone.now()
    firm = match.offering.company
    run: MatchRun = RunFactory()
    draft = PolicyFactory(version=7, state="draft")
    simulation = simulated(draft)
    message = Message.objects.filter(user=owner.user).first()
    assert message is not None
    job = ImportJob.objects.create(filename="list.csv", content=b"a,b\n1,2\n", created_at=now)
    request = JoinRequest.objects.create(
        company=firm, user=UserFactory(), kind=JoinKind.JOIN, created_at=now
    )
    block = Block.objects.create(company=firm, blocked=CompanyFactory(), created_at=now)
    unclaimed = CompanyFactory(unclaimed=True)
    certificate, proof = papers(firm, owner.user)
    refusal = Suppression.objects.create(
        address="gone@firm.example", reason="bounced", created_at=now
    )
    export = DataExport.objects.create(
        user=owner.user,
        scope="person",
        language="ko",
        state="ready",
        created_at=now,
        expires_at=now + timedelta(days=7),
    )
    shut = CompanyFactory(state=CompanyState.CLOSED)
    for member in firm.memberships.all():
        MembershipFactory(company=shut, user=member.user, role=member.role)
    Closing.objects.create(
        company=shut, was="verified", closed_at=now, erase_at=now + timedelta(days=30)
    )
    twin = CompanyFactory(state=CompanyState.DRAFT)
    merge = merge_companies(
        survivor=CompanyFactory(),
        absorbed=CompanyFactory(state=CompanyState.DRAFT),
        fields={},
        note="twice",
        actor=StaffFactory(),
        now=now,
    )
    consent, _is_new = owner.user.consents.get_or_create(
        kind="promotional",
        defaults={"wording_version": "2026-11", "language": "ko", "given_at": now},
    )
    news = Announcement.objects.create(subject_ko="소식", body_ko="안내입니다.", created_at=now)
    kind = "offering"
    invitation = Invitation.objects.create(
        company=firm,
        email="colleague@firm.example",
        role=MemberRole.EDITOR,
        language="ko",
        invited_by=owner.user,
        created_at=now,
        sent_at=now - timedelta(days=1),
        expires_at=now + timedelta(days=13),
    )
    taken_on = StaffInvitation.objects.create(
        email="new@association.example",
        name="한지우 佐藤",
        role="reviewer",
        language="ko",
        created_at=now,
        sent_at=now,
        expires_at=now + timedelta(days=3),
    )
    key = "permission-scene"
    Session.objects.create(session_key=key, session_data="", expire_date=now + timedelta(days=1))
    session = UserSession.objects.create(
        user=owner.user, ip="192.0.2.1", user_agent="Firefox (Windows)", session_key=key
    )
    event = audit.record(
        "company.verified", firm, actor=owner.user, now=now, reason="other", changed=["website"]
    )
    return {
        **goods_arguments(),
        **webhook_arguments(firm, owner.user),
        **token_arguments(owner.user),
        **conversation_arguments(firm, owner.user),
        "account_confirm_email": ["no-such-key"],
        "portal:api_group": ["offerings"],
        "portal:problem": ["precondition-failed"],
        "account_reset_password_from_key": ["x", "set-password"],
        "accounts:export_download": [export.pk],
        "companies:closed": [shut.pk],
        "companies:check_begin": [firm.pk],
        "companies:proof_judge": [proof.pk],
        "companies:duplicate_dismiss": [firm.pk, shut.pk],
        "companies:merge": [firm.pk, twin.pk],
        "companies:merge_undo": [merge.pk],
        "companies:company": [firm.pk],
        "companies:certificate_edit": [certificate.pk],
        "companies:certificate_file": [certificate.pk],
        "companies:company_block": [firm.pk],
        "companies:certificate_remove": [certificate.pk],
        "companies:proof_file": [proof.pk],
        "companies:proof_replace": [proof.pk],
        "companies:proof_withdraw": [proof.pk],
        "companies:registers_ask": [firm.pk],
        "companies:block_remove": [block.pk],
        "accounts:person": [owner.user.pk],
        "accounts:staff_role": [owner.user.pk],
        "accounts:staff_deactivate": [owner.user.pk],
        "accounts:staff_reactivate": [owner.user.pk],
        "accounts:sessions_end": [owner.user.pk],
        "accounts:session_end": [session.pk],
        "accounts:staff_invitation_resend": [taken_on.pk],
        "accounts:staff_invitation_withdraw": [taken_on.pk],
        "accounts:staff_join": [last_part(staff_invitation_path(taken_on))],
        "accounts:consent_proof": [consent.pk],
        "accounts:register_export": ["csv"],
        "accounts:audit_event": [event.pk],
        "accounts:audit_export": ["csv"],
        "accounts:history": ["companies.company", firm.pk],
        "accounts:consent_by_link": [last_part(consent_url(consent))],
        "companies:announcement": [news.pk],
        "companies:announcement_edit": [news.pk],
        "companies:announcement_html": [news.pk, "ko"],
        "companies:announcement_send": [news.pk],
        "companies:announcement_stop": [news.pk],
        "companies:announcement_test": [news.pk],
        "companies:mail_by_link": [last_part(preferences_url(owner.user))],
        "companies:member_role": [owner.pk],
        "companies:member_remove": [owner.pk],
        "companies:hand_over": [owner.pk],
        "companies:invitation": [last_part(invitation_path(invitation))],
        "companies:invitation_resend": [invitation.pk],
        "companies:invitation_withdraw": [invitation.pk],
        "companies:join_decide": [request.pk],
        "companies:join": [firm.pk],
        "companies:claim": [unclaimed.pk],
        "companies:claim_by_address": [unclaimed.pk],
        "companies:claim_by_mail": [unclaimed.pk],
        "companies:claim_confirm": ["forged"],
        "companies:offering_edit": [match.offering.pk],
        "companies:need_edit": [match.need.pk],
        "companies:concept_suggest": [kind],
        "companies:draft": ["offering-new"],
        "companies:start_concepts": [kind],
        "companies:item_close": [kind, match.offering.pk],
        "companies:item_confirm": [kind, match.offering.pk],
        "companies:item_translate": [kind, match.offering.pk],
        "companies:item_renew": [kind, match.offering.pk],
        "companies:item_reopen": [kind, match.offering.pk],
        "companies:verification_detail": [firm.pk],
        "companies:verify": [firm.pk],
        "companies:give_back": [firm.pk],
        "companies:suspend": [firm.pk],
        "companies:reinstate": [firm.pk],
        **own_import_arguments(firm),
        "companies:import_cancel": [job.pk],
        "companies:import_detail": [job.pk],
        "companies:import_errors": [job.pk],
        "companies:import_file": [job.pk],
        "companies:import_revert": [job.pk],
        "companies:import_start": [job.pk],
        "portal:manifest": ["ko"],
        "portal:offline": ["ko"],
        "portal:sector": [SectorFactory(code="semiconductors").code],
        "portal:sitemap_firms": [1],
        "insights:figure": ["introduced"],
        "insights:figure_file": ["introduced"],
        "insights:group_file": ["funnel"],
        "matching:item_completeness": [kind, match.offering.pk],
        "matching:item_preview": [kind, match.offering.pk],
        "matching:match": [match.pk],
        "matching:match_block": [match.pk],
        "matching:match_outcome": [match.pk],
        **dossier_arguments(match, owner),
        "matching:review_match": [match.pk],
        "matching:review_undo": [match.pk],
        "matching:review_decide": [match.pk, "approve"],
        **desk_arguments(match),
        "matching:run": [run.pk],
        "matching:run_cancel": [run.pk],
        "matching:run_retry": [run.pk],
        "matching:policy": [draft.version],
        "matching:match_pin": [match.pk],
        "matching:policy_activate": [draft.version],
        "matching:policy_discard": [
            PolicyFactory(name="초안 下書き", version=8, state="draft").version
        ],
        "matching:policy_edit": [draft.version],
        "matching:policy_simulate": [draft.version],
        "matching:simulation": [simulation.pk],
        "matching:simulation_cancel": [simulation.pk],
        "matching:simulation_file": [simulation.pk],
        "matching:answer": [last_part(answer_url(match, Side.SELLER, owner.user))],
        "matching:outcome": [last_part(outcome_url(match, Side.SELLER, owner.user))],
        **concept_arguments(),
        "mailing:unsubscribe": [last_part(unsubscribe_url(message.to, message.category))],
        "mailing:message": [message.pk],
        "mailing:message_html": [message.pk],
        "mailing:provider_events": ["postmark"],
        "mailing:sample": ["match", "ko"],
        "mailing:sample_html": ["match", "ko"],
        "mailing:settle": [message.pk],
        "mailing:lift": [refusal.pk],
    }


def dossier_arguments(match: Match, owner: Membership) -> dict[str, list[Any]]:
    """A note on the match, and a question to the owner's firm about another one."""
    asked = MatchFactory(offering=match.offering, need=NeedFactory(company=match.buyer))
    question = StaffQuestion.objects.create(
        match=asked,
        side=Side.SELLER,
        company=match.seller,
        kind=QuestionKind.CERTIFICATE,
        words_language="ko",
        asked_at=timezone.now(),
        due_at=timezone.now() + timedelta(days=7),
    )
    note = StaffNote.objects.create(match=match, text="메모 メモ", at=timezone.now())
    return {
        "matching:firm_question": [question.pk],
        "matching:question_withdraw": [asked.pk, question.pk],
        "matching:review_ask": [match.pk],
        "matching:note_add": [match.pk],
        "matching:review_background": [match.pk],
        "matching:note_edit": [match.pk, note.pk],
        "matching:note_pin": [match.pk, note.pk],
    }


def last_part(url: str) -> str:
    return url.rstrip("/").rsplit("/", 1)[1]
