"""manage.py import_companies: what it says, what it refuses, what it leaves behind."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from companies.models import Company, ImportJob, Need
from tests.companies.lists import checked_import, csv_bytes, firm_row, spoiled
from tests.factories import japanese_number

ROOT = Path(__file__).resolve().parents[2]
# Far above what is needed (about 140 MB), far below what any of these files could take.
MEMORY_MB = 400


def run(path: Path, *options: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("import_companies", str(path), *options, stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue().strip()


def refusal(path: Path, *options: str) -> str:
    with pytest.raises(CommandError) as caught:
        run(path, *options)
    return str(caught.value)


@pytest.fixture
def write(tmp_path):
    def make(content: bytes, name: str = "list.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return make


@pytest.mark.django_db
def test_a_list_comes_in_and_again_changes_nothing(write):
    path = write(csv_bytes([firm_row(n) for n in range(3)]))
    assert run(path) == ("3 rows (utf-8): 3 new, 0 changed, 0 unchanged, 0 bad; 3 new items", "")
    assert run(path) == ("3 rows (utf-8): 0 new, 0 changed, 3 unchanged, 0 bad; 0 new items", "")


@pytest.mark.django_db
def test_bad_rows_are_told_and_written_to_a_file_that_is_fed_again(write, tmp_path):
    path = write(csv_bytes([firm_row(1), spoiled(2)]))
    target = tmp_path / "bad.csv"
    out, err = run(path, "--list", "club", "--errors", str(target))
    assert out == "2 rows (utf-8): 1 new, 0 changed, 0 unchanged, 1 bad; 1 new items"
    number = spoiled(2)[0]
    assert err.splitlines() == [
        f"line 3, column 法人番号: The check digit of the official number is wrong. ({number})",
        f"the bad rows are in {target}",
    ]
    target.write_text(target.read_text("utf-8-sig").replace(number, japanese_number(2)))
    assert run(target, "--list", "club")[0].startswith("1 rows (utf-8): 1 new")
    assert Company.objects.count() == 2


@pytest.mark.django_db
def test_ten_thousand_bad_rows(write, tmp_path):
    path = write(csv_bytes(spoiled(n) for n in range(10_000)))
    target = tmp_path / "bad.csv"
    out, err = run(path, "--errors", str(target))
    assert out == "10000 rows (utf-8): 0 new, 0 changed, 0 unchanged, 10000 bad; 0 new items"
    assert "… and 9980 more" in err
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[4] for row in rows[1:]] == [str(line) for line in range(2, 10_002)]


@pytest.mark.django_db
def test_a_trial_writes_nothing(write):
    out, _err = run(write(csv_bytes([firm_row(1), spoiled(2)])), "--dry-run")
    assert out == "2 rows, 1 bad; nothing was written"
    assert not Company.objects.exists()


@pytest.mark.django_db
def test_all_or_nothing(write):
    said = refusal(write(csv_bytes([firm_row(1), spoiled(2)])), "--all-or-nothing")
    assert (
        said == "Nothing was imported: the file has bad rows and all rows or none were asked for."
    )
    assert not Company.objects.exists()


@pytest.mark.django_db
def test_columns_by_hand_and_by_a_saved_mapping(write):
    path = write(csv_bytes([["株式会社甲", "軸受"]], ["甲", "乙"]))
    assert refusal(path) == "No column is mapped to a firm's name."
    assert refusal(path, "--map", "甲=name_ja") == "Say which country's firms the file lists."
    assert refusal(path, "--map", "丙=name_ja") == (
        "The column “丙” that was mapped is not in the file."
    )
    assert (
        refusal(path, "--map", "甲=nonsense") == "--map 甲=nonsense: there is no field 'nonsense'"
    )
    assert refusal(path, "--mapping", "Club") == ("--mapping Club: there is no such saved mapping")
    by_hand = ("--map", "甲=name_ja", "--map", "乙=offerings", "--country", "JP")
    assert "1 new" in run(path, *by_hand, "--list", "club")[0]
    checked_import(
        path.read_bytes(),
        columns={0: "name_ja", 1: "offerings"},
        country="JP",
        source_list="club",
        save_as="Club",
    )
    assert "1 unchanged" in run(path, "--mapping", "Club")[0]
    missing = write(csv_bytes([["株式会社甲"]], ["甲"]), "missing.csv")
    assert refusal(missing, "--mapping", "Club") == (
        "The column “乙” that was mapped is not in the file."
    )


@pytest.mark.django_db
def test_a_known_list_with_a_column_missing_is_refused_by_name(write):
    header = ["회사명", "업종", "주요제품", "홈페이지", "지역"]
    path = write(csv_bytes([["가교전자", "전자", "센서", "", "서울"]], header, "cp949"))
    said = (
        "This looks like the list “Korea Exchange: listed firms”, but these columns are missing "
        "or stand twice: 종목코드. Mend the header, or say what the columns mean."
    )
    assert refusal(path) == refusal(path, "--preset", "kr_listed") == said
    assert not ImportJob.objects.exists()
    assert "1 new" in run(path, "--country", "KR")[0]


@pytest.mark.django_db
def test_enquiries_become_needs(write):
    path = write(csv_bytes([["마스크팩 시트", "28"]], ["item", "inquiries"]))
    assert "1 new items" in run(path)[0]
    assert Need.objects.get().company.source == "association"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file holds no rows."),
        (csv_bytes([]), "The file holds no rows."),
        (
            b'\xef\xbb\xbfa,b\n1,"2\n3,4\n',
            "The file cannot be read beyond line 2: a quotation mark is open.",
        ),
        (b"PK\x03\x04rubbish", "The file is damaged or not what its name says."),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 99,
            "This is an old Excel file. Save it as .xlsx or as CSV.",
        ),
        (
            "법인,name\n".encode()[:-8] + b"\xff,\xfe\n",
            "The characters cannot be read: the file is in none of UTF-8, UTF-16, CP949 and CP932.",
        ),
    ],
)
def test_unreadable_files(write, content, said):
    assert refusal(write(content)) == said
    assert not Company.objects.exists()


@pytest.mark.django_db
def test_a_file_of_200_mb_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "list.csv"
    with path.open("wb") as file:
        file.truncate(200 << 20)
    assert refusal(path) == "The file is larger than 50 MB. Split it and import the parts."
    assert not ImportJob.objects.exists()


def test_a_file_that_never_ends_is_not_read_to_its_end(settings):
    settings.IMPORT_MAX_BYTES = 1 << 20
    assert "larger than 1 MB" in refusal(Path("/dev/zero"))


def test_a_file_that_is_not_there(tmp_path):
    assert refusal(tmp_path / "none.csv") == f"{tmp_path}/none.csv: No such file or directory"
    assert refusal(tmp_path) == f"{tmp_path}: Is a directory"


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("korean_list", "59175 rows"),
        ("open_quotation_mark", "damaged_line"),
        ("web_table", "59999 rows"),
        ("unpacking_workbook", "zip_bomb"),
    ],
)
def test_memory_is_bounded(kind, outcome):
    process = subprocess.run(
        [sys.executable, "-m", "tests.companies.hungry", kind],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=True,
    )
    said, peak = process.stdout.strip().split("|")
    assert said == outcome
    assert int(peak) < MEMORY_MB
