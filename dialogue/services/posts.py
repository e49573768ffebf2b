"""Writing in a conversation, taking a message back, and having read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged
from companies.tagging import tag
from dialogue.choices import POST_FILES, POST_LENGTH, WITHDRAWAL
from dialogue.models import Attachment, Post, Reader, Thread
from dialogue.permissions import closed_because
from dialogue.services.notices import set_timers
from dialogue.tongues import language_of
from documents.choices import WORKING_PAPERS
from documents.models import Document
from documents.services import store_document
from matching.choices import Side
from matching.models import Match


@dataclass(frozen=True, slots=True)
class NewFile:
    name: str
    content: bytes


def open_thread(*, match: Match, now: datetime) -> Thread:
    """The conversation of an introduction; opened once."""
    thread, _is_new = Thread.objects.get_or_create(
        match=match, defaults={"created_at": now, "last_post_at": now}
    )
    return thread


def write_post(
    *,
    thread: Thread,
    author: User,
    side: Side | None,
    text: str,
    nonce: UUID,
    language: str = "",
    files: Sequence[NewFile] = (),
    now: datetime,
) -> Post:
    """Write a message for `side` (None: for the association), with files.

    The same `nonce` of one author is one message, however often and however fast it is sent: the
    first one stands. `language` is detected when it is empty. The others are told by mail later,
    unless they have read it by then. Raises RuleViolated for an empty or too long message and in
    a conversation that is closed; UnsuitableFile, and nothing is written, for a file of another
    type or size.
    """
    text = text.strip()
    if reason := closed_because(thread):
        raise RuleViolated(reason)
    if not text and not files:
        raise RuleViolated(_("Write a message or choose a file."))
    if len(text) > POST_LENGTH:
        raise RuleViolated(_("A message has at most %(most)s characters.") % {"most": POST_LENGTH})
    if len(files) > POST_FILES:
        raise RuleViolated(_("At most %(most)s files in one message.") % {"most": POST_FILES})
    post = Post(
        thread=thread,
        author=author,
        side=side or "",
        language=language or language_of(text, author=author.language),
        text=text,
        nonce=nonce,
        created_at=now,
    )
    with transaction.atomic():
        Post.objects.bulk_create([post], ignore_conflicts=True)
        written = Post.objects.get(thread=thread, author=author, nonce=nonce)
        if written.pk != post.pk:
            return written
        if text:
            written.concepts.set(tag([text])[0])
        for position, file in enumerate(files):
            document = store_document(
                name=file.name, content=file.content, kinds=WORKING_PAPERS, actor=author, now=now
            )
            Attachment.objects.create(post=written, document=document, position=position)
        Thread.objects.filter(pk=thread.pk).update(last_post_at=now)
        mark_read(thread=thread, user=author, now=now)
        set_timers(written, now=now)
        audit.record("thread.posted", thread.match, actor=author, now=now, post=str(written.pk))
    return written


def withdraw_post(*, post: Post, by: User, now: datetime) -> Post:
    """Take back one's own message within five minutes: its text and files are deleted.

    Raises StateChanged when it is another's, too old, or taken back already.
    """
    with transaction.atomic():
        files = list(post.attachments.values_list("document", flat=True))
        changed = Post.objects.filter(
            pk=post.pk, author=by, withdrawn_at=None, created_at__gt=now - WITHDRAWAL
        ).update(withdrawn_at=now, text="")
        if not changed:
            raise StateChanged(_("A message can be taken back by its writer for five minutes."))
        post.concepts.clear()
        Document.objects.filter(pk__in=files).delete()
        audit.record(
            "thread.post_withdrawn", post.thread.match, actor=by, now=now, post=str(post.pk)
        )
    post.refresh_from_db()
    return post


def mark_read(*, thread: Thread, user: User, now: datetime) -> None:
    """`user` has seen the conversation up to `now`."""
    reader, is_new = Reader.objects.get_or_create(
        thread=thread, user=user, defaults={"read_at": now}
    )
    if not is_new and (reader.read_at is None or reader.read_at < now):
        Reader.objects.filter(pk=reader.pk).update(read_at=now)
