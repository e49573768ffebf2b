"""The staff's desk for firms: folders, clock, filters, who is at it, documents judged in turn."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.errors import RuleViolated, StateChanged
from companies import services
from companies.checking import Folder, folder_counts
from companies.choices import (
    REQUIRED_CHECKS,
    CompanyState,
    ProofFault,
    ReturnReason,
    Verdict,
    VerificationDecision,
)
from companies.models import Company, Proof, Verification
from mailing.models import Message
from matching.models import StaffNote
from tests.companies.test_proofs import proof_of
from tests.companies.test_verification import submitted
from tests.factories import (
    CompanyFactory,
    MatchFactory,
    SectorFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> User:
    user = StaffFactory(name="Kim One", language="en")
    client.force_login(user)
    return user


def shown(client: Client, **wanted: str) -> list[Company]:
    page = client.get(reverse("companies:verification"), wanted)
    assert page.status_code == 200
    rows: list[Company] = page.context["page"].rows
    return rows


def decided(decision: str, days: int, **fields: Any) -> Company:
    at = timezone.now() - timedelta(days=days)
    firm = submitted(state=decision, **fields)
    Verification.objects.create(company=firm, decision=decision, at=at)
    return firm


def test_each_folder_holds_its_firms(client: Client, staff: User) -> None:
    now = timezone.now()
    waiting = submitted()
    renewal = CompanyFactory(renewal_asked_at=now)
    papers = CompanyFactory(state=CompanyState.RETURNED, verified_at=None, verified_until=None)
    proof_of(papers)
    judged = CompanyFactory(state=CompanyState.RETURNED, verified_at=None, verified_until=None)
    services.judge_proof(proof=proof_of(judged), verdict="accepted", actor=staff, now=now)
    claimed = CompanyFactory(unclaimed=True, official_number="1234567891")
    services.ask_to_join(company=claimed, user=UserFactory(), message="", now=now)
    ending = CompanyFactory(verified_until=now + timedelta(days=20))
    lapsed = CompanyFactory(state=CompanyState.LAPSED)
    silent = decided("returned", settings.RETURNED_SILENT_DAYS + 1)
    spoken = decided("returned", 1)
    suspended = decided("suspended", 3)
    CompanyFactory()
    expected = {
        Folder.SUBMITTED: {waiting, renewal},
        Folder.RENEWAL: {renewal},
        Folder.DOCUMENTS: {papers},
        Folder.CLAIMS: {claimed},
        Folder.ENDING: {ending},
        Folder.LAPSED: {lapsed},
        Folder.SILENT: {silent, papers, judged},
        Folder.SUSPENDED: {suspended},
        Folder.RETURNED: {silent, spoken, papers, judged},
        Folder.UNCLAIMED: {claimed},
    }
    for folder, firms in expected.items():
        assert set(shown(client, state=folder)) == firms, folder
    counts = folder_counts(now=now)
    assert all(counts[folder] == len(expected[folder]) for folder in counts)


def test_papers_of_a_firm_verified_since_are_done_with(client: Client, staff: User) -> None:
    firm = CompanyFactory(verified_at=timezone.now() + timedelta(minutes=1))
    proof_of(firm)
    assert shown(client, state=Folder.DOCUMENTS) == []


def test_the_clock_says_who_is_late(client: Client, staff: User) -> None:
    now = timezone.now()
    submitted(submitted_at=now - timedelta(hours=1))
    late = submitted(submitted_at=now - timedelta(days=9))
    page = client.get(reverse("companies:verification"))
    assert page.context["rows"][0] == (late, True, False)
    assert page.context["late_count"] == 1
    assert shown(client, state="submitted", age="late") == [late]
    assert shown(client, state="submitted", age="7") == [late]
    assert shown(client, state="submitted", age="30") == []


def test_the_list_is_narrowed(client: Client, staff: User) -> None:
    bio = submitted(sectors=[SectorFactory(code="bio")])
    japanese = submitted(country="JP")
    assert shown(client, state="submitted", sector="bio") == [bio]
    assert shown(client, state="submitted", country="JP") == [japanese]
    assert set(shown(client, state="submitted", country="XX", age="x")) == {bio, japanese}


def test_pages_go_on_and_back_without_losing_anybody(
    client: Client, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("companies.views.verification.PAGE_SIZE", 2)
    same = timezone.now() - timedelta(days=3)
    firms = [submitted(submitted_at=same) for _each in range(5)]
    seen: list[Company] = []
    token = ""
    for _each in range(3):
        page = client.get(reverse("companies:verification"), {"after": token}).context["page"]
        seen += page.rows
        token = page.newer
    assert sorted(firm.pk for firm in firms) == [firm.pk for firm in seen]
    assert not token
    back = client.get(reverse("companies:verification"), {"before": page.older}).context["page"]
    assert back.rows == seen[2:4]


def test_colleagues_see_who_is_at_it_and_are_led_past(client: Client, staff: User) -> None:
    now = timezone.now()
    firms = [submitted(submitted_at=now - timedelta(days=9 - each)) for each in range(3)]
    client.post(reverse("companies:check_begin", args=[firms[1].pk]))
    other = Client()
    other.force_login(StaffFactory(language="en"))
    page = other.get(reverse("companies:verification"))
    assert "Kim One checks this since" in page.content.decode()
    detail = other.get(reverse("companies:verification_detail", args=[firms[0].pk]))
    assert (detail.context["before"], detail.context["after"]) == (None, firms[2])
    taken = other.get(reverse("companies:verification_detail", args=[firms[1].pk]))
    assert taken.context["is_others"]
    client.post(reverse("companies:check_begin", args=[firms[1].pk]), {"end": "1"})
    detail = other.get(reverse("companies:verification_detail", args=[firms[0].pk]))
    assert detail.context["after"] == firms[1]


def test_a_check_that_is_left_lying_is_anybodys(client: Client, staff: User) -> None:
    firm = submitted()
    services.begin_check(
        company=firm, actor=StaffFactory(), now=timezone.now() - timedelta(hours=1)
    )
    page = client.get(reverse("companies:verification_detail", args=[firm.pk]))
    assert not page.context["is_others"]


def test_a_decision_leads_on_and_ends_the_check(client: Client, staff: User) -> None:
    first, second = (submitted(submitted_at=timezone.now() - timedelta(days=d)) for d in (9, 8))
    client.post(reverse("companies:check_begin", args=[first.pk]))
    page = client.post(
        reverse("companies:verify", args=[first.pk]) + "?state=submitted",
        {"checked": REQUIRED_CHECKS},
        follow=True,
    )
    assert page.context["after"] == second
    assert page.context["company"].checker is None
    rounds = dict(page.context["checks"])
    assert sum(len(each) for each in rounds.values()) == len(REQUIRED_CHECKS)


# --- Documents -----------------------------------------------------------------------------------


def test_documents_are_opened_and_judged_and_the_firm_hears_why(
    client: Client, staff: User
) -> None:
    firm = submitted()
    good, bad = proof_of(firm), proof_of(firm)
    client.get(reverse("companies:proof_file", args=[good.pk]))
    good.refresh_from_db()
    assert good.viewed_by == staff
    client.post(reverse("companies:proof_judge", args=[good.pk]), {"verdict": "accepted"})
    page = reverse("companies:proof_judge", args=[bad.pk])
    client.post(page, {"verdict": "rejected"})
    bad.refresh_from_db()
    assert bad.verdict == ""
    client.post(page, {"verdict": "rejected", "fault": ProofFault.OUTDATED})
    verdicts = dict(Proof.objects.values_list("pk", "verdict"))
    assert verdicts == {good.pk: Verdict.ACCEPTED, bad.pk: Verdict.REJECTED}
    client.post(
        reverse("companies:give_back", args=[firm.pk]),
        {"reasons": [ReturnReason.AUTHORITY_UNCLEAR, ReturnReason.PROFILE_INCOMPLETE]},
    )
    message = Message.objects.get(kind="company_returned")
    decision = firm.verifications.get(decision=VerificationDecision.RETURNED)
    assert len(decision.reasons) == 2
    for said in ("대리하는지", "프로필의 내용이", "너무 오래되었습니다"):
        assert said in message.text


def test_the_second_to_judge_a_document_is_told(client: Client, staff: User) -> None:
    proof = proof_of(submitted())
    services.judge_proof(
        proof=Proof.objects.get(pk=proof.pk),
        verdict="accepted",
        actor=StaffFactory(),
        now=timezone.now(),
    )
    with pytest.raises(StateChanged):
        services.judge_proof(
            proof=proof, verdict="rejected", fault="outdated", actor=staff, now=timezone.now()
        )
    with pytest.raises(RuleViolated):
        services.judge_proof(proof=proof, verdict="rejected", actor=staff, now=timezone.now())
    page = client.post(
        reverse("companies:proof_judge", args=[proof.pk]),
        {"verdict": "rejected", "fault": "outdated", "seen": ""},
        follow=True,
    )
    assert "meantime" in str(next(iter(page.context["messages"])))


def test_a_newer_file_is_a_new_question(client: Client, staff: User) -> None:
    proof = proof_of(submitted())
    services.judge_proof(proof=proof, verdict="accepted", actor=staff, now=timezone.now())
    replaced = services.replace_proof(
        proof=proof, name="a.pdf", content=b"%PDF-1.7", actor=staff, now=timezone.now()
    )
    assert (replaced.verdict, replaced.judged_by, replaced.viewed_at) == ("", None, None)


@pytest.mark.parametrize("count", [1, 3])
def test_one_firm_costs_the_same_whatever_hangs_on_it(
    client: Client, staff: User, django_assert_num_queries: object, count: int
) -> None:
    match = MatchFactory()
    firm = match.seller
    for _each in range(count):
        proof_of(firm)
        Verification.objects.create(
            company=firm, decision="verified", checked=["website"], by=staff, at=timezone.now()
        )
        CompanyFactory(name_key=firm.name_key)
    page = reverse("companies:verification_detail", args=[firm.pk])
    client.get(page)
    with django_assert_num_queries(34):  # type: ignore[operator]
        client.get(page)


def test_notes_on_the_firm_are_read_where_it_is_checked(client: Client, staff: User) -> None:
    firm = submitted()
    StaffNote.objects.create(
        company=firm, text="Answers the phone at night.", author=staff, at=timezone.now()
    )
    page = client.get(reverse("companies:verification_detail", args=[firm.pk]))
    assert "Answers the phone at night." in page.content.decode()
