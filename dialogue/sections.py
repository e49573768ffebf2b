"""What conversations hold of a person and of a firm, for the copies of their data."""

from collections.abc import Iterator
from uuid import UUID

from django.db import models

from accounts.erasing import register_texts
from accounts.exporting import (
    PERSON,
    File,
    Row,
    Subject,
    fields_of,
    register_files,
    register_section,
)
from companies.sections import FIRM
from dialogue.models import Attachment, Call, Post
from matching.choices import Side

CHUNK = 200


def _posts(subject: Subject) -> Iterator[Row]:
    own = Post.objects.filter(author=subject.user).order_by("created_at", "pk")
    for post in own.iterator(chunk_size=CHUNK):
        yield fields_of(post, "thread_id", "side", "language", "text", "created_at", "withdrawn_at")


def _conversations(subject: Subject) -> Iterator[Row]:
    """Every message of the firm's conversations, as its people read them."""
    firm = UUID(subject.object_id)
    posts = (
        Post.objects.standing()
        .filter(_of_firm(firm))
        .select_related("thread__match__need")
        .order_by("thread", "created_at", "pk")
    )
    for post in posts.iterator(chunk_size=CHUNK):
        is_buyer = post.thread.match.need.company_id == firm
        own = Side.BUYER if is_buyer else Side.SELLER
        writer = "association" if not post.side else "own" if post.side == own else "other"
        yield {
            "match": post.thread_id,
            "by": writer,
            **fields_of(post, "language", "text", "created_at"),
        }


def _calls(subject: Subject) -> Iterator[Row]:
    """Every call of the firm's conversations with its proposed times."""
    calls = (
        Call.objects.filter(_of_firm(UUID(subject.object_id)))
        .prefetch_related("proposals__slots")
        .order_by("created_at", "pk")
    )
    for call in calls.iterator(chunk_size=CHUNK):
        yield {
            "match": call.thread_id,
            **fields_of(call, "state", "starts_at", "minutes", "place", "url", "created_at"),
            "proposals": [
                {
                    **fields_of(proposal, "side", "state", "minutes", "place", "url", "created_at"),
                    "slots": [slot.starts_at for slot in proposal.slots.all()],
                }
                for proposal in call.proposals.all()
            ],
        }


def _files(subject: Subject) -> Iterator[File]:
    """The files of both sides: the firm's people may read them all."""
    firm = UUID(subject.object_id)
    attached = Attachment.objects.filter(
        models.Q(post__thread__match__need__company=firm)
        | models.Q(post__thread__match__offering__company=firm),
        post__withdrawn_at=None,
    ).order_by("post__created_at", "position", "pk")
    for pk in attached.values_list("pk", flat=True):
        document = Attachment.objects.select_related("document").get(pk=pk).document
        yield document.name, bytes(document.content)


def _of_firm(company_id: UUID) -> models.Q:
    return models.Q(thread__match__need__company=company_id) | models.Q(
        thread__match__offering__company=company_id
    )


register_section(PERSON, "messages", _posts)
register_section(FIRM, "conversations", _conversations)
register_section(FIRM, "calls", _calls)
register_files(FIRM, "conversations", _files)
register_texts(Post, "text")
