"""`?name=value`: a filter without a value is a slip, not a wish for everything."""

from typing import Any, Final

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request

from api.errors import Problem

BOOLEANS: Final = frozenset({"true", "false", "True", "False", "1", "0"})


def unknown_parameters(names: list[str]) -> Problem:
    """What is not known here, or not for this caller."""
    return Problem(
        "invalid",
        _("Unknown parameters: %(names)s.") % {"names": ", ".join(names)},
        errors=[
            {
                "parameter": name,
                "code": "unknown",
                "detail": _("Unknown parameters: %(names)s.") % {"names": name},
            }
            for name in names
        ],
    )


class IntegerFilter(django_filters.NumberFilter):
    """Whole numbers alone."""

    field_class = forms.IntegerField


class Filters(DjangoFilterBackend):
    """Texts may be empty; numbers, times and ids may not. What is true or false says so."""

    def get_filterset_kwargs(self, request: Request, queryset: Any, view: Any) -> dict[str, Any]:
        known = self.get_filterset_class(view, queryset).base_filters
        empty = [
            name
            for name, value in request.query_params.items()
            if value == "" and name in known and type(known[name]) is not django_filters.CharFilter
        ]
        if empty:
            raise Problem(
                "invalid",
                _("These parameters have no value: %(names)s.") % {"names": ", ".join(empty)},
                errors=[{"parameter": name, "code": "blank", "detail": ""} for name in empty],
            )
        for name in request.query_params:
            is_bool = isinstance(known.get(name), django_filters.BooleanFilter)
            if is_bool and not BOOLEANS.issuperset(request.query_params.getlist(name)):
                said = _("“%(name)s” is one of: %(choices)s.") % {
                    "name": name,
                    "choices": "true, false",
                }
                fault = {"parameter": name, "code": "invalid_choice", "detail": said}
                raise Problem("invalid", said, errors=[fault])
        kwargs: dict[str, Any] = super().get_filterset_kwargs(request, queryset, view)
        return kwargs
