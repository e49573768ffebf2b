"""Errors every app may raise; views turn them into pages, the API into problem answers."""

from collections.abc import Mapping

from django.utils.functional import Promise


class GagyoError(Exception):
    """Base of the errors that a user may see; `message` is a translatable sentence."""

    def __init__(self, message: str | Promise, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, object] = details

    def __str__(self) -> str:
        return str(self.message)


class RuleViolated(GagyoError):
    """The wish is well-formed but a rule of product.md forbids it now."""


def refuse(faults: Mapping[str, str], words: Mapping[str, Promise]) -> None:
    """Raise RuleViolated for the first of {field: code}, in its words, if there is one."""
    for code in faults.values():
        raise RuleViolated(words[code])


class StateChanged(GagyoError):
    """Somebody else moved the row first: the guarded UPDATE changed no row."""
