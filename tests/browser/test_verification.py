"""A reviewer checks a firm: looks at its papers, returns it with a reason, and verifies it when it
comes again; the firm hears of both by mail."""

from datetime import timedelta

import pytest
from celery.contrib.testing.worker import TestWorkController
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from companies.choices import CompanyState, ProofKind
from companies.models import Company
from companies.services import add_proof, submit_company
from tests.browser.conftest import NewPage, SignIn
from tests.browser.person import link_in, mail_to
from tests.documents.test_documents import PDF
from tests.factories import (
    CompanyFactory,
    OfferingFactory,
    RegionFactory,
    SectorFactory,
    StaffFactory,
)
from tests.smtp import SmtpServer

pytestmark = pytest.mark.django_db(transaction=True)

DRAFT_AGAIN = {"verified_at": None, "verified_until": None, "state": CompanyState.DRAFT}


def handed_in() -> Company:
    now = timezone.now()
    firm = CompanyFactory(
        **DRAFT_AGAIN,
        name_en="Hanbit Materials",
        about_en="Makes photoresists.",
        region=RegionFactory(),
        sectors=[SectorFactory()],
        with_owner=True,
        owner__user__language="en",
    )
    OfferingFactory(company=firm)
    owner = firm.memberships.get().user
    add_proof(
        company=firm,
        kind=ProofKind.BUSINESS_REGISTRATION,
        name="registration.pdf",
        content=PDF,
        actor=owner,
        now=now,
    )
    return submit_company(company=firm, actor=owner, now=now - timedelta(days=2))


def test_a_firm_is_returned_with_a_reason_and_then_verified(
    new_page: NewPage,
    sign_in: SignIn,
    smtp_server: SmtpServer,
    celery_worker: TestWorkController,
) -> None:
    firm = handed_in()
    owner = firm.memberships.get().user
    page = new_page(width=1440)
    sign_in(page, StaffFactory(staff_role="reviewer", language="en"))
    page.goto(reverse("companies:verification"))
    page.get_by_role("link", name="Hanbit Materials").click()

    papers = page.get_by_role("region", name="Documents")
    with page.expect_download() as opened:
        papers.get_by_role("link", name="registration.pdf").click()
    assert opened.value.path().read_bytes() == PDF
    papers.get_by_role("button", name="Accept").click()
    expect(papers.get_by_text("First opened")).to_be_visible()
    expect(papers.get_by_role("button", name="Accept")).to_have_count(0)

    giving_back = page.get_by_role("form", name="Return to the firm")
    giving_back.get_by_label("The name differs from the register.").check()
    giving_back.get_by_label("In words, for the firm").fill("The register says Hanbit Fine Chem.")
    giving_back.get_by_role("button", name="Return").click()
    expect(page.get_by_text("is returned. Its members get a mail")).to_be_visible()
    letter = mail_to(smtp_server, owner.email)
    body = letter.message.get_body(("plain",)).get_content()
    assert "The register says Hanbit Fine Chem." in body

    inside = new_page(width=390)
    sign_in(inside, owner)
    inside.goto(link_in(letter, "/company/"))
    expect(inside.get_by_text("The register says Hanbit Fine Chem.")).to_be_visible()
    inside.get_by_role("button", name="Submit for verification").click()
    expect(inside.get_by_role("button", name="Submit for verification")).to_have_count(0)

    page.goto(reverse("companies:verification"))
    page.get_by_role("link", name="Hanbit Materials").click()
    form = page.get_by_role("form", name="Verify")
    for box in form.get_by_role("checkbox").all():
        box.check()
    form.get_by_role("button", name="Verify for 12 months").click()
    expect(page.get_by_text("is verified. Its members get a mail.")).to_be_visible()
    assert Company.objects.get().state == CompanyState.VERIFIED
    subject = mail_to(smtp_server, owner.email, 2).message["Subject"]
    assert subject == "Hanbit Materials is verified"
