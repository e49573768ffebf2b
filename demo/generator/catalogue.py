"""The files of `demo/data/` as typed choices. Their formats stand in `demo/data/README.md`."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

DATA: Final = Path(__file__).resolve().parent.parent / "data"
# The C parser is ten times as fast; it is missing only where PyYAML was built without libyaml.
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wording:
    """One product in the words of one country, with the figures that hold for these words."""

    title: str
    text: str
    concepts: tuple[str, ...]
    hs6: tuple[str, ...]
    unit: str
    volume: tuple[float, float]
    price: tuple[float, float, str]
    lead_time: tuple[int, int]
    cooperation: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A product which firms of either country may offer or need; wordings by language."""

    code: str
    sector: str
    stage: tuple[str, ...]
    certifications: tuple[str, ...]
    required: tuple[str, ...]
    source: str
    risk: tuple[str, ...]
    slots: Mapping[str, Sequence[str]]
    offering: Mapping[str, Wording]
    need: Mapping[str, Wording]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything there is to choose from; `templates` by sector, in a fixed order."""

    templates: Mapping[str, tuple[Template, ...]]
    stems: Mapping[str, tuple[Row, ...]]
    words: Mapping[str, tuple[Row, ...]]
    legal_forms: tuple[Row, ...]
    people: tuple[Row, ...]
    job_titles: tuple[Row, ...]
    places: tuple[Row, ...]
    employee_bands: tuple[Row, ...]
    issuers: tuple[Row, ...]
    profiles: Mapping[str, Any]
    closings: Mapping[str, Mapping[str, Sequence[str]]]
    remarks: Mapping[str, Mapping[str, Sequence[str]]]
    conversations: Sequence[Sequence[dict[str, str]]]

    @property
    def sectors(self) -> tuple[str, ...]:
        return tuple(self.templates)


@cache
def read_catalogue() -> Catalogue:
    """All files at once; they are part of the program, so a fault in them raises."""
    return Catalogue(
        templates={
            folder.name: tuple(
                _template(folder.name, raw)
                for file in sorted(folder.glob("*.yaml"))
                for raw in _yaml(file)
            )
            for folder in sorted((DATA / "items").iterdir())
        },
        stems={"KR": _csv("firm_stems_ko"), "JP": _csv("firm_stems_ja")},
        words={"KR": _csv("firm_words_ko"), "JP": _csv("firm_words_ja")},
        legal_forms=_csv("legal_forms"),
        people=_csv("people"),
        job_titles=_csv("job_titles"),
        places=_csv("places"),
        employee_bands=_csv("employee_bands"),
        issuers=_csv("certificate_issuers"),
        profiles=_yaml(DATA / "profiles.yaml"),
        closings=_yaml(DATA / "closings.yaml"),
        remarks=_yaml(DATA / "remarks.yaml"),
        conversations=_yaml(DATA / "conversations.yaml"),
    )


def _template(sector: str, raw: Mapping[str, Any]) -> Template:
    return Template(
        code=raw["item"],
        sector=sector,
        stage=tuple(raw["stage"]),
        certifications=tuple(raw["certifications"]),
        required=tuple(raw["required"]),
        source=raw["source"],
        risk=tuple(raw["risk"]),
        slots=raw.get("slots") or {},
        offering={language: _wording(raw, block) for language, block in raw["offering"].items()},
        need={language: _wording(raw, block) for language, block in raw["need"].items()},
    )


def _wording(template: Mapping[str, Any], block: Mapping[str, Any]) -> Wording:
    raw = {**template, **block}
    return Wording(
        title=raw["title"],
        text=raw["text"],
        concepts=tuple(raw["concepts"]),
        hs6=tuple(raw["hs6"]),
        unit=raw["unit"],
        volume=tuple(raw["volume"]),
        price=tuple(raw["price"]),
        lead_time=tuple(raw["lead_time"]),
        cooperation=tuple(raw["cooperation"]),
    )


def _csv(name: str) -> tuple[Row, ...]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def _yaml(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - a safe loader
