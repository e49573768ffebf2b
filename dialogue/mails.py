"""The mails of a conversation, one function each, in each recipient's language."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from accounts.models import User
from common.localisation import in_language, pick
from dialogue.links import thread_url
from dialogue.models import Post, Thread
from dialogue.queries.people import signature
from mailing.choices import Category
from mailing.services import write_message
from matching.choices import Side

EXCERPT: Final = 200
EXCERPTS: Final = 3


def write_new_posts(
    thread: Thread, user: User, side: Side | None, posts: Sequence[Post], *, now: datetime
) -> None:
    """Tell `user` of messages they have not read; the first ones with a short excerpt."""
    with in_language(user.language):
        context = {
            "recipient": user,
            "firms": firms_text(thread, side),
            "count": len(posts),
            "excerpts": [
                {
                    "writer": signature(post, side),
                    "at": post.created_at,
                    "text": excerpt(post.text),
                    "language": post.language,
                }
                for post in posts[:EXCERPTS]
            ],
            "thread_url": thread_url(thread),
        }
    write_message(
        kind="thread_posts",
        category=Category.MATCHES if side else Category.STAFF,
        template="dialogue/mail/posts",
        user=user,
        address=user.email,
        language=user.language,
        context=context,
        dedupe_key=f"thread:{thread.pk}:posts:{posts[-1].pk}:{user.pk}",
        context_key=f"thread:{thread.pk}",
        now=now,
    )


def firms_text(thread: Thread, side: Side | None) -> str:
    """The other firm; for staff both."""
    sides = [side.other] if side else [Side.SELLER, Side.BUYER]
    return " · ".join(pick(thread.company_of(each), "name")[0] for each in sides)


def excerpt(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= EXCERPT else f"{one_line[:EXCERPT]}…"
