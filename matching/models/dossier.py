"""What staff write down and ask while they look at a match."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.localisation import Language
from companies.models import Company, Membership
from matching.choices import QuestionKind, QuestionState, Side
from matching.models.match import Match


class StaffNoteQuerySet(models.QuerySet["StaffNote"]):
    def about(self, match: Match) -> "StaffNoteQuerySet":
        """Those on the match and on its two firms, pinned ones first, then the newest."""
        return self.filter(
            models.Q(match=match) | models.Q(company__in=[match.buyer.pk, match.seller.pk])
        ).order_by("-is_pinned", "-at", "-pk")


class StaffNote(models.Model):
    """A remark among staff, on one match or on a firm and so in all its matches.

    No firm ever reads it.
    """

    match = models.ForeignKey(
        Match, null=True, blank=True, on_delete=models.CASCADE, related_name="notes"
    )
    company = models.ForeignKey(
        Company, null=True, blank=True, on_delete=models.CASCADE, related_name="staff_notes"
    )
    text = models.TextField(_("note"), max_length=2000)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(_("written"))
    edited_at = models.DateTimeField(_("changed"), null=True, blank=True)
    is_pinned = models.BooleanField(_("pinned"), default=False)

    objects = StaffNoteQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(match=None) ^ models.Q(company=None), name="note_on_one_thing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.match_id or self.company_id} {self.at:%Y-%m-%d}"

    def is_editable_by(self, user: Any, now: datetime) -> bool:
        """Its author may change it for a while: later it is history."""
        return self.author_id == user.pk and now <= self.at + settings.NOTE_EDIT_TIME


class StaffQuestionQuerySet(models.QuerySet["StaffQuestion"]):
    def open(self) -> "StaffQuestionQuerySet":
        return self.filter(state=QuestionState.OPEN)

    def of_member(self, user: Any) -> "StaffQuestionQuerySet":
        """Put to the firms of `user`; those taken back are as if they had never been."""
        own = Membership.objects.filter(user=user).values("company")
        return self.filter(company__in=own).exclude(state=QuestionState.WITHDRAWN)


class StaffQuestion(models.Model):
    """Staff ask one firm of a proposed match something before they decide.

    The firm learns nothing of the match: neither the other firm nor that there is one. `kind`
    stands for a sentence in every language; `words` are the asker's own, in `words_language`;
    `words_of_firm` the same in the firm's language. `round` is that of the match when asked.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    match = models.ForeignKey(Match, on_delete=models.CASCADE, related_name="staff_questions")
    round = models.PositiveSmallIntegerField(default=1)
    side = models.CharField(_("side"), max_length=6, choices=Side.choices)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="staff_questions")
    kind = models.CharField(_("question"), max_length=12, choices=QuestionKind.choices)
    words = models.TextField(_("in your own words"), max_length=1000, blank=True)
    words_language = models.CharField(max_length=2, choices=Language.choices)
    words_of_firm = models.TextField(_("in the firm's language"), max_length=1000, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=QuestionState.choices, default=QuestionState.OPEN
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked"))
    due_at = models.DateTimeField(_("answer until"))
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    answer_language = models.CharField(max_length=2, choices=Language.choices, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Answered, taken back, or the time was over.
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = StaffQuestionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-asked_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["match", "side"],
                condition=models.Q(state=QuestionState.OPEN),
                name="one_open_question_of_a_side",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state=QuestionState.OPEN),
                name="staff_question_due_idx",
            )
        ]

    def __str__(self) -> str:
        return f"{self.match_id} {self.side} {self.kind}"

    @property
    def is_open(self) -> bool:
        return self.state == QuestionState.OPEN

    @property
    def own_words(self) -> tuple[str, str]:
        """What was added to the coded question, as the firm reads it: (text, language)."""
        if self.words_of_firm:
            return self.words_of_firm, self.company.native_language
        return self.words, self.words_language
