"""The data files themselves, and what the reader says about spoiled ones."""

import csv
import shutil
from pathlib import Path

import pytest

from taxonomy.reading import (
    DATA,
    BadReferenceData,
    fold_label,
    read_reference_data,
    split_list,
)


def test_our_own_files_are_sound_and_cover_the_four_sectors() -> None:
    data = read_reference_data()
    assert len(data.concepts) >= 250
    by_sector = {row["sector"] for row in data.concepts}
    assert {"mobility", "semiconductors", "bio", "minerals_energy"} <= by_sector
    countries = [row["country"] for row in data.tables["regions"]]
    assert (countries.count("JP"), countries.count("KR")) == (47, 17)
    labels = {row["ko"] for row in data.tables["regions"]}
    assert {"강원특별자치도", "전북특별자치도", "제주특별자치도"} <= labels


@pytest.mark.parametrize(
    "code",
    [
        "photoresist",
        "euv_pellicle",
        "cmp_slurry",
        "solid_electrolytes",
        "lithium_hydroxide",
        "lidar",
        "maas_platform",
    ],
)
def test_the_named_concepts_are_there(code: str) -> None:
    assert code in {row["code"] for row in read_reference_data().concepts}


def test_parents_stand_before_their_children() -> None:
    seen: set[str] = set()
    for row in read_reference_data().concepts:
        assert not row["parent"] or row["parent"] in seen
        seen.add(row["code"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def spoil(folder: Path, **changes: str) -> None:
    """Add one concept whose fields are `changes` over a sound row."""
    path = folder / "concepts" / "themes.csv"
    with path.open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    row = {
        "code": "new_one",
        "kind": "product",
        "ko": "시험용 이름",
        "ja": "試験用の物",
        "en": "new thing",
    }
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, columns, restval="").writerow(row | changes)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"code": "photoresist"}, "photoresist: stands twice"),
        ({"parent": "nowhere"}, "unknown parent nowhere"),
        ({"hs6": "12345"}, "12345 is not a six-digit HS code"),
        ({"kind": "thing"}, "unknown kind thing"),
        ({"sector": "space"}, "unknown sector space"),
        ({"ja": ""}, "no ja label"),
        ({"ko_synonyms": "감광액"}, "belongs to"),
        ({"code": "a" * 61}, "at most 60 characters"),
        ({"ja_synonyms": "長" * 121}, "longer than 120 characters"),
        ({"parent": "new_one"}, "in a circle"),
    ],
)
def test_a_spoiled_row_is_named(folder: Path, changes: dict[str, str], complaint: str) -> None:
    spoil(folder, **changes)
    with pytest.raises(BadReferenceData, match=complaint):
        read_reference_data(folder)


def test_a_missing_column_is_named(folder: Path) -> None:
    path = folder / "units.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("factor", "times", 1), "utf-8")
    with pytest.raises(BadReferenceData, match=r"units.csv: missing columns \['factor'\]"):
        read_reference_data(folder)


def test_lists_and_labels_fold() -> None:
    assert split_list(" a | b||a ") == ["a", "b"]
    assert fold_label("ＣＭＰ Slurry") == fold_label("cmp slurry")
