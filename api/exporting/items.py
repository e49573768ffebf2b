"""Offerings and needs as tables."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from api.choices import ExportKind
from api.exporting.reading import Caller, Row, Table
from common.localisation import Language
from common.tabling import Column
from companies.choices import Cooperation, Incoterm, ItemState, RiskReason, Stage
from companies.models import Item, Membership, Need, Offering
from taxonomy.choices import Country

_BOTH: Final = (
    Column("id", _("ID")),
    Column("company", _("company (ID)")),
    Column("company_name", _("company")),
    Column("company_country", _("country"), dict(Country.choices)),
    Column("state", _("state"), dict(ItemState.choices)),
    Column("language", _("language"), dict(Language.choices)),
    Column("title_ko", _("title (Korean)")),
    Column("title_ja", _("title (Japanese)")),
    Column("title_en", _("title (English)")),
    Column("text_ko", _("description (Korean)")),
    Column("text_ja", _("description (Japanese)")),
    Column("text_en", _("description (English)")),
    Column("cooperation", _("cooperation types"), dict(Cooperation.choices)),
    Column("concepts", _("concepts")),
    Column("hs6", _("HS codes")),
    Column("certifications", _("certifications")),
    Column("annual_volume", _("annual volume")),
    Column("minimum_order", _("minimum order")),
    Column("unit", _("unit")),
    Column("lead_time_days", _("lead time (days)")),
    Column("price_min", _("lowest price")),
    Column("price_max", _("highest price")),
    Column("currency", _("currency")),
    Column("incoterm", _("Incoterm"), dict(Incoterm.choices)),
    Column("stage", _("development stage"), dict(Stage.choices)),
    Column("wish_min_employees", _("partner with at least this many employees")),
    Column("wish_experienced", _("partner with experience of the other country")),
    Column("wish_regions", _("partner in these regions")),
)
_OF_NEEDS: Final = (
    Column("required_certifications", _("required certifications")),
    Column("max_lead_time_days", _("lead time at most (days)")),
    Column("is_volume_required", _("full volume from one supplier")),
    Column("current_source_country", _("current source country")),
    Column("is_single_sourced", _("single-sourced today")),
    Column("risk_reason", _("risk"), dict(RiskReason.choices)),
    Column("accepts_substitutes", _("substitutes acceptable")),
    Column("stock_cover_days", _("stock cover (days)")),
    Column("needed_by", _("needed by")),
    Column("seats", _("suppliers to talk to")),
)
_LAST: Final = (
    Column("valid_until", _("valid until")),
    Column("created_at", _("created")),
    Column("updated_at", _("changed")),
)
_CODED: Final = ("concepts", "certifications", "wish_regions")
_OWN_WAY: Final = frozenset(
    ("id", "company", "company_name", "company_country", "unit", "currency")
)


def _columns(model: type[Item], caller: Caller) -> tuple[Column, ...]:
    return (*_BOTH, *(_OF_NEEDS if model is Need else ()), *_LAST)


def _related(model: type[Item]) -> tuple[str, ...]:
    return (*_CODED, *(("required_certifications",) if model is Need else ()))


def _rows(model: Any, caller: Caller) -> "models.QuerySet[Any]":
    found: models.QuerySet[Any] = model.objects.select_related("company", "unit", "currency")
    if not caller.sees_all:
        own = Membership.objects.filter(user=caller.user).values("company")
        found = found.filter(company__in=own)
    return found.prefetch_related(*_related(model))


def _read(model: type[Item], batch: Sequence[Any], caller: Caller) -> list[Row]:
    coded = _related(model)
    own_way = _OWN_WAY.union(coded)
    plain = [column.name for column in _columns(model, caller) if column.name not in own_way]
    return [
        {
            "id": str(item.pk),
            "company": str(item.company_id),
            "company_name": item.company.display_name,
            "company_country": item.company.country,
            "unit": item.unit.code if item.unit else None,
            "currency": item.currency.code if item.currency else None,
            **{name: sorted(row.code for row in getattr(item, name).all()) for name in coded},
            **{name: getattr(item, name) for name in plain},
        }
        for item in batch
    ]


def _table(kind: str, model: type[Item]) -> Table:
    return Table(kind, partial(_columns, model), partial(_rows, model), partial(_read, model))


OFFERINGS: Final = _table(ExportKind.OFFERINGS, Offering)
NEEDS: Final = _table(ExportKind.NEEDS, Need)
