"""Many offerings or needs in one request, by their ids or by the firm's own references."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.choices import Scope
from api.coded import Coded
from api.permissions import is_for
from api.problems import field_errors
from api.resources.bulk import (
    BulkAnswerSerializer,
    BulkSerializer,
    RowSerializer,
    answer,
    pointer,
    rows_of,
)
from common.errors import RuleViolated
from common.permissions import Decision, Denied
from companies.choices import BulkStatus
from companies.models import Company, Membership
from companies.permissions import can_bring_items, can_import
from companies.rules import is_material
from companies.services import ItemChange, ready_item, save_item, save_items

LONGEST_REFERENCE: Final = 80


class ItemRowSerializer(RowSerializer):
    reference = serializers.CharField(allow_null=True)


class ItemsAnswerSerializer(BulkAnswerSerializer):
    results = ItemRowSerializer(many=True)


class BulkItems:
    """Mixin of the items' resources."""

    @extend_schema(
        summary="Create or change up to 1,000 items",
        description=(
            "A row with an `id` changes that item; any other is told by `company` and your own "
            "`reference`, and is made new when the firm has none of that reference. A row that "
            "changes an item needs only the fields it changes; what it does not name stays. It is "
            "judged as the item would stand afterwards, by the rules for a single new one. "
            "Staff write the items of firms that nobody has claimed."
        ),
        request=BulkSerializer,
        responses=ItemsAnswerSerializer,
        examples=[
            OpenApiExample(
                "One item",
                request_only=True,
                value={
                    "rows": [
                        {
                            "company": "0a4f1a52-9f1c-4f3a-8d51-64a0c9c6a0fd",
                            "reference": "PR-193",
                            "language": "ko",
                            "title_ko": "포토레지스트",
                            "text_ko": "ArF 액침 노광용 감광액입니다.",
                            "cooperation": ["supply"],
                            "hs6": ["370790"],
                        }
                    ]
                },
            ),
            OpenApiExample(
                "Made new",
                response_only=True,
                value={
                    "created": 1,
                    "updated": 0,
                    "unchanged": 0,
                    "invalid": 0,
                    "refused": 0,
                    "results": [
                        {
                            "index": 0,
                            "status": "created",
                            "id": "5d9c0d7e-0c0e-4a1b-9a63-2c1a5d4be7aa",
                            "reference": "PR-193",
                            "errors": [],
                        }
                    ],
                },
            ),
        ],
    )
    @action(detail=False, methods=["post"], scopes=(Scope.FIRM, Scope.DATA))
    def bulk(self, request: Request) -> Response:
        """Create or change many items."""
        rows, is_atomic = rows_of(request)
        with transaction.atomic():
            work = _Work(self, request, rows, now=timezone.now())
            told = work.write(rows, is_all_or_none=is_atomic)
            is_refused = is_atomic and any(row["errors"] for row in told)
            if is_refused:
                transaction.set_rollback(True)
        if is_refused:
            told = [row if row["errors"] else _held(row) for row in told]
        return answer(told, is_atomic)


def _held(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"status": BulkStatus.HELD.value, "id": None}


class Faulty(Exception):
    """Ends a row: what is wrong, as DRF details by field, and its status."""

    def __init__(self, status: str, code: str, detail: Any, field: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.errors = {field or "non_field_errors": [ErrorDetail(str(detail), code)]}


class _Work:
    """The rows of one request against what is here: each is judged for itself, and the good ones
    are written together. Where one of these cannot stand beside what is there, each is written in
    a savepoint of its own instead, so that it spoils no other."""

    def __init__(self, view: Any, request: Request, rows: Sequence[Any], *, now: datetime) -> None:
        self.model, self.user, self.now = view.model, request.user, now
        self.seen: set[Any] = set()
        self.changes: dict[int, ItemChange] = {}
        told = [row for row in rows if isinstance(row, dict)]
        new = view.serializer_class(context={"codes": {}})
        known = view.serializer_class(partial=True, context={"codes": {}})
        self.forms = {True: new, False: known}
        for form in self.forms.values():
            del form.fields["company"]
        self.known_names = {*new.fields, "company", "reference"}
        self.related = [
            name
            for name, field in new.fields.items()
            if isinstance(field, serializers.ManyRelatedField)
        ]
        self._look_up_codes(told)
        self._look_up_items(told, may_import=self._may_import(request))

    def _may_import(self, request: Request) -> bool:
        """A token of staff brings items in by its scope for data alone."""
        return is_for(request, Scope.DATA) and bool(can_import(request.user))

    def _look_up_codes(self, rows: Sequence[dict[str, Any]]) -> None:
        wanted: dict[Any, set[str]] = {}
        querysets: dict[Any, Any] = {}
        for name, field in self.forms[True].fields.items():
            child = getattr(field, "child_relation", field)
            if not isinstance(child, Coded):
                continue
            model = child.get_queryset().model
            querysets[model] = child.get_queryset()
            for row in rows:
                value = row.get(name)
                named = value if isinstance(value, list) else [value]
                wanted.setdefault(model, set()).update(c for c in named if isinstance(c, str))
        codes = {
            model: {row.code: row for row in querysets[model].filter(code__in=_storable(names))}
            for model, names in wanted.items()
        }
        for form in self.forms.values():
            form.context["codes"] = codes

    def _look_up_items(self, rows: Sequence[dict[str, Any]], *, may_import: bool) -> None:
        ids = {pk for row in rows if (pk := _uuid(row.get("id")))}
        companies = {pk for row in rows if (pk := _uuid(row.get("company")))}
        given = (row.get("reference") for row in rows)
        references = _storable({each.strip() for each in given if isinstance(each, str)} - {""})
        own = Membership.objects.filter(user=self.user).select_related("company")
        self.memberships = {each.company_id: each for each in own}
        found = self.model.objects.filter(
            Q(pk__in=ids) | Q(company__in=companies, source_id__in=references)
        )
        if not may_import:
            found = found.filter(company__in=list(self.memberships))
        there = list(
            found.select_related("company")
            .select_for_update(of=("self",), no_key=True)
            .prefetch_related(*self.related)
            .order_by("pk")
        )
        self.by_id = {item.pk: item for item in there}
        self.by_reference = {(item.company_id, item.source_id): item for item in there}
        self.companies = {pk: each.company for pk, each in self.memberships.items()}
        if may_import:
            self.companies |= Company.objects.in_bulk(companies)

    def write(self, rows: Sequence[Any], *, is_all_or_none: bool) -> list[dict[str, Any]]:
        """What became of each row."""
        told = [self._judge(index, row) for index, row in enumerate(rows)]
        if is_all_or_none and any(row["errors"] for row in told):
            return told
        try:
            self._save(self.changes.values())
        except IntegrityError:
            for index, change in self.changes.items():
                try:
                    self._save([change])
                except IntegrityError:
                    error = _error(index, "state-changed", _("Somebody else was first."))
                    told[index] |= {
                        "status": BulkStatus.REFUSED.value, "id": None, "errors": [error]
                    }  # fmt: skip
        return told

    def _save(self, changes: Iterable[ItemChange]) -> None:
        save_items(model=self.model, changes=list(changes), actor=self.user, now=self.now)

    def _judge(self, index: int, row: Any) -> dict[str, Any]:
        """What becomes of the row when it can be written; a good one is noted to be."""
        status, item, errors = BulkStatus.INVALID.value, None, []
        try:
            status, item = self._upsert(index, row)
        except ValidationError as error:
            errors = list(field_errors(error.detail, pointer(index)))
        except Faulty as error:
            status = error.status
            errors = list(field_errors(error.errors, pointer(index)))
        except RuleViolated as error:
            status = BulkStatus.REFUSED.value
            errors = [_error(index, "rule-violated", error)]
        reference = row.get("reference") if isinstance(row, dict) else None
        return {
            "index": index,
            "status": status,
            "id": str(item.pk) if item else None,
            "reference": reference if isinstance(reference, str) else None,
            "errors": errors,
        }

    def _upsert(self, index: int, row: Any) -> tuple[str, Any]:
        if not isinstance(row, dict):
            raise Faulty(
                BulkStatus.INVALID, "not_a_row", _("A row must be an object with named fields.")
            )
        if unknown := [name for name in row if name not in self.known_names]:
            raise ValidationError(
                {
                    name: [ErrorDetail(str(_("There is no field of this name.")), "unknown_field")]
                    for name in unknown
                }
            )
        item, company, reference = self._meant(row)
        form = self.forms[item is None]
        form.instance, form.context["company"] = item, company
        data = dict(form.run_validation(row))
        if reference:
            data["source_id"] = reference
        is_new = item is None
        item = item or self.model(company=company)
        change = changed_by(item, data, is_new=is_new)
        if change is None:
            return BulkStatus.UNCHANGED.value, item
        ready_item(item=item, related=change.related, is_material=change.is_material, now=self.now)
        self.changes[index] = change
        return (BulkStatus.CREATED if is_new else BulkStatus.UPDATED).value, item

    def _meant(self, row: dict[str, Any]) -> tuple[Any, Company, str]:
        """The item that is there, or None; its firm; and the firm's own reference."""
        reference = _reference(row.get("reference"))
        company_id = _uuid(row.get("company"))
        item = None
        if row.get("id") is not None:
            item = self.by_id.get(_uuid(row["id"]))
            if item is None:
                raise Faulty(
                    BulkStatus.INVALID, "does_not_exist", _("There is nothing here."), "id"
                )
            if row.get("company") is not None and item.company_id != company_id:
                raise Faulty(
                    BulkStatus.INVALID, "invalid", _("An item stays with its firm."), "company"
                )
        elif not reference:
            detail = _("Give the item's id, or your own reference.")
            raise Faulty(BulkStatus.INVALID, "required", detail, "reference")
        else:
            item = self.by_reference.get((company_id, reference))
        company = item.company if item else self.companies.get(company_id)  # type: ignore[arg-type]
        if company is None:
            detail = _("This is none of your firms.")
            raise Faulty(BulkStatus.INVALID, "does_not_exist", detail, "company")
        self._once(item, company, reference)
        decision: Decision = can_bring_items(self.user, company, self.memberships.get(company.pk))
        if isinstance(decision, Denied):
            raise Faulty(BulkStatus.REFUSED, "forbidden", decision.reason)
        return item, company, reference

    def _once(self, item: Any, company: Company, reference: str) -> None:
        keys = {item.pk} if item else set()
        if reference:
            keys.add((company.pk, reference))
        if keys & self.seen:
            detail = _("This article stands in an earlier row already.")
            raise Faulty(BulkStatus.INVALID, "repeated", detail)
        self.seen |= keys


def changed_by(item: Any, data: Mapping[str, Any], *, is_new: bool) -> ItemChange | None:
    """The item as `data` have it, not written yet; None when nothing differs."""
    several = {field.name for field in item._meta.many_to_many} & data.keys()
    changed = {name for name in data.keys() - several if getattr(item, name) != data[name]}
    related = {
        name: data[name]
        for name in several
        if is_new or set(data[name]) != set(getattr(item, name).all())
    }
    if not (is_new or changed or related):
        return None
    for name in changed:
        setattr(item, name, data[name])
    moves = is_new or is_material([*changed, *related])
    return ItemChange(item, related, is_new=is_new, is_material=moves)


def store(item: Any, data: Mapping[str, Any], *, is_new: bool, actor: User, now: datetime) -> None:
    """Save the item with what differs from `data`; where nothing does, nothing is written."""
    if change := changed_by(item, data, is_new=is_new):
        save_item(
            item=item,
            related=change.related,
            is_material=change.is_material,
            actor=actor,
            now=now,
        )


def _reference(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_REFERENCE or not value.isprintable():
        detail = _("A reference is a text of at most %(number)s characters.") % {
            "number": LONGEST_REFERENCE
        }
        raise Faulty(BulkStatus.INVALID, "invalid", detail, "reference")
    return value.strip()


def _storable(texts: set[str]) -> list[str]:
    return sorted(text for text in texts if text.isprintable())


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _error(index: int, code: str, detail: Any) -> dict[str, str]:
    return {"pointer": pointer(index), "code": code, "detail": str(detail)}
