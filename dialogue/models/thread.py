"""The conversation of two introduced firms and the association."""

import uuid
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from common.localisation import LANGUAGES, Language
from companies.models import Company, Membership
from dialogue.choices import POST_LENGTH
from documents.models import Document
from matching.choices import Side
from matching.models import Match
from taxonomy.models import Concept

NEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)


class ThreadQuerySet(models.QuerySet["Thread"]):
    def visible_to(self, user: Any) -> "ThreadQuerySet":
        """Staff see all; people of the two firms see theirs; nobody else sees any."""
        if getattr(user, "is_association_staff", False):
            return self
        if not user.is_authenticated:
            return self.none()
        own = Membership.objects.filter(user=user).values("company")
        return self.filter(
            models.Q(match__need__company__in=own) | models.Q(match__offering__company__in=own)
        )

    def unread_by(self, user: Any) -> "ThreadQuerySet":
        """With a message of somebody else that came after `user` last looked."""
        return self.annotate(read_at=_read_at(user)).filter(models.Exists(_unread_posts(user)))

    def with_unread(self, user: Any) -> "ThreadQuerySet":
        """Annotated with `is_unread`."""
        return self.annotate(read_at=_read_at(user)).annotate(
            is_unread=models.Exists(_unread_posts(user))
        )

    def with_sides(self) -> "ThreadQuerySet":
        """Both items and both firms in the same query."""
        return self.select_related("match__need__company", "match__offering__company")

    def naming(self, words: str) -> "ThreadQuerySet":
        """Whose firms or titles contain `words`, in any language."""
        found = models.Q()
        for side in ("need", "offering"):
            for name in ("company__name", "title"):
                for language in LANGUAGES:
                    found |= models.Q(**{f"match__{side}__{name}_{language}__icontains": words})
        return self.filter(found)


class Thread(models.Model):
    """One for each introduction, opened with it; its key is the match's.

    `last_post_at` orders the list: the latest message, or the introduction while there is none.
    """

    match = models.OneToOneField(
        Match, primary_key=True, on_delete=models.CASCADE, related_name="thread"
    )
    created_at = models.DateTimeField(_("opened"))
    last_post_at = models.DateTimeField(_("last message"))

    objects = ThreadQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-last_post_at", "pk"]
        indexes: ClassVar = [models.Index(fields=["-last_post_at"], name="thread_latest_idx")]

    def __str__(self) -> str:
        return str(self.pk)

    def company_of(self, side: str) -> Company:
        return self.match.company_of(side)


class PostQuerySet(models.QuerySet["Post"]):
    def standing(self) -> "PostQuerySet":
        """Not taken back."""
        return self.filter(withdrawn_at=None)

    def by_others(self, user: Any) -> "PostQuerySet":
        """Not written by `user`; a writer whose account is gone is somebody else."""
        return self.filter(models.Q(author=None) | ~models.Q(author=user))


class Post(models.Model):
    """A message. `side` is the firm it was written for, empty for the association.

    `nonce` is the form's: the same form sent twice is one message. `concepts` are the terms that
    the text names, glossed for readers of another language. A message that was taken back keeps
    its row and loses its text and files.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="posts")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    side = models.CharField(_("side"), max_length=6, choices=Side.choices, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    text = models.TextField(_("message"), max_length=POST_LENGTH, blank=True)
    concepts = models.ManyToManyField(Concept, blank=True, related_name="+")
    nonce = models.UUIDField(default=uuid.uuid4)
    created_at = models.DateTimeField(_("written"))
    withdrawn_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["created_at", "pk"]
        indexes: ClassVar = [models.Index(fields=["thread", "created_at"], name="post_order_idx")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["thread", "author", "nonce"], name="one_post_of_one_form"
            )
        ]

    def __str__(self) -> str:
        return f"{self.thread_id} {self.created_at:%Y-%m-%d %H:%M}"


class Attachment(models.Model):
    """A file that came with a message; read by the two firms' people and staff alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="attachments")
    document = models.OneToOneField(Document, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "pk"]

    def __str__(self) -> str:
        return str(self.pk)


class Reader(models.Model):
    """What one person has seen of a conversation, and when they are to be told of more.

    `notify_at` is the timer that the sweep goes by; `notified_at` the last mail.
    """

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="readers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(null=True, blank=True)
    notify_at = models.DateTimeField(null=True, blank=True)
    notified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["thread", "user"], name="one_reader_of_a_thread")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["notify_at"],
                condition=models.Q(notify_at__isnull=False),
                name="reader_notify_idx",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.thread_id}"


def unread_posts(thread: Thread, user: Any, read_at: datetime | None) -> PostQuerySet:
    """What others wrote after `read_at`."""
    posts = Post.objects.standing().by_others(user).filter(thread=thread)
    return posts.filter(created_at__gt=read_at) if read_at else posts


def _read_at(user: Any) -> Coalesce:
    read = Reader.objects.filter(thread=models.OuterRef("pk"), user=user).values("read_at")[:1]
    return Coalesce(models.Subquery(read), models.Value(NEVER))


def _unread_posts(user: Any) -> PostQuerySet:
    of_thread = Post.objects.standing().by_others(user).filter(thread=models.OuterRef("pk"))
    return of_thread.filter(created_at__gt=models.OuterRef("read_at"))
