"""A firm's own list: read, looked at, imported, corrected and fed again; by nobody else."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from companies.choices import ImportState, MemberRole
from companies.models import Company, ImportJob, Need, Offering
from companies.services import import_work
from taxonomy.models import Concept
from tests.companies.lists import csv_bytes
from tests.factories import (
    CertificationFactory,
    CompanyFactory,
    ConceptFactory,
    CurrencyFactory,
    MembershipFactory,
    OfferingFactory,
    StaffFactory,
    UnitFactory,
)

pytestmark = pytest.mark.django_db
HEADER = ("품목 코드", "품목명(한국어)", "설명(한국어)", "HS 코드", "단가", "통화", "비고")
GOOD = ("A-1", "고순도 식각액", "반도체용", "3824.99.0000", "１,250.5", "KRW", "x")


@pytest.fixture
def company(client: Client) -> Company:
    ConceptFactory(code="etchant", label_ko="식각액", label_ja="エッチング液")
    CurrencyFactory(code="KRW")
    company = CompanyFactory(with_owner=True, owner__user__language="en")
    client.force_login(company.memberships.get().user)
    return company


def uploaded(client: Client, content: bytes, kind: str = "offering") -> ImportJob:
    page = reverse("companies:own_import_new", args=[kind])
    answer = client.post(page, {"file": SimpleUploadedFile("list.csv", content)})
    assert answer.status_code == 302, answer.content.decode()
    return ImportJob.objects.latest("created_at")


def page_of(job: ImportJob, name: str = "detail") -> str:
    return reverse(f"companies:own_import_{name}", args=[job.pk])


def checked(client: Client, *rows: Any, header: Any = HEADER, **fields: Any) -> ImportJob:
    kind = fields.pop("kind", "offering")
    job = uploaded(client, csv_bytes(rows, header=header), kind)
    columns = {f"column_{position}": code for position, code in job.columns.items()}
    assert client.post(page_of(job), columns | fields).status_code == 302
    return import_work.check_import(job=ImportJob.objects.get(pk=job.pk), clock=timezone.now)


def imported(client: Client, *rows: Any, **fields: Any) -> ImportJob:
    job = checked(client, *rows, **fields)
    client.post(page_of(job, "start"))
    return import_work.run_import(job=ImportJob.objects.get(pk=job.pk), clock=timezone.now)


def test_a_list_becomes_offerings_of_this_firm(client: Client, company: Company) -> None:
    job = checked(client, GOOD, ("", "CMP 식각액", "연마용", "", "", "", ""))
    assert set(job.columns.values()) == {
        "source_id",
        "title_ko",
        "text_ko",
        "hs6",
        "price_max",
        "currency",
    }
    assert not Offering.objects.exists()
    page = client.get(page_of(job)).content.decode()
    assert "고순도 식각액" in page
    assert "A-1" in page
    client.post(page_of(job, "start"))
    job = import_work.run_import(job=ImportJob.objects.get(pk=job.pk), clock=timezone.now)
    assert (job.state, job.created_count, job.rows_bad) == (ImportState.DONE, 2, 0)
    first, second = Offering.objects.order_by("title_ko").reverse()
    assert (first.company, first.source_id, first.hs6) == (company, "A-1", ["382499"])
    assert (first.price_max, first.currency.code) == (Decimal("1250.50"), "KRW")
    assert (first.language, first.cooperation) == ("ko", ["supply"])
    # Without a concept or a code of its own a row is tagged by its words.
    assert [each.code for each in second.concepts.all()] == ["etchant"]
    assert "New items" in client.get(page_of(job)).content.decode()


def test_the_article_code_updates_instead_of_adding(client: Client, company: Company) -> None:
    imported(client, GOOD, ("", "CMP 식각액", "연마용", "", "", "", ""))
    changed = ("A-1", "초고순도 식각액", "", "", "", "", "")
    job = imported(client, changed, ("", "CMP 식각액", "연마용", "", "", "", ""))
    assert (job.created_count, job.updated_count, job.unchanged_count) == (0, 1, 1)
    item = Offering.objects.get(source_id="A-1")
    assert item.title_ko == "초고순도 식각액"
    # Blanks erase nothing.
    assert (item.text_ko, item.hs6) == ("반도체용", ["382499"])
    assert Offering.objects.count() == 2


def test_every_fault_is_told_by_line_and_column(client: Client, company: Company) -> None:
    job = checked(
        client,
        GOOD,
        ("A-2", "", "", "37", "-5", "", ""),
        ("A-1", "식각액", "", "", "", "", ""),
        ("A-3", "알 수 없음", "", "", "1", "", ""),
        ("A-4", "식각액", "=1+1", "", "9", "GOLD", ""),
    )
    faults = {(each.line, each.column, each.code) for each in job.errors.all()}
    assert faults == {
        (3, "품목명(한국어)", "own_title_missing"),
        (3, "HS 코드", "not_an_hs_code"),
        (3, "단가", "negative"),
        (3, "통화", "currency_missing"),
        (4, "품목 코드", "article_repeated"),
        (5, "통화", "currency_missing"),
        (6, "설명(한국어)", "formula"),
        (6, "통화", "not_known"),
    }
    assert (job.rows_total, job.rows_bad) == (5, 4)
    page = client.get(page_of(job)).content.decode()
    assert "An HS code has at least six digits." in page


def test_the_bad_rows_are_corrected_and_fed_again(client: Client, company: Company) -> None:
    job = imported(client, GOOD, ("A-2", "식각액", "세정용", "37", "", "", ""))
    assert job.created_count == 1
    answer = client.get(page_of(job, "errors"))
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    header, row = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert row[-2] == "3"
    row[3] = "382499"
    again = imported(client, row, header=header)
    assert (again.created_count, again.rows_bad) == (1, 0)
    assert set(Offering.objects.values_list("source_id", flat=True)) == {"A-1", "A-2"}


def test_all_or_none(client: Client, company: Company) -> None:
    job = checked(
        client, GOOD, ("A-2", "식각액", "세정용", "37", "", "", ""), is_all_or_nothing="on"
    )
    client.post(page_of(job, "start"))
    job = import_work.run_import(job=ImportJob.objects.get(pk=job.pk), clock=timezone.now)
    assert job.state == ImportState.FAILED
    assert not Offering.objects.exists()


def test_needs_are_read_in_japanese_headers(client: Client, company: Company) -> None:
    UnitFactory(code="kg", label_ja="キログラム")
    CertificationFactory(code="iso_9001", label_ja="ISO 9001")
    header = (
        "品目コード",
        "品目名（日本語）",
        "説明（日本語）",
        "品目概念",
        "年間数量",
        "単位",
        "最大納期（日）",
        "認証",
        "有効期限",
    )
    row = (
        "N-1",
        "薬液",
        "半導体用",
        "エッチング液",
        "12,000",
        "キログラム",
        "45日",
        "ISO9001",
        "2027/3/31",
    )
    imported(client, row, header=header, kind="need")
    need = Need.objects.get()
    assert (need.annual_volume, need.unit.code, need.max_lead_time_days) == (12000, "kg", 45)
    assert need.valid_until == date(2027, 3, 31)
    assert [each.code for each in need.certifications.all()] == ["iso_9001"]
    assert need.language == "ja"


def test_a_list_without_a_title_column_is_told_so(client: Client, company: Company) -> None:
    job = uploaded(client, csv_bytes([("1", "2")], header=("a", "b")))
    answer = client.post(page_of(job), {"column_0": "hs6"})
    assert answer.status_code == 422
    assert "No column is mapped to a title." in answer.content.decode()
    twice = client.post(page_of(job), {"column_0": "title_ko", "column_1": "title_ko"})
    assert twice.status_code == 422


@pytest.mark.parametrize("language", ["ko", "ja", "en"])
@pytest.mark.parametrize("kind", ["offering", "need"])
def test_our_template_is_understood_in_every_language(
    client: Client, company: Company, language: str, kind: str
) -> None:
    User.objects.update(language=language)
    answer = client.get(reverse("companies:own_import_template", args=[kind]))
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    guide = book.worksheets[1]
    example = [str(row[1].value) for row in guide.iter_rows()]
    for code in ("l", "USD", "iso_9001"):
        assert code in example
    UnitFactory(code="l")
    CurrencyFactory(code="USD")
    CertificationFactory(code="iso_9001")
    ConceptFactory(code="etchant")
    # The example as a row of the list goes through as it stands.
    sheet = book.worksheets[0]
    Offering.objects.all().delete()
    Concept.objects.update(label_ko="식각액", label_ja="エッチング液", label_en="etchant")
    sheet.append(example)
    content = io.BytesIO()
    book.save(content)
    job = uploaded(client, content.getvalue(), kind)
    columns = {f"column_{position}": code for position, code in job.columns.items()}
    assert len(columns) == len(example)
    client.post(page_of(job), columns)
    job = import_work.check_import(job=ImportJob.objects.get(pk=job.pk), clock=timezone.now)
    assert [(each.column, each.code) for each in job.errors.all()] == []
    assert job.rows_total == 1


def test_only_the_firms_own_people_come_near(client: Client, company: Company) -> None:
    job = checked(client, GOOD)
    viewer = MembershipFactory(company=company, role=MemberRole.VIEWER).user
    pages = {name: page_of(job, name) for name in ("detail", "start", "cancel")}
    for user, seen, posted in (
        (MembershipFactory().user, 404, 404),
        (StaffFactory(staff_role="supervisor"), 404, 404),
        (viewer, 200, 403),
    ):
        client.force_login(user)
        assert client.get(pages["detail"]).status_code == seen
        assert {client.post(page).status_code for page in pages.values()} == {posted}
    # Staff's own pages do not show it either.
    client.force_login(StaffFactory(staff_role="supervisor"))
    assert client.get(reverse("companies:import_detail", args=[job.pk])).status_code == 404
    assert "list.csv" not in client.get(reverse("companies:imports")).content.decode()
    assert not Offering.objects.exists()


def test_another_firms_article_of_the_same_code_is_left_alone(
    client: Client, company: Company
) -> None:
    theirs = OfferingFactory(source_id="A-1", title_ko="남의 것")
    imported(client, GOOD)
    theirs.refresh_from_db()
    assert theirs.title_ko == "남의 것"
    assert Offering.objects.filter(company=company).count() == 1
