"""What people do with tokens, what they take along, and what is written down about it."""

from api.services.exports import begin_export, end_export, watched
from api.services.systems import change_system, make_system, rotate_token
from api.services.tokens import (
    end_tokens,
    find_token,
    issue_token,
    revoke_token,
    tell_of_ending_tokens,
)
from api.services.uses import forget_addresses, forget_old_uses, note_use, note_uses_export

__all__ = [
    "begin_export",
    "change_system",
    "end_export",
    "end_tokens",
    "find_token",
    "forget_addresses",
    "forget_old_uses",
    "issue_token",
    "make_system",
    "note_use",
    "note_uses_export",
    "revoke_token",
    "rotate_token",
    "tell_of_ending_tokens",
    "watched",
]
