"""Lists by cursor: a page costs the same however far it is, and nothing is shown twice.

A cursor holds the sorted values of the last row seen, its primary key included: a thousand rows
that were written at the same moment are still in one order.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import pagination
from rest_framework.filters import OrderingFilter
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from api.errors import Problem


@dataclass(frozen=True, slots=True)
class Place:
    """Behind the row with these values, or before it."""

    is_backwards: bool
    values: tuple[Any, ...]


class Cursor(pagination.CursorPagination):
    """`{"results": […], "next": …, "previous": …}`, and the same addresses in `Link` (RFC 8288).

    The order is that of the view, or the one the caller chose of its `ordering_fields`; these are
    columns of the model that are never null.
    """

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    cursor_query_param = "cursor"

    def paginate_queryset(
        self, queryset: QuerySet[Any], request: Any, view: Any = None
    ) -> list[Any]:
        self.base_url = request.build_absolute_uri()
        self.columns = self.get_ordering(request, queryset, view)
        self.model = queryset.model
        size = self.get_page_size(request)
        place = self._place(request)
        is_backwards = place is not None and place.is_backwards
        columns = tuple(map(_turned, self.columns)) if is_backwards else self.columns
        rows = queryset.order_by(*columns)
        if place is not None:
            rows = rows.filter(_behind(columns, place.values))
        found = list(rows[: size + 1])
        self.page = found[:size]
        has_more = len(found) > size
        if is_backwards:
            self.page.reverse()
        self.has_next = is_backwards or has_more
        self.has_previous = has_more if is_backwards else place is not None
        return self.page

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        """What `?ordering=` asks for, else the view's own; the primary key decides between equals
        and runs the same way, so that one index holds both."""
        own = tuple(view.ordering)
        asked = request.query_params.get(OrderingFilter.ordering_param, "")
        names = getattr(view, "ordering_fields", ())
        if asked and names:
            if asked.removeprefix("-") not in names:
                raise _refused("ordering", asked)
            own = (asked,)
        if any(column.lstrip("-") == "pk" for column in own):
            return own
        return (*own, "-pk" if own[0].startswith("-") else "pk")

    def get_page_size(self, request: Any) -> int:
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return self.page_size
        if (
            not asked.isascii()
            or not asked.isdecimal()
            or not 0 < int(asked[:9]) <= self.max_page_size
        ):
            raise _refused("limit", asked)
        return int(asked)

    def get_next_link(self) -> str | None:
        return (
            self._link(self.page[-1], is_backwards=False) if self.has_next and self.page else None
        )

    def get_previous_link(self) -> str | None:
        is_there = self.has_previous and self.page
        return self._link(self.page[0], is_backwards=True) if is_there else None

    def get_paginated_response(self, data: Any) -> Response:
        links = {"next": self.get_next_link(), "prev": self.get_previous_link()}
        told = ", ".join(f'<{url}>; rel="{name}"' for name, url in links.items() if url)
        return Response(
            {"results": data, "next": links["next"], "previous": links["prev"]},
            headers={"Link": told} if told else None,
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {
                "results": schema,
                "next": link | {"description": "the following page"},
                "previous": link | {"description": "the page before"},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": self.max_page_size}
        return [
            {
                "name": self.cursor_query_param,
                "in": "query",
                "required": False,
                "description": "Where the page begins: taken from `next` or `previous`.",
                "schema": {"type": "string"},
            },
            {
                "name": self.page_size_query_param,
                "in": "query",
                "required": False,
                "description": "How many rows a page has.",
                "schema": size | {"default": self.page_size},
            },
        ]

    def _place(self, request: Any) -> Place | None:
        raw = request.query_params.get(self.cursor_query_param)
        if not raw:
            return None
        try:
            is_backwards, *texts = json.loads(urlsafe_b64decode(raw.encode()))
            if not isinstance(is_backwards, bool) or any("\x00" in text for text in texts):
                raise ValueError
            values = tuple(
                _field(self.model, column).to_python(text)
                for column, text in zip(self.columns, texts, strict=True)
            )
        except (ValueError, TypeError, ValidationError):
            raise _refused(self.cursor_query_param, raw) from None
        return Place(is_backwards, values)

    def _link(self, row: Model, *, is_backwards: bool) -> str:
        texts = [_field(self.model, column).value_to_string(row) for column in self.columns]
        place = urlsafe_b64encode(json.dumps([is_backwards, *texts]).encode()).decode()
        return str(replace_query_param(self.base_url, self.cursor_query_param, place))


def _turned(column: str) -> str:
    return column[1:] if column.startswith("-") else f"-{column}"


def _field(model: type[Model], column: str) -> "Field[Any, Any]":
    name = column.lstrip("-")
    found: Any = model._meta.pk if name == "pk" else model._meta.get_field(name)
    field: Field[Any, Any] = found
    return field


def _behind(columns: tuple[str, ...], values: tuple[Any, ...]) -> Q:
    """The rows after `values` in the order of `columns`; its first part is what an index uses."""
    found, equal = Q(), Q()
    for column, value in zip(columns, values, strict=True):
        name, after = column.lstrip("-"), "lt" if column.startswith("-") else "gt"
        found |= equal & Q(**{f"{name}__{after}": value})
        equal &= Q(**{name: value})
    first, after = columns[0].lstrip("-"), "lte" if columns[0].startswith("-") else "gte"
    return Q(**{f"{first}__{after}": values[0]}) & found


def _refused(parameter: str, value: str) -> Problem:
    return Problem(
        "invalid",
        _("The parameter “%(name)s” cannot be “%(value)s”.") % {"name": parameter, "value": value},
        errors=[{"parameter": parameter, "code": "invalid", "detail": value}],
    )
