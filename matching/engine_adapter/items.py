"""Offerings and needs as columns: every item with its firm, words, codes and figures."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar
from uuid import UUID

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from common.localisation import LANGUAGES
from common.querying import within
from companies.models import CompanyCertification, Item, Need, Offering
from matching.engine.candidates import by_topic
from matching.engine.text import Lexicon
from matching.engine.types import COOPERATIONS, STAGES, Needs, Offerings, Ragged
from matching.engine_adapter import stored
from matching.engine_adapter.firms import FirmTable, float_column, id_column
from taxonomy.choices import Dimension
from taxonomy.models import Certification, Sector

#: Rough worth of one unit of a currency in won, to compare price bands across currencies. The
#: price criterion is graded and has the least say of the hard facts; a rate 10 % off moves a
#: score by less than one point.
WON: Final = {"KRW": 1.0, "JPY": 9.4, "USD": 1400.0, "EUR": 1550.0, "CNY": 195.0}
_DIMENSIONS: Final = {value: place for place, value in enumerate(Dimension.values)}
_COLUMNS: Final = (
    "pk",
    "company_id",
    "cooperation",
    "hs6",
    "annual_volume",
    "minimum_order",
    "unit__dimension",
    "unit__factor",
    "lead_time_days",
    "price_min",
    "price_max",
    "currency__code",
    "stage",
    "wish_min_employees",
    "wish_experienced",
    *stored.COLUMNS,
)
_NEED_COLUMNS: Final = (
    "max_lead_time_days",
    "is_volume_required",
    "seats",
    "is_single_sourced",
    "risk_reason",
    "needed_by",
)


_TEXT_READ: Final = 400  # characters of an item's words that are looked at for common ones

Ids = tuple[UUID, ...]
Columns = TypeVar("Columns", Needs, Offerings)


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the market: these items, and all of this firm's."""

    company_id: UUID
    needs: frozenset[UUID] = frozenset()
    offerings: frozenset[UUID] = frozenset()

    def items(self, model: type[Item]) -> Q:
        chosen = self.needs if model is Need else self.offerings
        return Q(company=self.company_id) | Q(pk__in=chosen)

    def firms(self) -> frozenset[UUID]:
        """The firms of all these items."""
        return frozenset([self.company_id]).union(
            *(
                model.objects.filter(pk__in=chosen).order_by().values_list("company_id", flat=True)
                for model, chosen in ((Need, self.needs), (Offering, self.offerings))
            )
        )


@dataclass(frozen=True, slots=True)
class Reference:
    """What items refer to: the firms, the concepts, and the bits of certifications. `scope`: all
    that is looked at; None: the whole market."""

    table: FirmTable
    lexicon: Lexicon
    certification_bits: dict[str, int]
    scope: Scope | None = None

    @property
    def certifications(self) -> tuple[str, ...]:
        return tuple(self.certification_bits)


def certification_bits() -> dict[str, int]:
    codes = Certification.objects.order_by("code").values_list("code", flat=True)
    return {code: 1 << place for place, code in enumerate(codes)}


def load_offerings(
    *, reference: Reference, includes_prospects: bool, today: date
) -> tuple[Offerings, Ids]:
    """The open offerings of the firms, like by like. An item has its own and its firm's
    certificates."""
    rows = _rows(Offering, reference, includes_prospects, today)
    own = _codes(Offering, "certifications", reference, rows)
    of_firm = _certificates(today, reference)
    held = [own[row["pk"]] | of_firm[row["company_id"]] for row in rows]
    offerings = Offerings(
        **_shared(Offering, rows, reference, held, today),
        are_certifications_known=np.array([bool(codes) for codes in held], np.bool_),
        min_order=_in_base_unit(rows, "minimum_order"),
    )
    return _by_topic(offerings, rows)


def load_needs(
    *, reference: Reference, includes_prospects: bool, today: date, sector: Sector | None
) -> tuple[Needs, Ids]:
    """The open needs of the firms, like by like; with `sector` those whose concepts or firm are in
    it."""
    rows = _rows(Need, reference, includes_prospects, today, *_NEED_COLUMNS)
    if sector is not None:
        within = set(
            Need.objects.filter(Q(concepts__sector=sector) | Q(company__sectors=sector))
            .order_by()
            .values_list("pk", flat=True)
        )
        rows = [row for row in rows if row["pk"] in within]
    wished = _codes(Need, "certifications", reference, rows)
    required = _codes(Need, "required_certifications", reference, rows)
    needs = Needs(
        **_shared(Need, rows, reference, [wished[row["pk"]] for row in rows], today),
        required_certifications=_masks([required[row["pk"]] for row in rows], reference),
        max_lead_days=float_column([row["max_lead_time_days"] for row in rows]),
        is_volume_required=np.array([row["is_volume_required"] for row in rows], np.bool_),
        seats=np.array([row["seats"] for row in rows], np.int32),
        is_single_sourced=np.array(
            [-1 if (known := row["is_single_sourced"]) is None else known for row in rows], np.int8
        ),
        has_risk=np.array([bool(row["risk_reason"]) for row in rows], np.bool_),
    )
    return _by_topic(needs, rows)


def _by_topic(items: Columns, rows: list[dict[str, Any]]) -> tuple[Columns, Ids]:
    """In the order that suits the engine; `rows` are what `items` were made from."""
    order = by_topic(items.features, items.ids)
    return items.take(order), tuple(rows[place]["pk"] for place in order.tolist())


def _rows(
    model: type[Item], reference: Reference, includes_prospects: bool, today: date, *more: str
) -> list[dict[str, Any]]:
    found = model.objects.matchable(today, prospects=includes_prospects)
    if reference.scope is not None:
        found = found.filter(reference.scope.items(model))
    rows = found.order_by("pk").values(*_COLUMNS, *more, **stored.ANNOTATIONS)
    return [row for row in rows if row["company_id"] in reference.table.row_of]


def _shared(
    model: type[Item],
    rows: list[dict[str, Any]],
    reference: Reference,
    certifications: list[set[str]],
    today: date,
) -> dict[str, Any]:
    firms, bits = reference.table, reference.table.region_bits
    concepts = _codes(model, "concepts", reference, rows)
    regions = _codes(model, "wish_regions", reference, rows)
    return {
        "ids": id_column([row["pk"] for row in rows]),
        "firm": np.array([firms.row_of[row["company_id"]] for row in rows], np.int32),
        "is_open": np.ones(len(rows), np.bool_),
        "features": stored.features_of(model, rows, concepts, reference.lexicon),
        "hs6": Ragged.of([sorted(int(code) for code in row["hs6"]) for row in rows], np.int32),
        "cooperation": np.array(
            [
                sum(1 << COOPERATIONS.index(kind) for kind in set(row["cooperation"]))
                for row in rows
            ],
            np.uint32,
        ),
        "certifications": _masks(certifications, reference),
        "dimension": np.array(
            [_DIMENSIONS.get(row["unit__dimension"], -1) for row in rows], np.int8
        ),
        "volume": _in_base_unit(rows, "annual_volume"),
        "lead_days": float_column([_lead_days(row, today) for row in rows]),
        "price_low": float_column([_price(row, "price_min") for row in rows]),
        "price_high": float_column([_price(row, "price_max") for row in rows]),
        "stage": np.array(
            [STAGES.index(row["stage"]) if row["stage"] else -1 for row in rows], np.int8
        ),
        "wish_regions": np.array(
            [sum(bits[code] for code in regions[row["pk"]] if code in bits) for row in rows],
            np.uint64,
        ),
        "wish_employees": float_column([row["wish_min_employees"] for row in rows]),
        "wish_experienced": np.array([row["wish_experienced"] for row in rows], np.bool_),
    }


def texts_of(model: type[Item], ids: Sequence[UUID]) -> list[str]:
    """The title and the beginning of the description of each item, in every language it has."""
    columns = [f"{field}_{language}" for field in ("title", "text") for language in LANGUAGES]
    if not ids:
        return []
    found = {
        pk: "\n".join(filter(None, texts))[:_TEXT_READ]
        for pk, *texts in model.objects.filter(pk__in=ids).values_list("pk", *columns)
    }
    return [found.get(pk, "") for pk in ids]


def _codes(
    model: type[Item], relation: str, reference: Reference, rows: list[dict[str, Any]]
) -> defaultdict[UUID, set[str]]:
    """{item id: codes of the related reference rows}, at least of the items in `rows`."""
    found: defaultdict[UUID, set[str]] = defaultdict(set)
    of = None if reference.scope is None else [row["pk"] for row in rows]
    items = within(model.objects.filter(**{f"{relation}__isnull": False}), "pk", of).order_by()
    for pk, code in items.values_list("pk", f"{relation}__code"):
        found[pk].add(code)
    return found


def _certificates(today: date, reference: Reference) -> defaultdict[UUID, set[str]]:
    """{company id: codes of its certificates that have not expired}."""
    found: defaultdict[UUID, set[str]] = defaultdict(set)
    of = None if reference.scope is None else list(reference.table.row_of)
    valid = CompanyCertification.objects.exclude(expires_on__lt=today).order_by()
    valid = within(valid, "company", of)
    for company, code in valid.values_list("company_id", "certification__code"):
        found[company].add(code)
    return found


def _masks(codes: list[set[str]], reference: Reference) -> NDArray[np.uint64]:
    """(items, words): one bit a certification."""
    width = max(1, -(-len(reference.certification_bits) // 64))
    masks = np.zeros((len(codes), width), np.uint64)
    for row, held in enumerate(codes):
        if held:
            mask = sum(reference.certification_bits[code] for code in held)
            masks[row] = [mask >> (64 * word) & 0xFFFF_FFFF_FFFF_FFFF for word in range(width)]
    return masks


def _in_base_unit(rows: list[dict[str, Any]], column: str) -> NDArray[np.float32]:
    return float_column(
        [
            None
            if (value := row[column]) is None or row["unit__factor"] is None
            else float(value) * row["unit__factor"]
            for row in rows
        ]
    )


def _price(row: dict[str, Any], column: str) -> float | None:
    """In won for one base unit; None without unit, currency or a rate for it."""
    value, factor = row[column], row["unit__factor"]
    worth = WON.get(row["currency__code"] or "")
    return None if value is None or not factor or worth is None else float(value) * worth / factor


def _lead_days(row: dict[str, Any], today: date) -> int | None:
    """The stated lead time; for a need without one, the days until it is needed."""
    if row["lead_time_days"] is not None:
        return int(row["lead_time_days"])
    needed_by = row.get("needed_by")
    return None if needed_by is None else max((needed_by - today).days, 1)
