"""Firms, their people, what they offer and need, and the files they were imported from."""

from companies.models.closing import Closing
from companies.models.company import (
    Block,
    Company,
    CompanyCertification,
    JoinRequest,
    Membership,
    Verification,
)
from companies.models.drafts import FormDraft
from companies.models.importing import ImportChange, ImportJob, ImportRowError, SavedMapping
from companies.models.invitation import Invitation
from companies.models.item import Item, Need, Offering
from companies.models.merging import CompanyMerge, Duplicate
from companies.models.proving import DomainProof, Proof, RegistryCheck
from companies.models.search import SearchEntry, SearchMark

__all__ = [
    "Block",
    "Closing",
    "Company",
    "CompanyCertification",
    "CompanyMerge",
    "DomainProof",
    "Duplicate",
    "FormDraft",
    "ImportChange",
    "ImportJob",
    "ImportRowError",
    "Invitation",
    "Item",
    "JoinRequest",
    "Membership",
    "Need",
    "Offering",
    "Proof",
    "RegistryCheck",
    "SavedMapping",
    "SearchEntry",
    "SearchMark",
    "Verification",
]
