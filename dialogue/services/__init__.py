"""Everything a person or a job can do in a conversation."""

from dialogue.services.notices import write_notices
from dialogue.services.posts import NewFile, mark_read, open_thread, withdraw_post, write_post

__all__ = [
    "NewFile",
    "mark_read",
    "open_thread",
    "withdraw_post",
    "write_notices",
    "write_post",
]
