"""Phrases for firms without a name, and sentences for the codes of events and imports."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from companies.models import Company

# What the audit trail says of a firm, by the verb of its event.
COMPANY_EVENTS: Final[dict[str, Promise]] = {
    "company.registered": _("registered"),
    "company.edited": _("profile changed"),
    "company.submitted": _("submitted"),
    "company.verified": _("verified"),
    "company.returned": _("returned"),
    "company.suspended": _("suspended"),
    "company.reinstated": _("reinstated"),
    "company.lapsed": _("verification lapsed"),
    "company.join_asked": _("a person asked to join"),
    "company.join_accepted": _("a person was let in"),
    "company.join_refused": _("a person was refused"),
    "company.claim_asked": _("a person claimed the record"),
    "company.claim_accepted": _("a claim was accepted"),
    "company.claim_refused": _("a claim was refused"),
    "company.member_changed": _("a member's role was changed"),
    "company.member_removed": _("a member was removed"),
    "company.certificate_added": _("a certificate was added"),
    "company.certificate_removed": _("a certificate was removed"),
    "company.blocked": _("a firm was put on the never-meet list"),
    "company.unblocked": _("a firm was taken off the never-meet list"),
}

# Where staff look an official number up; named on the page, not linked to.
REGISTERS: Final[dict[str, Promise]] = {
    "KR": _("National Tax Service of Korea: hometax.go.kr, business registration status"),
    "JP": _("National Tax Agency of Japan: houjin-bangou.nta.go.jp, corporate number search"),
}

FILE_FAULTS: Final[dict[str, Promise]] = {
    "empty": _("The file holds no rows."),
    "too_large": _("The file is larger than %(most)s MB. Split it and import the parts."),
    "too_many_rows": _("The file holds more than %(most)s rows. Split it and import the parts."),
    "too_many_columns": _("The table has more than %(most)s columns."),
    "zip_bomb": _("The file unpacks to far more than a list of firms can need. It is not read."),
    "encrypted": _("The file is protected by a password. Save it without one."),
    "damaged": _("The file is damaged or not what its name says."),
    "damaged_line": _("The file cannot be read beyond line %(line)s: a quotation mark is open."),
    "old_excel": _("This is an old Excel file. Save it as .xlsx or as CSV."),
    "not_a_table": _("No table was found in the file."),
    "unknown_encoding": _(
        "The characters cannot be read: the file is in none of UTF-8, UTF-16, CP949 and CP932."
    ),
    "no_name_column": _("No column is mapped to a firm's name."),
    "no_title_column": _("No column is mapped to the wanted product."),
    "no_country": _("Say which country's firms the file lists."),
    "missing_column": _("The column “%(column)s” that was mapped is not in the file."),
    "bad_rows": _(
        "Nothing was imported: the file has bad rows and all rows or none were asked for."
    ),
}

CELL_FAULTS: Final[dict[str, Promise]] = {
    "formula": _("This cell holds a formula. Store its value instead."),
    "too_long": _("This text is too long."),
    "number_length": _("An official number has 10 digits in Korea and 13 in Japan."),
    "number_check_digit": _("The check digit of the official number is wrong."),
    "name_missing": _("The firm has no name."),
    "title_missing": _("The wanted product has no name."),
    "not_a_number": _("This is not a whole number."),
    "not_a_date": _("This is not a date."),
    "repeated": _("This firm stands in an earlier row already."),
}


def blind_description(company: Company) -> str:
    """A firm that hides its name until both accept, as a phrase: A firm in Aichi: mobility."""
    place = str(company.region or company.get_country_display())
    sectors = ", ".join(str(sector) for sector in company.sectors.all())
    if sectors:
        return gettext("A firm in %(place)s: %(sectors)s") % {"place": place, "sectors": sectors}
    return gettext("A firm in %(place)s") % {"place": place}


def file_fault(code: str, **details: object) -> str:
    return str(FILE_FAULTS[code]) % details


def cell_fault(code: str) -> str:
    return str(CELL_FAULTS[code])
