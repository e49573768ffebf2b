"""What the API refuses, by code; `api.problems` turns each into an answer."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions

#: code → (HTTP status, title). The `type` of a problem is its place in the documentation.
KINDS: Final[dict[str, tuple[int, Any]]] = {
    "malformed": (400, _("The request cannot be read.")),
    "unauthenticated": (401, _("Nobody is logged in.")),
    "forbidden": (403, _("This is not allowed.")),
    "wrong-scope": (403, _("This token was not issued for that use.")),
    "not-found": (404, _("There is nothing here.")),
    "method-not-allowed": (405, _("This cannot be done here.")),
    "not-acceptable": (406, _("There is no answer in that form.")),
    "state-changed": (409, _("Somebody else was first.")),
    "precondition-failed": (412, _("This has changed since you read it.")),
    "too-large": (413, _("This is too much at once.")),
    "unsupported-media-type": (415, _("The body has a form that is not read here.")),
    "invalid": (422, _("Some fields need another value.")),
    "rule-violated": (422, _("A rule forbids this now.")),
    "key-reused": (422, _("This Idempotency-Key belongs to another request.")),
    "precondition-required": (428, _("Say in If-Match which version you change.")),
    "too-many-requests": (429, _("Too many requests.")),
    "failed": (500, _("Something went wrong on our side.")),
}


class Problem(exceptions.APIException):
    """Raised by API code itself; `code` is one of KINDS."""

    def __init__(self, code: str, detail: Any = "", **more: Any) -> None:
        self.status_code = KINDS[code][0]
        self.code, self.more = code, more
        super().__init__(detail or KINDS[code][1], code)


def refuse_fields(faults: Mapping[str, str], words: Mapping[str, Any]) -> None:
    """Tell what a rule has found, {field: code}, in the words for its codes, if there is any."""
    if faults:
        raise exceptions.ValidationError(
            {
                name: [exceptions.ErrorDetail(str(words[code]), code)]
                for name, code in faults.items()
            }
        )
