"""What a register answered next to what the firm says of itself."""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.models import Company, RegistryCheck
from companies.names import fold


@dataclass(frozen=True, slots=True)
class Line:
    """One fact, as the firm and as the register has it; `differs`: both are known and not alike."""

    label: str | Promise
    ours: str
    theirs: str
    differs: bool


def lines(company: Company, check: RegistryCheck) -> list[Line]:
    """The facts that the register told, each beside the firm's own.

    Names are compared as everywhere (width, case, legal form and signs away); addresses without
    width, spaces and signs, one being the beginning of the other is alike.
    """
    facts = check.facts
    rows = (
        (_("Legal name"), company.native_name, facts.get("name"), fold),
        (_("English name"), company.name_en, facts.get("name_en"), fold),
        (_("Address"), company.address, facts.get("address"), None),
        (_("Representative"), company.representative, facts.get("representative"), fold),
        (_("Business status"), "", facts.get("status"), fold),
        (_("Closed on"), "", facts.get("closed_on"), fold),
    )
    found = []
    for label, ours, theirs, key in rows:
        if theirs:
            same = key(ours) == key(theirs) if key else _same_place(ours, theirs)
            found.append(Line(label, ours, theirs, bool(ours) and not same))
    return found


def _same_place(ours: str, theirs: str) -> bool:
    one, other = sorted((_bare(ours), _bare(theirs)), key=len)
    return other.startswith(one)


def _bare(address: str) -> str:
    """Letters and digits alone; 一丁目２番 and 1-2 stay what they are."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", address)).casefold()
