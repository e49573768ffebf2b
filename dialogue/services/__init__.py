"""Everything a person or a job can do in a conversation."""

from dialogue.services.calls import (
    accept_slot,
    cancel_call,
    end_calls,
    propose_call,
    remind_of_calls,
)
from dialogue.services.feeds import open_feed, shut_feed
from dialogue.services.notices import write_notices
from dialogue.services.posts import NewFile, mark_read, open_thread, withdraw_post, write_post

__all__ = [
    "NewFile",
    "accept_slot",
    "cancel_call",
    "end_calls",
    "mark_read",
    "open_feed",
    "open_thread",
    "propose_call",
    "remind_of_calls",
    "shut_feed",
    "withdraw_post",
    "write_notices",
    "write_post",
]
