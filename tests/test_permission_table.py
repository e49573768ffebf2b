"""Every URL name × every kind of visitor. A URL that is missing here fails.

Columns: visitor (not logged in) · outsider (owner of another verified firm) · viewer, editor,
owner of the firm in the scene · reviewer · supervisor · administrator of the association.
o: let in (a page, a redirect onward, or a form's complaint) · l: sent to log in, or told so (401) ·
3: refused with the reason (403) · 4: not found (404).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.choices import StaffRole
from accounts.models import DataExport, User
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
from mailing.links import preferences_url, unsubscribe_url
from mailing.models import Message, Suppression
from matching.choices import Side
from matching.links import answer_url, outcome_url
from matching.models import Match, MatchRun
from tests.companies.papers import papers
from tests.dialogue.arguments import conversation_arguments
from tests.factories import (
    CompanyFactory,
    ConceptFactory,
    MembershipFactory,
    PolicyFactory,
    RunFactory,
    SectorFactory,
    StaffFactory,
    UserFactory,
)
from tests.matching.scenes import published_match

ROLES = (
    "visitor",
    "outsider",
    "viewer",
    "editor",
    "owner",
    "reviewer",
    "supervisor",
    "administrator",
)

# URL name → (method, who is let in), in the order of ROLES.
TABLE: dict[str, tuple[str, str]] = {
    "account_change_password": ("GET", "looo oooo"),
    "account_confirm_email": ("GET", "oooo oooo"),
    "account_confirm_login_code": ("GET", "looo oooo"),
    "account_email": ("GET", "looo oooo"),
    "account_email_verification_sent": ("GET", "oooo oooo"),
    "account_inactive": ("GET", "oooo oooo"),
    "account_login": ("GET", "oooo oooo"),
    "account_logout": ("GET", "oooo oooo"),
    "account_reauthenticate": ("GET", "looo oooo"),
    "account_reset_password": ("GET", "oooo oooo"),
    "account_reset_password_done": ("GET", "oooo oooo"),
    "account_reset_password_from_key": ("GET", "oooo oooo"),
    "account_reset_password_from_key_done": ("GET", "oooo oooo"),
    "account_set_password": ("GET", "looo oooo"),
    "account_signup": ("GET", "oooo oooo"),
    "accounts:consents": ("GET", "looo oooo"),
    "accounts:data": ("GET", "looo oooo"),
    "accounts:erasure": ("POST", "looo oooo"),
    "accounts:erasure_cancel": ("POST", "looo oooo"),
    "accounts:export": ("POST", "looo oooo"),
    "accounts:export_download": ("GET", "looo oooo"),
    "accounts:settings": ("GET", "looo oooo"),
    "companies:block_remove": ("POST", "l43o o444"),
    "companies:blocks": ("GET", "looo o444"),
    "companies:certificate_edit": ("GET", "l43o o444"),
    "companies:certificate_file": ("GET", "l4oo oooo"),
    "companies:certificate_remove": ("POST", "l43o o444"),
    "companies:certificates": ("GET", "looo o444"),
    "companies:claim": ("GET", "l444 4333"),
    "companies:closed": ("GET", "l4oo o444"),
    "companies:closing": ("GET", "lo33 o444"),
    "companies:company": ("GET", "oooo oooo"),
    "companies:company_block": ("POST", "lo3o o444"),
    "companies:concept_suggest": ("POST", "lo3o o444"),
    "companies:directory": ("GET", "oooo oooo"),
    "companies:draft": ("GET", "looo oooo"),
    "companies:directory_suggestions": ("GET", "oooo oooo"),
    "companies:export": ("POST", "lo33 o444"),
    "companies:give_back": ("POST", "4444 4ooo"),
    "companies:hand_over": ("POST", "l433 o444"),
    "companies:import_cancel": ("POST", "4444 43oo"),
    "companies:import_detail": ("GET", "4444 4ooo"),
    "companies:import_errors": ("GET", "4444 4ooo"),
    "companies:import_new": ("GET", "4444 43oo"),
    "companies:import_start": ("POST", "4444 43oo"),
    "companies:imports": ("GET", "4444 4ooo"),
    "companies:invitation": ("GET", "oooo oooo"),
    "companies:invitation_resend": ("POST", "l433 o444"),
    "companies:invitation_withdraw": ("POST", "l433 o444"),
    "companies:invite": ("POST", "lo33 o444"),
    "companies:item_close": ("POST", "l43o o333"),
    "companies:item_renew": ("POST", "l43o o333"),
    "companies:item_reopen": ("POST", "l43o o333"),
    "companies:items": ("GET", "looo o444"),
    "companies:join": ("GET", "looo o333"),
    "companies:join_decide": ("POST", "l433 o333"),
    "companies:mail_by_link": ("GET", "oooo oooo"),
    "companies:mail_preferences": ("GET", "looo oooo"),
    "companies:member_remove": ("POST", "l433 o444"),
    "companies:member_role": ("POST", "l433 o444"),
    "companies:need_edit": ("GET", "l444 4333"),
    "companies:need_new": ("GET", "lo3o o444"),
    "companies:number_check": ("POST", "looo o333"),
    "companies:offering_edit": ("GET", "l43o o333"),
    "companies:offering_new": ("GET", "lo3o o444"),
    "companies:profile": ("GET", "looo o444"),
    "companies:profile_edit": ("GET", "lo3o o444"),
    "companies:proof_file": ("GET", "l4oo oooo"),
    "companies:proof_replace": ("POST", "l43o o444"),
    "companies:proof_withdraw": ("POST", "l43o o444"),
    "companies:proofs": ("GET", "looo o444"),
    "companies:register": ("GET", "looo o333"),
    "companies:registers_ask": ("POST", "4444 4ooo"),
    "companies:reinstate": ("POST", "4444 43oo"),
    "companies:start": ("GET", "lo3o o444"),
    "companies:start_concepts": ("POST", "lo3o o444"),
    "companies:submit": ("POST", "lo3o o444"),
    "companies:suspend": ("POST", "4444 43oo"),
    "companies:team": ("GET", "looo o444"),
    "companies:verification": ("GET", "4444 4ooo"),
    "companies:verification_detail": ("GET", "4444 4ooo"),
    "companies:verify": ("POST", "4444 4ooo"),
    "companies:welcome": ("GET", "looo oooo"),
    "dialogue:attachment": ("GET", "l4oo oooo"),
    "dialogue:call_accept": ("POST", "l43o o333"),
    "dialogue:call_cancel": ("POST", "l43o o333"),
    "dialogue:call_file": ("GET", "l4oo oooo"),
    "dialogue:call_link": ("GET", "oooo oooo"),
    "dialogue:call_new": ("GET", "l43o o333"),
    "dialogue:thread": ("GET", "l4oo oooo"),
    "dialogue:threads": ("GET", "looo oooo"),
    "dialogue:withdraw": ("POST", "l43o oooo"),
    "healthz": ("GET", "oooo oooo"),
    "mailing:lift": ("POST", "4444 43oo"),
    "mailing:log": ("GET", "4444 4ooo"),
    "mailing:message": ("GET", "4444 4ooo"),
    "mailing:message_html": ("GET", "4444 4ooo"),
    "mailing:provider_events": ("POST", "4444 4444"),
    "mailing:sample": ("GET", "4444 4ooo"),
    "mailing:sample_html": ("GET", "4444 4ooo"),
    "mailing:samples": ("GET", "4444 4ooo"),
    "mailing:settle": ("POST", "4444 43oo"),
    "mailing:unsubscribe": ("GET", "oooo oooo"),
    "matching:answer": ("GET", "oooo oooo"),
    "matching:completeness": ("GET", "looo o444"),
    "matching:inbox": ("GET", "looo oooo"),
    "matching:item_completeness": ("GET", "l4oo oooo"),
    "matching:item_preview": ("GET", "l43o o333"),
    "matching:match": ("GET", "l4oo oooo"),
    "matching:match_outcome": ("POST", "l43o o444"),
    "matching:outcome": ("GET", "oooo oooo"),
    "matching:policies": ("GET", "4444 4ooo"),
    "matching:policy": ("GET", "4444 4ooo"),
    "matching:policy_activate": ("POST", "4444 43oo"),
    "matching:policy_new": ("GET", "4444 43oo"),
    "matching:prospects": ("GET", "4444 4ooo"),
    "matching:review": ("GET", "4444 4ooo"),
    "matching:review_decide": ("POST", "4444 4ooo"),
    "matching:review_match": ("GET", "4444 4ooo"),
    "matching:review_undo": ("POST", "4444 4ooo"),
    "matching:run": ("GET", "4444 4ooo"),
    "matching:run_cancel": ("POST", "4444 4ooo"),
    "matching:run_retry": ("POST", "4444 4ooo"),
    "matching:runs": ("GET", "4444 4ooo"),
    "mfa_activate_totp": ("GET", "looo oooo"),
    "mfa_authenticate": ("GET", "looo oooo"),
    "mfa_deactivate_totp": ("GET", "l444 4444"),
    "mfa_download_recovery_codes": ("GET", "l444 4444"),
    "mfa_generate_recovery_codes": ("GET", "looo oooo"),
    "mfa_index": ("GET", "looo oooo"),
    "mfa_reauthenticate": ("GET", "looo oooo"),
    "mfa_view_recovery_codes": ("GET", "l444 4444"),
    "portal:contact": ("GET", "oooo oooo"),
    "portal:home": ("GET", "oooo oooo"),
    "portal:how_it_works": ("GET", "oooo oooo"),
    "portal:manifest": ("GET", "oooo oooo"),
    "portal:offline": ("GET", "oooo oooo"),
    "portal:privacy": ("GET", "oooo oooo"),
    "portal:robots": ("GET", "oooo oooo"),
    "portal:sector": ("GET", "oooo oooo"),
    "portal:sectors": ("GET", "oooo oooo"),
    "portal:service_worker": ("GET", "oooo oooo"),
    "portal:sitemap": ("GET", "oooo oooo"),
    "portal:sitemap_firms": ("GET", "oooo oooo"),
    "portal:sitemap_pages": ("GET", "oooo oooo"),
    "portal:terms": ("GET", "oooo oooo"),
    "set_language": ("POST", "oooo oooo"),
    "taxonomy:concept_edit": ("GET", "4444 43oo"),
    "taxonomy:concept_new": ("GET", "4444 43oo"),
    "taxonomy:concept_search": ("GET", "looo oooo"),
    "taxonomy:concepts": ("GET", "4444 4ooo"),
    "usersessions_list": ("GET", "looo oooo"),
}


@dataclass
class Scene:
    """One firm with a match and everything that hangs on them, and one person of each kind."""

    people: dict[str, User | None]
    args: dict[str, list[Any]]


@pytest.fixture
def scene(db: None) -> Scene:
    match = published_match()
    firm = match.offering.company
    owner = Membership.objects.get(company=firm, role=MemberRole.OWNER)
    others = {
        role: MembershipFactory(company=firm, role=role).user
        for role in (MemberRole.VIEWER, MemberRole.EDITOR)
    }
    people = {
        "visitor": None,
        "outsider": MembershipFactory().user,
        "viewer": others[MemberRole.VIEWER],
        "editor": others[MemberRole.EDITOR],
        "owner": owner.user,
        "reviewer": StaffFactory(staff_role=StaffRole.REVIEWER),
        "supervisor": StaffFactory(staff_role=StaffRole.SUPERVISOR),
        "administrator": StaffFactory(staff_role=StaffRole.ADMINISTRATOR),
    }
    return Scene(people, arguments(match, owner))


def arguments(match: Match, owner: Membership) -> dict[str, list[Any]]:
    """URL name → its positional arguments in this scene."""
    now = timezone.now()
    firm = match.offering.company
    run: MatchRun = RunFactory()
    draft = PolicyFactory(version=7, state="draft")
    message = Message.objects.filter(user=owner.user).first()
    assert message is not None
    job = ImportJob.objects.create(filename="list.csv", content=b"a,b\n1,2\n", created_at=now)
    request = JoinRequest.objects.create(
        company=firm, user=UserFactory(), kind=JoinKind.JOIN, created_at=now
    )
    block = Block.objects.create(company=firm, blocked=CompanyFactory(), created_at=now)
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
    return {
        **conversation_arguments(firm, owner.user),
        "account_confirm_email": ["no-such-key"],
        "account_reset_password_from_key": ["x", "set-password"],
        "accounts:export_download": [export.pk],
        "companies:closed": [shut.pk],
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
        "companies:mail_by_link": [last_part(preferences_url(owner.user))],
        "companies:member_role": [owner.pk],
        "companies:member_remove": [owner.pk],
        "companies:hand_over": [owner.pk],
        "companies:invitation": [last_part(invitation_path(invitation))],
        "companies:invitation_resend": [invitation.pk],
        "companies:invitation_withdraw": [invitation.pk],
        "companies:join_decide": [request.pk],
        "companies:join": [firm.pk],
        "companies:claim": [CompanyFactory(unclaimed=True).pk],
        "companies:offering_edit": [match.offering.pk],
        "companies:need_edit": [match.need.pk],
        "companies:concept_suggest": [kind],
        "companies:draft": ["offering-new"],
        "companies:start_concepts": [kind],
        "companies:item_close": [kind, match.offering.pk],
        "companies:item_renew": [kind, match.offering.pk],
        "companies:item_reopen": [kind, match.offering.pk],
        "companies:verification_detail": [firm.pk],
        "companies:verify": [firm.pk],
        "companies:give_back": [firm.pk],
        "companies:suspend": [firm.pk],
        "companies:reinstate": [firm.pk],
        "companies:import_cancel": [job.pk],
        "companies:import_detail": [job.pk],
        "companies:import_errors": [job.pk],
        "companies:import_start": [job.pk],
        "portal:manifest": ["ko"],
        "portal:offline": ["ko"],
        "portal:sector": [SectorFactory(code="semiconductors").code],
        "portal:sitemap_firms": [1],
        "matching:item_completeness": [kind, match.offering.pk],
        "matching:item_preview": [kind, match.offering.pk],
        "matching:match": [match.pk],
        "matching:match_outcome": [match.pk],
        "matching:review_match": [match.pk],
        "matching:review_undo": [match.pk],
        "matching:review_decide": [match.pk, "approve"],
        "matching:run": [run.pk],
        "matching:run_cancel": [run.pk],
        "matching:run_retry": [run.pk],
        "matching:policy": [draft.version],
        "matching:policy_activate": [draft.version],
        "matching:answer": [last_part(answer_url(match, Side.SELLER, owner.user))],
        "matching:outcome": [last_part(outcome_url(match, Side.SELLER, owner.user))],
        "taxonomy:concept_edit": [ConceptFactory(code="for_the_table").code],
        "mailing:unsubscribe": [last_part(unsubscribe_url(message.to, message.category))],
        "mailing:message": [message.pk],
        "mailing:message_html": [message.pk],
        "mailing:provider_events": ["postmark"],
        "mailing:sample": ["match", "ko"],
        "mailing:sample_html": ["match", "ko"],
        "mailing:settle": [message.pk],
        "mailing:lift": [refusal.pk],
    }


def last_part(url: str) -> str:
    return url.rstrip("/").rsplit("/", 1)[1]


def url_names(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"
        else:
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from url_names(pattern, namespace + inner)


def letter(response: HttpResponse) -> str:
    if response.status_code == 404:
        return "4"
    if response.status_code == 403:
        return "3"
    if response.status_code == 401:
        return "l"
    if response.status_code in (301, 302) and "/accounts/login/" in response.headers["Location"]:
        return "l"
    assert response.status_code < 400 or response.status_code == 422, response.status_code
    return "o"


def test_every_url_stands_in_the_table_once() -> None:
    assert sorted(set(url_names())) == sorted(TABLE)


def test_who_is_let_in(scene: Scene, subtests: pytest.Subtests) -> None:
    clients = {role: client_of(person) for role, person in scene.people.items()}
    for name, (method, expected) in sorted(TABLE.items()):
        with subtests.test(name):
            url = reverse(name, args=scene.args.get(name, []))
            found = ""
            for role in ROLES:
                # Each visitor meets the same scene: what the request changed is rolled back.
                with transaction.atomic():
                    found += letter(getattr(clients[role], method.lower())(url))
                    transaction.set_rollback(True)
            assert dict(zip(ROLES, found, strict=True)) == dict(
                zip(ROLES, expected.replace(" ", ""), strict=True)
            )


def client_of(person: User | None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client
