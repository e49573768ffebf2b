"""Conversations and calls."""

from dialogue.models.thread import Attachment, Post, Reader, Thread, unread_posts

__all__ = ["Attachment", "Post", "Reader", "Thread", "unread_posts"]
