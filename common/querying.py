"""Small helpers for querysets."""

from collections.abc import Collection
from typing import Any, TypeVar

from django.db import models

Rows = TypeVar("Rows", bound=models.QuerySet[Any])


def within(rows: Rows, column: str, values: Collection[Any] | None) -> Rows:
    """The rows whose `column` is one of `values`; None: all rows."""
    return rows if values is None else rows.filter(**{f"{column}__in": values})
