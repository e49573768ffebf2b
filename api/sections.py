"""What the API knows of a person, for the copy of their data."""

from collections.abc import Iterator

from accounts.exporting import PERSON, Row, Subject, fields_of, register_section
from api.models import Token, TokenUse

CHUNK = 200


def _tokens(subject: Subject) -> Iterator[Row]:
    """Never a key, which we do not have, nor its digest."""
    for token in Token.objects.filter(user=subject.user).order_by("created_at", "pk"):
        yield fields_of(
            token,
            *("id", "name", "hint", "scopes", "created_at", "expires_at", "revoked_at"),
            *("last_used_at", "last_used_from"),
        )


def _uses(subject: Subject) -> Iterator[Row]:
    uses = TokenUse.objects.filter(user=subject.user).order_by("at", "pk")
    for use in uses.iterator(chunk_size=CHUNK):
        yield fields_of(use, "at", "token_id", "method", "route", "object_id", "status", "address")


register_section(PERSON, "tokens", _tokens)
register_section(PERSON, "token_uses", _uses)
