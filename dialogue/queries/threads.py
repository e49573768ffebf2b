"""The list of conversations and what stands in one, as one reader sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from common.localisation import active_language, pick
from dialogue.choices import WITHDRAWAL
from dialogue.models import Attachment, Post, Thread
from dialogue.models.thread import ThreadQuerySet
from dialogue.permissions import side_in
from dialogue.queries.people import named_people, signature
from matching.choices import Side
from matching.glossing import Segment, gloss
from taxonomy.models import Concept


@dataclass(frozen=True, slots=True)
class Name:
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """`firms`: the other firm; for staff seller and buyer. `latest`: empty while nobody wrote."""

    thread: Thread
    firms: tuple[tuple[str, Name], ...]
    title: Name
    latest: Name
    is_unread: bool


@dataclass(frozen=True, slots=True)
class PostView:
    """One message for one reader; `segments` carry the glosses."""

    post: Post
    writer: str
    is_own_side: bool
    is_staff: bool
    may_withdraw: bool
    segments: list[Segment]
    files: list[Attachment]


def thread_list(user: Any, *, words: str = "") -> ThreadQuerySet:
    """Newest talk first, each with `is_unread`, `latest_text` and `latest_language`."""
    latest = Post.objects.standing().filter(thread=OuterRef("pk")).order_by("-created_at", "-pk")
    threads = (
        Thread.objects.visible_to(user)
        .with_sides()
        .with_unread(user)
        .annotate(
            latest_text=Subquery(latest.values("text")[:1]),
            latest_language=Subquery(latest.values("language")[:1]),
        )
    )
    return threads.naming(words) if words else threads


def thread_rows(user: Any, threads: Sequence[Thread]) -> list[ThreadRow]:
    own = set(user.memberships.values_list("company", flat=True))
    return [_row(user, thread, own) for thread in threads]


def unread_threads(user: Any, limit: int) -> int:
    """In how many conversations something waits to be read; counting stops at `limit`."""
    return Thread.objects.visible_to(user).unread_by(user).order_by()[:limit].count()


def post_views(
    user: Any, thread: Thread, posts: Sequence[Post], *, now: datetime
) -> list[PostView]:
    """`posts` (with author, attachments and concepts fetched) as `user` sees them."""
    side = side_in(user, thread)
    named = named_people(thread)
    of_items = list(
        Concept.objects.filter(
            Q(needs=thread.match.need_id) | Q(offerings=thread.match.offering_id)
        ).distinct()
    )
    return [_view(user, thread, post, side, named, of_items, now) for post in posts]


def posts_of(thread: Thread) -> Any:
    """Newest first, with all that `post_views` reads."""
    return (
        Post.objects.filter(thread=thread)
        .select_related("author")
        .prefetch_related("attachments__document", "concepts")
        .order_by("-created_at", "-pk")
    )


def _view(
    user: Any,
    thread: Thread,
    post: Post,
    side: Side | None,
    named: set[int],
    of_items: list[Concept],
    now: datetime,
) -> PostView:
    post.thread = thread
    is_standing = post.withdrawn_at is None
    return PostView(
        post=post,
        writer=signature(post, side, named),
        is_own_side=post.side == (side or ""),
        is_staff=not post.side,
        may_withdraw=is_standing
        and post.author_id == user.pk
        and post.created_at > now - WITHDRAWAL,
        segments=gloss(
            post.text,
            language=post.language,
            reader=active_language(),
            concepts=[*post.concepts.all(), *of_items],
        ),
        files=list(post.attachments.all()) if is_standing else [],
    )


def _row(user: Any, thread: Any, own: set[Any]) -> ThreadRow:
    match = thread.match
    side = None
    if not user.is_association_staff:
        side = Side.BUYER if match.need.company_id in own else Side.SELLER
    shown = [side.other] if side else [Side.SELLER, Side.BUYER]
    return ThreadRow(
        thread=thread,
        firms=tuple(
            (match.company_of(each).country, Name(*pick(match.company_of(each), "name")))
            for each in shown
        ),
        title=Name(*pick(match.item_of(side or Side.BUYER), "title")),
        latest=Name(
            " ".join((thread.latest_text or "").split())[:120],
            thread.latest_language or active_language(),
        ),
        is_unread=thread.is_unread,
    )
