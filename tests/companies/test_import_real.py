"""The lists as agencies publish them; skipped where they are not at hand."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command

from companies.models import Company, Need, Offering
from companies.queries import recipients
from mailing.models import Message
from taxonomy.reading import read_reference_data
from taxonomy.services import load_reference_data
from tests.real_data import ABSENT, ENCODINGS, REAL

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not (REAL / "kr_companies.csv").is_file(), reason=ABSENT),
]
FACTS = (
    "country",
    "source_id",
    "official_number",
    "name_ko",
    "name_ja",
    "name_en",
    "name_kana",
    "website",
    "address",
    "industry",
    "employees",
    "stock_code",
    "state",
)


@pytest.fixture
def taxonomy():
    load_reference_data(data=read_reference_data())


def run(path: Path) -> str:
    out, err = io.StringIO(), io.StringIO()
    call_command("import_companies", str(path), stdout=out, stderr=err)
    assert err.getvalue() == ""
    return out.getvalue().strip()


def firms() -> list[tuple[object, ...]]:
    return list(Company.objects.order_by("country", "source_id", "pk").values_list(*FACTS))


@pytest.mark.usefixtures("taxonomy")
def test_korean_listed_firms():
    path = REAL / "kr_companies.csv"
    assert run(path).startswith("2781 rows (utf-8): 2781 new, 0 changed, 0 unchanged, 0 bad;")
    samsung = Company.objects.get(name_key="삼성전자")
    assert (samsung.state, samsung.stock_code) == ("unclaimed", "005930")
    tagged = Offering.concepts.through.objects.values("offering").distinct().count()
    assert tagged > 0.3 * Offering.objects.count()
    assert Company.objects.filter(region=None).count() < 100
    assert Company.sectors.through.objects.values("company").distinct().count() > 500
    before, items = firms(), Offering.objects.count()
    assert run(path).endswith(" 0 new, 0 changed, 2781 unchanged, 0 bad; 0 new items")
    assert firms() == before
    # Part of it as agencies hand it out, CP949 and a web table named .xls: the same firms, of
    # which 14 have another website in the second list.
    assert "0 new, 14 changed, 286 unchanged" in run(ENCODINGS / "kr_listed_cp949.csv")
    assert "0 new, 0 changed, 300 unchanged" in run(ENCODINGS / "kr_listed_euckr_html.xls")
    assert Offering.objects.count() == items
    assert not any("\ufffd" in str(row) for row in before)


@pytest.mark.usefixtures("taxonomy")
def test_japanese_listed_firms_and_the_filers_on_top_of_them():
    path = REAL / "jp_companies.csv"
    assert run(path).startswith("2046 rows (utf-8): 2046 new, 0 changed, 0 unchanged, 0 bad;")
    before, items = firms(), Offering.objects.count()
    assert " 0 new, 0 changed, 2046 unchanged, 0 bad; 0 new items" in run(path)
    assert firms() == before
    filers = ENCODINGS / "jp_filers_cp932_metadata_line.csv"
    assert run(filers).startswith("300 rows (cp932): 141 new, ")
    assert " 0 new, 0 changed, 300 unchanged, 0 bad;" in run(filers)
    numbers = list(
        Company.objects.exclude(official_number="").values_list("official_number", flat=True)
    )
    assert len(numbers) == len(set(numbers))
    assert set(before) <= set(firms())
    assert Offering.objects.filter(state="open").count() == items
    kaneko = Company.objects.get(official_number="5070001000715")
    assert (kaneko.name_ja, kaneko.source_list) == ("カネコ種苗株式会社", "jp_listed")


@pytest.mark.usefixtures("taxonomy")
def test_enquiries_of_japanese_buyers():
    path = REAL / "jp_buyer_inquiries.csv"
    assert run(path) == ("83 rows (utf-8): 83 new, 0 changed, 0 unchanged, 0 bad; 83 new items")
    assert run(path).endswith("0 new, 0 changed, 83 unchanged, 0 bad; 0 new items")
    account = Company.objects.get()
    assert (account.state, account.country, account.needs.count()) == ("verified", "JP", 83)
    assert Need.concepts.through.objects.values("need").distinct().count() > 10
    assert recipients(account) == []
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("name", "encoding", "name_field", "sample"),
    [
        ("kr_listed_cp949.csv", "cp949", "name_ko", "엔비알모션"),
        ("kr_listed_euckr_html.xls", "cp949", "name_ko", "엔비알모션"),
        ("jp_filers_cp932_metadata_line.csv", "cp932", "name_ja", "カネコ種苗株式会社"),
    ],
)
def test_files_as_agencies_really_publish_them(name, encoding, name_field, sample):
    assert run(ENCODINGS / name).startswith(f"300 rows ({encoding}): 300 new,")
    assert Company.objects.filter(**{name_field: sample}).exists()
    assert " 0 new, 0 changed, 300 unchanged, 0 bad; 0 new items" in run(ENCODINGS / name)
