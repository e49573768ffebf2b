"""Firms as a table."""

from collections.abc import Sequence
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from api.choices import ExportKind
from api.exporting.reading import Caller, Row, Table
from common.tabling import Column
from companies.choices import CompanySource, CompanyState
from companies.models import Company
from taxonomy.choices import Country

COLUMNS: Final = (
    Column("id", _("ID")),
    Column("country", _("country"), dict(Country.choices)),
    Column("official_number", _("official number")),
    Column("state", _("state"), dict(CompanyState.choices)),
    Column("source", _("origin"), dict(CompanySource.choices)),
    Column("source_list", _("public list")),
    Column("source_id", _("identifier in the list")),
    Column("name_ko", _("Korean name")),
    Column("name_ja", _("Japanese name")),
    Column("name_en", _("English name")),
    Column("name_kana", _("name in kana")),
    Column("sectors", _("sectors")),
    Column("region", _("region")),
    Column("address", _("address")),
    Column("website", _("website")),
    Column("representative", _("representative")),
    Column("founded_on", _("founded")),
    Column("employees", _("employees")),
    Column("industry", _("industry")),
    Column("stock_code", _("stock code")),
    Column("about_ko", _("about the firm (Korean)")),
    Column("about_ja", _("about the firm (Japanese)")),
    Column("about_en", _("about the firm (English)")),
    Column("has_partner_experience", _("has traded with the other country")),
    Column("introductions_per_month", _("introductions a month")),
    Column("is_name_hidden", _("hide the name until both sides accept")),
    Column("is_matching_enabled", _("take part in matching")),
    Column("submitted_at", _("submitted")),
    Column("verified_at", _("verified")),
    Column("verified_until", _("verified until")),
    Column("created_at", _("created")),
    Column("updated_at", _("changed")),
)
_PLAIN: Final = [
    column.name for column in COLUMNS if column.name not in ("id", "sectors", "region")
]


def _rows(caller: Caller) -> "models.QuerySet[Company]":
    """All of them for staff, one's own for a firm: the directory is not to be harvested."""
    found = Company.objects.all() if caller.sees_all else Company.objects.of_member(caller.user)
    return found.select_related("region").prefetch_related("sectors")


def _read(batch: Sequence[Company], caller: Caller) -> list[Row]:
    return [_row(firm) for firm in batch]


def _row(firm: Company) -> Row:
    told: dict[str, Any] = {name: getattr(firm, name) for name in _PLAIN}
    region = firm.region.code if firm.region else None
    return {
        "id": str(firm.pk),
        "sectors": sorted(sector.code for sector in firm.sectors.all()),
        "region": region,
        **told,
    }


COMPANIES: Final = Table(ExportKind.COMPANIES, lambda caller: COLUMNS, _rows, _read)
