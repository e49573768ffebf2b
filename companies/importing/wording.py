"""Sentences for the codes of an import: what is wrong with a file, a row or a cell."""

import json
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.rules import FAULTS

FILE_FAULTS: Final[dict[str, Promise]] = {
    "empty": _("The file holds no rows."),
    "too_large": _("The file is larger than %(most)s MB. Split it and import the parts."),
    "too_many_rows": _("The file holds more than %(most)s rows. Split it and import the parts."),
    "too_many_columns": _("The table has more than %(most)s columns."),
    "row_too_long": _("Line %(line)s is far too long for a row of a list."),
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
    "no_own_title_column": _("No column is mapped to a title."),
    "no_country": _("Say which country's firms the file lists."),
    "unknown_column": _("There is no field of this name."),
    "missing_column": _("The column “%(column)s” that was mapped is not in the file."),
    "repeated_column": _("The column “%(column)s” stands in the file more than once. Rename one."),
    "missing_of_list": _(
        "This looks like the list “%(list)s”, but these columns are missing or stand twice: "
        "%(columns)s. Mend the header, or say what the columns mean."
    ),
    "bad_rows": _(
        "Nothing was imported: the file has bad rows and all rows or none were asked for."
    ),
    "stopped": _(
        "The import stopped at an error that is not the file's fault. What was written until then "
        "stays; import the file again to go on. Tell the administrators: %(error)s"
    ),
}

CELL_FAULTS: Final[dict[str, Promise]] = FAULTS | {
    "formula": _("This cell holds a formula. Store its value instead."),
    "unreadable": _("This cell holds characters that were lost when the file was saved."),
    "too_long": _("This text is too long."),
    "number_length": _("An official number has 10 digits in Korea and 13 in Japan."),
    "number_check_digit": _("The check digit of the official number is wrong."),
    "name_missing": _("The firm has no name."),
    "title_missing": _("The wanted product has no name."),
    "no_concept": _("No product was found in this text. Add a concept or an HS code."),
    "article_repeated": _("This article stands in an earlier row already."),
    "not_known": _("This is not known here. Write it as it is called in our lists."),
    "not_an_amount": _("This is not a number of 0 or more."),
    "not_an_hs_code": _("An HS code has at least six digits."),
    "not_a_number": _("This is not a whole number."),
    "not_a_date": _("This is not a date."),
    "repeated": _("This firm stands in an earlier row already."),
    "not_text": _("This must be a text or a number."),
    "not_a_row": _("A row must be an object with named fields."),
    "unknown_field": _("There is no field of this name."),
    "not_a_country": _("Say KR or JP."),
    "number_missing": _("Give the official number, or the firm's identifier in your own list."),
    "firm_taken": _("People of the firm look after this record themselves."),
    "firm_gone": _("This firm is closed, or its record has been merged into another."),
    "too_many_cells": _("This row has more cells than the header."),
    "too_few_cells": _("This row has fewer cells than the header."),
}


def file_fault(code: str, **details: object) -> str:
    return str(FILE_FAULTS[code]) % details


def stored_fault(code: str, **details: object) -> str:
    """The fault for a row of the database: whoever reads it later has a language of his own."""
    return json.dumps([code, details])


def told_fault(stored: str) -> str:
    code, details = json.loads(stored)
    return file_fault(code, **details)


def cell_fault(code: str) -> str:
    return str(CELL_FAULTS[code])
