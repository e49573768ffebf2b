"""Every URL name × every kind of visitor. A URL that is missing here fails.

The addresses of the API stand in a table of their own: tests/api/test_api_table.py.

Columns: visitor (not logged in) · outsider (owner of another verified firm) · viewer, editor,
owner of the firm in the scene · reviewer · supervisor · administrator of the association.
o: let in (a page, a redirect onward, or a form's complaint) · l: sent to log in, or told so (401) ·
3: refused with the reason (403) · 4: not found (404).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.choices import StaffRole
from accounts.models import User
from companies.choices import MemberRole
from companies.models import Membership
from tests.api.hooks.pages import WEBHOOK_PAGES
from tests.api.token_arguments import TOKEN_PAGES
from tests.factories import MembershipFactory, StaffFactory
from tests.matching.scenes import published_match
from tests.permission_scene import arguments
from tests.portal.pages import API_PAGES

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
    "accounts:audit": ("GET", "4444 43oo"),
    "accounts:audit_event": ("GET", "4444 4ooo"),
    "accounts:audit_export": ("POST", "4444 433o"),
    "accounts:consent_proof": ("GET", "4444 433o"),
    "accounts:register": ("GET", "4444 433o"),
    "accounts:register_export": ("POST", "4444 433o"),
    "accounts:consent_by_link": ("GET", "oooo oooo"),
    "accounts:consents": ("GET", "looo oooo"),
    "accounts:data": ("GET", "looo oooo"),
    "accounts:erasure": ("POST", "looo oooo"),
    "accounts:erasure_cancel": ("POST", "looo oooo"),
    "accounts:export": ("POST", "looo oooo"),
    "accounts:export_download": ("GET", "looo oooo"),
    "accounts:history": ("GET", "4444 4ooo"),
    "accounts:people": ("GET", "4444 4ooo"),
    "accounts:person": ("GET", "4444 4ooo"),
    "accounts:session_end": ("POST", "4444 433o"),
    "accounts:sessions_end": ("POST", "4444 433o"),
    "accounts:staff": ("GET", "4444 433o"),
    "accounts:staff_deactivate": ("POST", "4444 433o"),
    "accounts:staff_invitation_resend": ("POST", "4444 433o"),
    "accounts:staff_invitation_withdraw": ("POST", "4444 433o"),
    "accounts:staff_invite": ("POST", "4444 433o"),
    "accounts:staff_join": ("GET", "oooo oooo"),
    "accounts:staff_reactivate": ("POST", "4444 433o"),
    "accounts:staff_role": ("POST", "4444 433o"),
    "accounts:settings": ("GET", "looo oooo"),
    "companies:announcement": ("GET", "4444 4ooo"),
    "companies:announcement_edit": ("GET", "4444 4ooo"),
    "companies:announcement_html": ("GET", "4444 4ooo"),
    "companies:announcement_new": ("GET", "4444 4ooo"),
    "companies:announcement_send": ("POST", "4444 43oo"),
    "companies:announcement_stop": ("POST", "4444 43oo"),
    "companies:announcement_test": ("POST", "4444 4ooo"),
    "companies:announcements": ("GET", "4444 4ooo"),
    "companies:block_remove": ("POST", "l43o o444"),
    "companies:blocks": ("GET", "looo o444"),
    "companies:certificate_edit": ("GET", "l43o o444"),
    "companies:certificate_file": ("GET", "l4oo oooo"),
    "companies:certificate_remove": ("POST", "l43o o444"),
    "companies:certificates": ("GET", "looo o444"),
    "companies:claim": ("GET", "l444 4333"),
    "companies:closed": ("GET", "l4oo o444"),
    "companies:closing": ("GET", "lo33 o444"),
    "companies:claim_by_address": ("POST", "l444 4333"),
    "companies:claim_by_mail": ("POST", "l444 4333"),
    "companies:claim_confirm": ("GET", "l444 4444"),
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
    "companies:import_file": ("GET", "4444 43oo"),
    "companies:import_new": ("GET", "4444 43oo"),
    "companies:import_revert": ("POST", "4444 43oo"),
    "companies:import_start": ("POST", "4444 43oo"),
    "companies:imports": ("GET", "4444 4ooo"),
    "companies:check_begin": ("POST", "4444 4ooo"),
    "companies:proof_judge": ("POST", "4444 4ooo"),
    "companies:duplicate_dismiss": ("POST", "4444 4ooo"),
    "companies:duplicates": ("GET", "4444 4ooo"),
    "companies:merge": ("GET", "4444 43oo"),
    "companies:merge_undo": ("POST", "4444 43oo"),
    "companies:invitation": ("GET", "oooo oooo"),
    "companies:invitation_resend": ("POST", "l433 o444"),
    "companies:invitation_withdraw": ("POST", "l433 o444"),
    "companies:invite": ("POST", "lo33 o444"),
    "companies:item_close": ("POST", "l43o o333"),
    "companies:item_confirm": ("POST", "l43o o333"),
    "companies:item_renew": ("POST", "l43o o333"),
    "companies:item_reopen": ("POST", "l43o o333"),
    "companies:item_translate": ("POST", "l43o o333"),
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
    "companies:own_import_cancel": ("POST", "l43o o444"),
    "companies:own_import_detail": ("GET", "l4oo o444"),
    "companies:own_import_errors": ("GET", "l4oo o444"),
    "companies:own_import_new": ("GET", "lo3o o444"),
    "companies:own_import_revert": ("POST", "l43o o444"),
    "companies:own_import_start": ("POST", "l43o o444"),
    "companies:own_import_template": ("GET", "looo o444"),
    "companies:profile": ("GET", "looo o444"),
    "companies:profile_edit": ("GET", "lo3o o444"),
    "companies:proof_file": ("GET", "l4oo oooo"),
    "companies:proof_replace": ("POST", "l43o o444"),
    "companies:proof_withdraw": ("POST", "l43o o444"),
    "companies:proofs": ("GET", "looo o444"),
    "companies:register": ("GET", "looo o333"),
    "companies:registers_ask": ("POST", "4444 4ooo"),
    "companies:renewal": ("GET", "lo3o o444"),
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
    "dialogue:calendar": ("GET", "oooo oooo"),
    "dialogue:calendar_settings": ("GET", "looo oooo"),
    "dialogue:calendar_shut": ("POST", "looo oooo"),
    "dialogue:silent": ("GET", "4444 4ooo"),
    "dialogue:silent_settle": ("POST", "4444 4ooo"),
    "dialogue:thread": ("GET", "l4oo oooo"),
    "dialogue:threads": ("GET", "looo oooo"),
    "dialogue:withdraw": ("POST", "l43o oooo"),
    "healthz": ("GET", "oooo oooo"),
    "insights:count": ("POST", "4444 4ooo"),
    "insights:definitions": ("GET", "4444 4ooo"),
    "insights:fairness": ("GET", "4444 4ooo"),
    "insights:figure": ("GET", "4444 4ooo"),
    "insights:figure_file": ("GET", "4444 43oo"),
    "insights:funnel": ("GET", "4444 4ooo"),
    "insights:group_file": ("GET", "4444 43oo"),
    "insights:mail": ("GET", "4444 4ooo"),
    "insights:overview": ("GET", "4444 4ooo"),
    "insights:report": ("GET", "4444 4ooo"),
    "insights:satisfaction": ("GET", "4444 4ooo"),
    "insights:workload": ("GET", "4444 4ooo"),
    "mailing:lift": ("POST", "4444 43oo"),
    "mailing:log": ("GET", "4444 4ooo"),
    "mailing:message": ("GET", "4444 4ooo"),
    "mailing:message_html": ("GET", "4444 4ooo"),
    "mailing:provider_events": ("POST", "4444 4444"),
    "mailing:refused": ("GET", "4444 4ooo"),
    "mailing:sample": ("GET", "4444 4ooo"),
    "mailing:sample_html": ("GET", "4444 4ooo"),
    "mailing:samples": ("GET", "4444 4ooo"),
    "mailing:settle": ("POST", "4444 43oo"),
    "mailing:unsubscribe": ("GET", "oooo oooo"),
    "insights:approach": ("GET", "4444 4ooo"),
    **WEBHOOK_PAGES,
    **API_PAGES,
    "insights:approach_new": ("GET", "4444 4ooo"),
    "insights:approaches": ("GET", "4444 4ooo"),
    "insights:candidates_file": ("GET", "4444 4ooo"),
    "insights:gap": ("GET", "4444 4ooo"),
    "insights:gap_candidates": ("GET", "4444 4ooo"),
    "insights:gap_file": ("GET", "4444 4ooo"),
    "insights:gap_offerings": ("GET", "4444 4ooo"),
    "insights:gaps": ("GET", "4444 4ooo"),
    "insights:gaps_compute": ("POST", "4444 4ooo"),
    "insights:gaps_file": ("GET", "4444 4ooo"),
    "insights:letter": ("GET", "4444 4ooo"),
    "insights:trade": ("GET", "4444 4ooo"),
    "insights:trade_check": ("GET", "4444 43oo"),
    "insights:trade_file": ("GET", "4444 4ooo"),
    "insights:trade_goods": ("GET", "4444 4ooo"),
    "insights:trade_upload": ("GET", "4444 43oo"),
    "matching:answer": ("GET", "oooo oooo"),
    "matching:compare": ("GET", "looo oooo"),
    "matching:completeness": ("GET", "looo o444"),
    "matching:firm_question": ("GET", "l4oo o444"),
    "matching:firm_questions": ("GET", "looo oooo"),
    "matching:inbox": ("GET", "looo oooo"),
    "matching:item_completeness": ("GET", "l4oo oooo"),
    "matching:item_preview": ("GET", "l43o o333"),
    "matching:match": ("GET", "l4oo oooo"),
    "matching:match_block": ("POST", "l43o o444"),
    "matching:match_outcome": ("POST", "l43o o444"),
    "matching:note_add": ("POST", "4444 4ooo"),
    "matching:note_edit": ("POST", "4444 4ooo"),
    "matching:note_pin": ("POST", "4444 4ooo"),
    "matching:outcome": ("GET", "oooo oooo"),
    "matching:policies": ("GET", "4444 4ooo"),
    "matching:policy": ("GET", "4444 4ooo"),
    "matching:match_pin": ("POST", "4444 43oo"),
    "matching:policy_activate": ("POST", "4444 43oo"),
    "matching:policy_discard": ("POST", "4444 43oo"),
    "matching:policy_edit": ("GET", "4444 43oo"),
    "matching:policy_simulate": ("POST", "4444 43oo"),
    "matching:simulation": ("GET", "4444 4ooo"),
    "matching:simulation_cancel": ("POST", "4444 43oo"),
    "matching:simulation_file": ("GET", "4444 43oo"),
    "matching:policy_learn": ("GET", "4444 43oo"),
    "matching:policy_new": ("GET", "4444 43oo"),
    "matching:prospects": ("GET", "4444 4ooo"),
    "matching:question_withdraw": ("POST", "4444 4ooo"),
    "matching:review": ("GET", "4444 4ooo"),
    "matching:review_ask": ("POST", "4444 4ooo"),
    "matching:review_assign": ("POST", "4444 43oo"),
    "matching:review_bulk": ("GET", "4444 4ooo"),
    "matching:review_bulk_result": ("GET", "4444 4ooo"),
    "matching:review_background": ("GET", "4444 4ooo"),
    "matching:review_claim": ("POST", "4444 4ooo"),
    "matching:review_counts": ("GET", "4444 4ooo"),
    "matching:review_decide": ("POST", "4444 4ooo"),
    "matching:review_filter": ("GET", "4444 4ooo"),
    "matching:review_queue": ("GET", "4444 4ooo"),
    "matching:review_late": ("GET", "4444 43oo"),
    "matching:review_match": ("GET", "4444 4ooo"),
    "matching:review_release": ("POST", "4444 4ooo"),
    "matching:review_undo": ("POST", "4444 4ooo"),
    "matching:review_view_act": ("POST", "4444 4ooo"),
    "matching:review_views": ("GET", "4444 4ooo"),
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
    "taxonomy:concept_merge": ("POST", "4444 43oo"),
    "taxonomy:concept_new": ("GET", "4444 43oo"),
    "taxonomy:concept_search": ("GET", "looo oooo"),
    "taxonomy:concepts": ("GET", "4444 4ooo"),
    "taxonomy:revision": ("GET", "4444 43oo"),
    "taxonomy:revision_apply": ("POST", "4444 43oo"),
    "taxonomy:revision_drop": ("POST", "4444 43oo"),
    "taxonomy:revision_undo": ("POST", "4444 43oo"),
    "usersessions_list": ("GET", "looo oooo"),
    **TOKEN_PAGES,
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
    pages = {name for name in url_names() if not name.startswith("api:")}
    assert sorted(pages) == sorted(TABLE)


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
