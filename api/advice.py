"""What each kind of problem means and what to do about it, for the pages that `type` leads to."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

#: code → (what it means, what to do).
ADVICE: Final[dict[str, tuple[Any, Any]]] = {
    "malformed": (
        _("The body is no JSON, or a header or a part of the address is not formed as it must be."),
        _("Mend the request; sent again unchanged it is refused again."),
    ),
    "unauthenticated": (
        _(
            "The request carries neither a token nor a session, or its token is unknown, expired "
            "or revoked."
        ),
        _("Send `Authorization: Bearer` with a token that stands, or log in with the browser."),
    ),
    "forbidden": (
        _("The person behind the request may see this but may not do that."),
        _("The detail says what is missing. Ask somebody who has that right, or have it given."),
    ),
    "wrong-scope": (
        _("The token was issued for other uses than this one."),
        _("Make a token with one of the scopes that the description names for this operation."),
    ),
    "not-found": (
        _(
            "There is no such address, no such row, or none that this person may see. The answer "
            "is the same in all three cases."
        ),
        _("Check the address and the identifier, and as whom you ask."),
    ),
    "method-not-allowed": (
        _("The address exists, but not for this method."),
        _("Use one of the methods in the header `Allow`."),
    ),
    "not-acceptable": (
        _("The header `Accept` names no form that this address can answer in."),
        _("Ask for `application/json`, or leave the header out."),
    ),
    "state-changed": (
        _(
            "Somebody else, or a request of your own, has moved this on already; the fields of "
            "the problem say who and when, as far as that is known."
        ),
        _("Read the row anew and decide by its present state."),
    ),
    "precondition-failed": (
        _(
            "The version in `If-Match` is no longer the present one: your change would undo "
            "another."
        ),
        _("Read the row anew, apply your change to it, and send the new `ETag` in `If-Match`."),
    ),
    "too-large": (
        _("The body, or the number of rows in it, is above what is taken at once."),
        _("Send it in several requests."),
    ),
    "unsupported-media-type": (
        _("The body is not in a form that this address reads."),
        _("Send JSON with the header `Content-Type: application/json`."),
    ),
    "invalid": (
        _("The body or the query could be read, but some values in it cannot be taken."),
        _("`errors` names each of them with its place and the reason. Nothing was changed."),
    ),
    "rule-violated": (
        _("Every value is good, but a rule of matching forbids the step at this moment."),
        _("The detail names the rule. Nothing was changed."),
    ),
    "key-reused": (
        _("The same `Idempotency-Key` came before with another address or another body."),
        _("Use a new key for each new request, and the old one only to send the same again."),
    ),
    "precondition-required": (
        _("A change must say which version it changes, so that no work of others is lost."),
        _("Read the row, and send its `ETag` in `If-Match`."),
    ),
    "too-many-requests": (
        _("This token or person has asked more often in this minute than is allowed."),
        _("Wait for the seconds in `Retry-After`; `RateLimit-Remaining` tells in time."),
    ),
    "failed": (
        _("An error of ours; it has been recorded. What the request began was taken back."),
        _(
            "Send it again later with the same `Idempotency-Key`. If it stays, write to us with "
            "the time and the address."
        ),
    ),
}
