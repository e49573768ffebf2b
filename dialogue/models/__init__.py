"""Conversations and calls."""

from dialogue.models.call import Call, Proposal, Slot
from dialogue.models.thread import Attachment, Post, Reader, Thread, unread_posts

__all__ = ["Attachment", "Call", "Post", "Proposal", "Reader", "Slot", "Thread", "unread_posts"]
