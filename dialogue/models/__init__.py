"""Conversations, calls and calendars."""

from dialogue.models.call import Call, Proposal, Slot
from dialogue.models.feed import CalendarFeed
from dialogue.models.thread import Attachment, Post, Reader, Thread, unread_posts

__all__ = [
    "Attachment",
    "CalendarFeed",
    "Call",
    "Post",
    "Proposal",
    "Reader",
    "Slot",
    "Thread",
    "unread_posts",
]
