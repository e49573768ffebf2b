"""The reference data by code: what the generator names, the database knows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from django.db import models

from taxonomy.models import Certification, Concept, Currency, Named, Region, Sector, Unit

N = TypeVar("N", bound=Named)


class TaxonomyMissing(Exception):
    """A code of the demo's texts is not in the database: load_taxonomy has to run first."""


@dataclass(frozen=True, slots=True)
class Reference:
    sectors: dict[str, Sector]
    concepts: dict[str, Concept]
    certifications: dict[str, Certification]
    regions: dict[str, Region]
    units: dict[str, Unit]
    currencies: dict[str, Currency]

    def related(self, field: str, codes: Iterable[str]) -> list[models.Model]:
        """The rows of an item's many-to-many field."""
        tables: dict[str, Mapping[str, models.Model]] = {
            "concepts": self.concepts,
            "certifications": self.certifications,
            "required_certifications": self.certifications,
            "wish_regions": self.regions,
        }
        return [tables[field][code] for code in codes]


def read_reference() -> Reference:
    """Raises TaxonomyMissing on an empty database."""
    if not Concept.objects.exists():
        raise TaxonomyMissing
    return Reference(
        sectors=_by_code(Sector),
        concepts=_by_code(Concept),
        certifications=_by_code(Certification),
        regions=_by_code(Region),
        units=_by_code(Unit),
        currencies=_by_code(Currency),
    )


def _by_code(model: type[N]) -> dict[str, N]:
    return {row.code: row for row in model._default_manager.all()}
