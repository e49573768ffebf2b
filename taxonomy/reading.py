"""The data files under `taxonomy/data/`, read and checked before anything touches the database."""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from common.localisation import LANGUAGES
from taxonomy.choices import ConceptKind, Country, Dimension

DATA: Final = Path(__file__).resolve().parent / "data"

Row = dict[str, str]

# File stem → the columns it must have.
REFERENCE_FILES: Final[Mapping[str, tuple[str, ...]]] = {
    "sectors": ("code", "ko", "ja", "en", "position"),
    "certifications": ("code", "ko", "ja", "en", "sector"),
    "regions": ("code", "country", "ko", "ja", "en"),
    "units": ("code", "ko", "ja", "en", "dimension", "factor"),
    "currencies": ("code", "ko", "ja", "en"),
}
CONCEPT_COLUMNS: Final = (
    "code",
    "kind",
    "parent",
    "sector",
    "ko",
    "ja",
    "en",
    "ko_synonyms",
    "ja_synonyms",
    "en_synonyms",
    "hs6",
)
CODE: Final = re.compile(r"[a-z0-9][a-z0-9_]*")
MAX_CODE: Final = 60
MAX_LABEL: Final = 120
HS6: Final = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class ReferenceData:
    """All rows of all files; `concepts` ordered so that a parent stands before its children."""

    tables: Mapping[str, list[Row]]
    concepts: list[Row]


class BadReferenceData(ValueError):
    """The data files contradict themselves; the message lists every finding."""


def read_reference_data(folder: Path = DATA) -> ReferenceData:
    """Read and lint every file. Raises BadReferenceData naming file, code and fault."""
    tables = {
        name: list(_read(folder / f"{name}.csv", columns))
        for name, columns in REFERENCE_FILES.items()
    }
    concepts: list[Row] = []
    for path in sorted((folder / "concepts").glob("*.csv")):
        concepts.extend(_read(path, CONCEPT_COLUMNS))
    faults = [*_faults_of_tables(tables), *_faults_of_concepts(concepts, tables)]
    if faults:
        raise BadReferenceData("\n".join(faults))
    return ReferenceData(tables=tables, concepts=_parents_first(concepts))


def read_homographs(folder: Path = DATA) -> list[str]:
    """Korean words that sound as a Japanese word of another concept does; see the README."""
    return [row["ko"] for row in _read(folder / "homographs.csv", ("ko", "ja", "why"))]


def split_list(cell: str) -> list[str]:
    """A cell of values parted by `|`, without blanks and repetitions, in order."""
    return list(dict.fromkeys(part.strip() for part in cell.split("|") if part.strip()))


def fold_label(label: str) -> str:
    """How labels are compared: NFKC, case and spaces away."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", label).casefold())


def _read(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        if missing := set(columns) - set(reader.fieldnames or ()):
            raise BadReferenceData(f"{path.name}: missing columns {sorted(missing)}")
        for row in reader:
            yield {column: (row[column] or "").strip() for column in columns}


def _faults_of_tables(tables: Mapping[str, list[Row]]) -> Iterator[str]:
    sectors = {row["code"] for row in tables["sectors"]}
    for name, rows in tables.items():
        codes = [row["code"] for row in rows]
        yield from (
            f"{name}: {code} stands twice" for code in sorted(set(codes)) if codes.count(code) > 1
        )
        for row in rows:
            yield from (
                f"{name}: {row['code']} has no {language} label"
                for language in LANGUAGES
                if not row[language]
            )
            if row.get("country") and row["country"] not in Country:
                yield f"{name}: {row['code']} has an unknown country {row['country']}"
            if row.get("dimension") and row["dimension"] not in Dimension:
                yield f"{name}: {row['code']} has an unknown dimension {row['dimension']}"
            if row.get("sector") and row["sector"] not in sectors:
                yield f"{name}: {row['code']} has an unknown sector {row['sector']}"


def _faults_of_concepts(concepts: list[Row], tables: Mapping[str, list[Row]]) -> Iterator[str]:
    sectors = {row["code"] for row in tables["sectors"]}
    codes = {row["code"] for row in concepts}
    seen: set[str] = set()
    owner: dict[tuple[str, str], str] = {}
    for row in concepts:
        code = row["code"]
        if code in seen:
            yield f"{code}: stands twice"
        seen.add(code)
        if not CODE.fullmatch(code) or len(code) > MAX_CODE:
            yield f"{code}: not a snake_case code of at most {MAX_CODE} characters"
        if row["kind"] not in ConceptKind:
            yield f"{code}: unknown kind {row['kind']}"
        if row["parent"] and row["parent"] not in codes:
            yield f"{code}: unknown parent {row['parent']}"
        if row["sector"] and row["sector"] not in sectors:
            yield f"{code}: unknown sector {row['sector']}"
        yield from (
            f"{code}: {hs} is not a six-digit HS code"
            for hs in split_list(row["hs6"])
            if not HS6.fullmatch(hs)
        )
        for language in LANGUAGES:
            if not row[language]:
                yield f"{code}: no {language} label"
            for label in [row[language], *split_list(row[f"{language}_synonyms"])]:
                if len(label) > MAX_LABEL:
                    yield f"{code}: {label!r} is longer than {MAX_LABEL} characters"
                first = owner.setdefault((language, fold_label(label)), code)
                if first != code:
                    yield f"{code}: {label!r} belongs to {first} already"


def _parents_first(concepts: list[Row]) -> list[Row]:
    """Order rows so that each parent comes before its children. Raises on a cycle."""
    by_code = {row["code"]: row for row in concepts}
    ordered: dict[str, Row] = {}

    def place(code: str, path: tuple[str, ...]) -> None:
        if code in ordered:
            return
        if code in path:
            raise BadReferenceData(f"{code}: its parents go in a circle")
        row = by_code[code]
        if row["parent"]:
            place(row["parent"], (*path, code))
        ordered[code] = row

    for code in by_code:
        place(code, ())
    return list(ordered.values())
