"""The folder of an evaluation: public lists as they are published, read and never written."""

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

HEADINGS: Final = "hs_parallel*.csv"
KOREAN_FIRMS: Final = "kr_companies.csv"
JAPANESE_FIRMS: Final = "jp_companies.csv"
INQUIRIES: Final = "jp_buyer_inquiries.csv"
_INDUSTRIES: Final = Path(__file__).resolve().parent.parent / "industries.csv"


class UnusableFolder(ValueError):
    """The folder, a file in it or the lexicon cannot be used; the message says why."""


class Absent(LookupError):
    """A section cannot be measured because a file is not there; the message names it."""


def read_rows(folder: Path, name: str, columns: Sequence[str]) -> list[Mapping[str, str]]:
    """The rows of one file. Raises Absent without the file and UnusableFolder without the
    columns or with other than UTF-8 text."""
    path = folder / name
    if not path.is_file():
        raise Absent(f"{name} is not there")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if missing := [name for name in columns if name not in (reader.fieldnames or ())]:
                raise UnusableFolder(f"{path.name} has no column {', '.join(missing)}")
            return [{name: row[name] or "" for name in columns} for row in reader]
    except UnicodeDecodeError as error:
        raise UnusableFolder(f"{path.name} is not UTF-8 text: {error}") from error


def read_headings(folder: Path) -> list[tuple[str, str]]:
    """(Korean path, Japanese path) of every heading of every file of headings."""
    names = sorted(path.name for path in folder.glob(HEADINGS))
    if not names:
        raise Absent(f"{HEADINGS} is not there")
    rows = [row for name in names for row in read_rows(folder, name, ("ko_path", "ja_path"))]
    return [(row["ko_path"], row["ja_path"]) for row in rows]


@cache
def compatible_industries() -> Mapping[str, frozenset[str]]:
    """KSIC division (two digits) -> the JPX-33 industries that make or use the same goods."""
    with _INDUSTRIES.open(encoding="utf-8", newline="") as file:
        return {row["ksic"]: frozenset(row["jpx33"].split("|")) for row in csv.DictReader(file)}
