"""Telling by mail that messages have come: gathered, and not to those who have read them."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from companies.queries import recipients
from dialogue import mails
from dialogue.choices import NOTICE_DELAY, NOTICE_INTERVAL
from dialogue.models import Post, Reader, Thread, unread_posts
from matching.choices import Side


def set_timers(post: Post, *, now: datetime) -> None:
    """Have everybody whom the message is for told of it, if they do not read it before."""
    for user in _addressees(post):
        reader, _is_new = Reader.objects.get_or_create(thread=post.thread, user=user)
        due = now + NOTICE_DELAY
        if reader.notified_at is not None:
            due = max(due, reader.notified_at + NOTICE_INTERVAL)
        Reader.objects.filter(pk=reader.pk, notify_at=None).update(notify_at=due)


def write_notices(*, now: datetime) -> int:
    """One mail for each timer that has run down, if something is still unread; how many.

    A timer is taken by one guarded UPDATE: two sweeps at once write one mail.
    """
    due = Reader.objects.filter(notify_at__lte=now).order_by("notify_at", "pk")
    return sum(_notify(reader_id, now) for reader_id in list(due.values_list("pk", flat=True)))


def _notify(reader_id: int, now: datetime) -> bool:
    with transaction.atomic():
        if not Reader.objects.filter(pk=reader_id, notify_at__lte=now).update(notify_at=None):
            return False
        reader = Reader.objects.select_related("user").get(pk=reader_id)
        thread = Thread.objects.with_sides().get(pk=reader.thread_id)
        side = _side_by_mail(thread, reader.user)
        if side is None and not reader.user.is_association_staff:
            return False
        posts = list(unread_posts(thread, reader.user, reader.read_at))
        if not posts:
            return False
        Reader.objects.filter(pk=reader_id).update(notified_at=now)
        mails.write_new_posts(thread, reader.user, side, posts, now=now)
    return True


def _addressees(post: Post) -> list[User]:
    """The people of the other side (of both, when staff write), and staff who have joined in."""
    found: dict[int, User] = {}
    for side in Side:
        if side != post.side:
            found |= {user.pk: user for user in recipients(post.thread.company_of(side))}
    staff = User.objects.filter(
        pk__in=Post.objects.standing().filter(thread=post.thread, side="").values("author"),
        is_active=True,
    )
    found |= {user.pk: user for user in staff if user.is_association_staff}
    found.pop(post.author_id or 0, None)
    return list(found.values())


def _side_by_mail(thread: Thread, user: User) -> Side | None:
    """The side for which `user` still gets mail."""
    for side in Side:
        if user in recipients(thread.company_of(side)):
            return side
    return None
