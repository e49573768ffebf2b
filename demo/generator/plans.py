"""What the generator hands over: a firm as it will be registered, in codes instead of rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """A member of a firm. `email` ends in `.example`; `role` is a MemberRole."""

    name: str
    name_kana: str
    title: str
    phone: str
    email: str
    language: str
    role: str


@dataclass(frozen=True, slots=True)
class CertificatePlan:
    certification: str
    number: str
    issuer: str
    issued_on: date
    expires_on: date


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """An offering or a need. `values`: plain fields of the model; `unit` and `currency`: codes
    or empty; `related`: {many-to-many field: codes}."""

    id: UUID
    values: Mapping[str, Any]
    unit: str
    currency: str
    related: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class FirmPlan:
    """A firm with its people (the owner first), certificates and items.

    `values`: plain fields of Company; `region`, `sectors`: codes, the main sector first.
    `is_showcase`: the one firm of its country that the demo's log-ins belong to.
    """

    id: UUID
    country: str
    language: str
    is_showcase: bool
    values: Mapping[str, Any]
    region: str
    sectors: tuple[str, ...]
    people: tuple[PersonPlan, ...]
    certificates: tuple[CertificatePlan, ...]
    offerings: tuple[ItemPlan, ...]
    needs: tuple[ItemPlan, ...]

    @property
    def owner(self) -> PersonPlan:
        return self.people[0]
