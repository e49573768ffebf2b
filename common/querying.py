"""Small helpers for querysets."""

from collections.abc import Collection
from typing import Any, TypeVar

from django.db import models

Q = TypeVar("Q", bound=models.QuerySet[Any])


def within(rows: Q, column: str, values: Collection[Any] | None) -> Q:
    """The rows whose `column` is one of `values`; None: all rows."""
    return rows if values is None else rows.filter(**{f"{column}__in": values})
