"""A match from proposal to both answers, and every step on its way."""

import uuid
from datetime import date, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.localisation import LANGUAGES
from companies.models import Company, Membership, Need, Offering
from matching.choices import (
    AnswerKind,
    Decision,
    DeclineReason,
    Direction,
    MatchState,
    RejectReason,
    Side,
    reason_label,
)
from matching.models.run import MatchRun


class MatchQuerySet(models.QuerySet["Match"]):
    def of_member(self, user: Any) -> "MatchQuerySet":
        """What the firms of `user` may know of: published, never a prospect."""
        own = Membership.objects.filter(user=user).values("company")
        # Two branches, each by its own index: an OR over both items would read every match.
        buying = Match.objects.filter(need__company__in=own).order_by().values("pk")
        selling = Match.objects.filter(offering__company__in=own).order_by().values("pk")
        return self.filter(
            pk__in=buying.union(selling, all=True), published_at__isnull=False, is_prospect=False
        )

    def visible_to(self, user: Any) -> "MatchQuerySet":
        """Staff see all. A firm's people see their firm's matches once they were mailed."""
        if getattr(user, "is_association_staff", False):
            return self
        return self.of_member(user) if user.is_authenticated else self.none()

    def proposals(self) -> "MatchQuerySet":
        """Proposed to staff and undecided, on hold or parked ones too; never a prospect."""
        return self.filter(state=MatchState.PROPOSED, is_prospect=False)

    def queue(self, today: date | None = None) -> "MatchQuerySet":
        """Waiting for a first reviewer; with `today` without those on hold."""
        waiting = self.proposals().filter(first_approved_at=None)
        return waiting.exclude(held_until__gt=today) if today else waiting

    def parked(self) -> "MatchQuerySet":
        """Approved once and waiting for a second reviewer."""
        return self.proposals().filter(first_approved_at__isnull=False)

    def held(self, today: date) -> "MatchQuerySet":
        """Put on hold by a reviewer until a day still to come."""
        return self.proposals().filter(held_until__gt=today)

    def meeting(self) -> "MatchQuerySet":
        """Approved or introduced: their firms have met or are about to."""
        return self.filter(state__in=[MatchState.APPROVED, MatchState.INTRODUCED])

    def closed(self, now: datetime) -> "MatchQuerySet":
        """Pairs that may not be proposed now: decided, on their way, or declined for good.

        A declined pair opens again when one of its items changed materially since, and a pair
        that was told "not now" when its time is over.
        """
        unchanged = models.Q(
            need__material_at__lte=models.F("ended_at"),
            offering__material_at__lte=models.F("ended_at"),
        )
        not_yet = models.Q(reopens_at=None) | models.Q(reopens_at__gt=now)
        return self.filter(
            models.Q(state__in=[MatchState.APPROVED, MatchState.REJECTED, MatchState.INTRODUCED])
            | (models.Q(state=MatchState.DECLINED) & unchanged & not_yet)
        )

    def due_for_publication(self, now: datetime) -> "MatchQuerySet":
        """Approved, and the grace time is over."""
        return self.filter(
            state=MatchState.APPROVED, published_at=None, publish_at__lte=now
        ).order_by("publish_at", "pk")

    def awaiting_answers(self) -> "MatchQuerySet":
        """Mailed to both sides and not yet settled."""
        return self.filter(state=MatchState.APPROVED, published_at__isnull=False)

    def waiting_for_room(self) -> "MatchQuerySet":
        """Both sides said yes, and the introduction waits until their numbers allow it."""
        yes = Answer.objects.filter(
            match=models.OuterRef("pk"),
            round=models.OuterRef("round"),
            kind=AnswerKind.INTERESTED,
        )
        return self.awaiting_answers().filter(
            models.Exists(yes.filter(side=Side.BUYER)), models.Exists(yes.filter(side=Side.SELLER))
        )

    def unanswered_by(self, user: Any) -> "MatchQuerySet":
        """Awaiting the answer of a firm of `user`."""
        own = Membership.objects.filter(user=user).values("company")
        answers = Answer.objects.filter(match=models.OuterRef("pk"), round=models.OuterRef("round"))
        return (
            self.of_member(user)
            .awaiting_answers()
            .filter(
                models.Q(need__company__in=own) & ~models.Exists(answers.filter(side=Side.BUYER))
                | models.Q(offering__company__in=own)
                & ~models.Exists(answers.filter(side=Side.SELLER))
            )
        )

    def of_company(self, company_id: Any) -> "MatchQuerySet":
        return self.filter(
            models.Q(need__company=company_id) | models.Q(offering__company=company_id)
        )

    def naming(self, words: str) -> "MatchQuerySet":
        """Whose firms or titles contain `words`, in any language."""
        found = models.Q()
        for side in ("need", "offering"):
            for name in ("company__name", "title"):
                for language in LANGUAGES:
                    found |= models.Q(**{f"{side}__{name}_{language}__icontains": words})
        return self.filter(found)

    def with_sides(self) -> "MatchQuerySet":
        """Both items and both firms in the same query."""
        return self.select_related(
            "need__company__region",
            "need__unit",
            "need__currency",
            "offering__company__region",
            "offering__unit",
            "offering__currency",
        )


class Match(models.Model):
    """One Need and one Offering of the other country.

    `criteria`: {criterion: value in [0, 1] or null when unknown}; `parts`: {criterion: share of
    the score}, adding up to `score`; `reasons`: {"fits"|"accepts"|"missing": [{code, args}]},
    worded by `matching.wording`. `value` = score x confidence; `priority` (`matching.priority`)
    orders the review queue. `first_approved_at`: a second reviewer is waited for.
    `published_at` is set when the grace time is over and the mails are let go.
    `round` counts how often the pair was proposed: answers, links and mails belong to one round.
    `ended_at` says when it was declined, expired or withdrawn; `reopens_at` when a pair that was
    told "not now" may be proposed again. `is_stale`: an item changed since it was scored.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # One match of a pair: that constraint's index finds the matches of a need.
    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="matches", db_index=False)
    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="matches")
    run = models.ForeignKey(
        MatchRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="matches"
    )
    direction = models.CharField(_("direction"), max_length=8, choices=Direction.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=MatchState.choices, default=MatchState.PROPOSED
    )
    is_prospect = models.BooleanField(_("with an unclaimed firm"), default=False)
    rank = models.PositiveSmallIntegerField(_("rank"), default=0)
    score = models.FloatField(_("score"))
    confidence = models.FloatField(_("confidence"))
    value = models.FloatField(_("value"))
    priority = models.FloatField(_("priority"), default=0)
    criteria = models.JSONField(default=dict)
    parts = models.JSONField(default=dict)
    reasons = models.JSONField(default=dict)
    round = models.PositiveSmallIntegerField(default=1)
    is_stale = models.BooleanField(_("an item has changed since"), default=False)
    held_until = models.DateField(_("held until"), null=True, blank=True)
    hold_note = models.CharField(_("note"), max_length=300, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("assigned to"),
    )
    first_approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    first_approved_at = models.DateTimeField(_("approved once"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    publish_at = models.DateTimeField(_("mails go out"), null=True, blank=True)
    published_at = models.DateTimeField(_("mails went out"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True)
    expires_at = models.DateTimeField(_("answer until"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    reopens_at = models.DateTimeField(_("may be proposed again from"), null=True, blank=True)
    created_at = models.DateTimeField(_("proposed"))
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = MatchQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-value", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["need", "offering"], name="one_match_of_a_pair"),
            models.CheckConstraint(
                condition=models.Q(score__gte=0, score__lte=1)
                & models.Q(confidence__gte=0, confidence__lte=1),
                name="match_scores_in_range",
            ),
            # Nobody mails an unclaimed firm: a prospect never leaves the staff's desk.
            models.CheckConstraint(
                condition=models.Q(is_prospect=False)
                | models.Q(state__in=[MatchState.PROPOSED, MatchState.WITHDRAWN]),
                name="prospect_stays_with_staff",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["-priority", "id"],
                condition=models.Q(state=MatchState.PROPOSED, is_prospect=False),
                name="match_priority_idx",
            ),
            models.Index(
                fields=["created_at"],
                condition=models.Q(state=MatchState.PROPOSED, is_prospect=False),
                name="match_waiting_idx",
            ),
            models.Index(
                fields=["assigned_to", "-priority", "id"],
                condition=models.Q(
                    state=MatchState.PROPOSED, is_prospect=False, assigned_to__isnull=False
                ),
                name="match_assigned_idx",
            ),
            models.Index(
                fields=["first_approved_at"],
                condition=models.Q(state=MatchState.PROPOSED, first_approved_at__isnull=False),
                name="match_parked_idx",
            ),
            models.Index(
                fields=["held_until"],
                condition=models.Q(state=MatchState.PROPOSED, held_until__isnull=False),
                name="match_held_idx",
            ),
            # The lists of the API, newest and latest changed first, whatever the state.
            models.Index(fields=["created_at", "id"], name="match_made_idx"),
            models.Index(fields=["updated_at", "id"], name="match_changed_idx"),
            # Proposals, which every run writes anew, are not in these.
            models.Index(
                fields=["state", "publish_at"],
                condition=~models.Q(state=MatchState.PROPOSED),
                name="match_publish_idx",
            ),
            models.Index(
                fields=["state", "expires_at"],
                condition=~models.Q(state=MatchState.PROPOSED),
                name="match_expiry_idx",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_told(self) -> bool:
        """Its two firms may know of it: what `of_member` asks besides whose it is."""
        return self.published_at is not None and not self.is_prospect

    @property
    def buyer(self) -> Company:
        return self.need.company

    @property
    def seller(self) -> Company:
        return self.offering.company

    def company_of(self, side: str) -> Company:
        return self.buyer if side == Side.BUYER else self.seller

    def item_of(self, side: str) -> Need | Offering:
        return self.need if side == Side.BUYER else self.offering


class MatchEvent(models.Model):
    """A state change of a match: who, when, why. `actor` None is the system."""

    match = models.ForeignKey(Match, on_delete=models.CASCADE, related_name="events")
    from_state = models.CharField(max_length=10, choices=MatchState.choices, blank=True)
    to_state = models.CharField(max_length=10, choices=MatchState.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.match_id} {self.from_state}→{self.to_state}"

    @property
    def reason_label(self) -> str:
        """The reason as a sentence in the reader's language."""
        return reason_label(self.reason)


class Review(models.Model):
    """A staff decision on a match."""

    match = models.ForeignKey(Match, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices)
    reason = models.CharField(_("reason"), max_length=24, choices=RejectReason.choices, blank=True)
    note = models.TextField(_("note"), blank=True, max_length=1000)
    at = models.DateTimeField(_("time"))

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        indexes: ClassVar = [models.Index(fields=["at", "id"], name="review_latest_idx")]

    def __str__(self) -> str:
        return f"{self.match_id} {self.decision}"


class Answer(models.Model):
    """What one side said to an approved match; the last word of a side in a round counts."""

    match = models.ForeignKey(Match, on_delete=models.CASCADE, related_name="answers")
    round = models.PositiveSmallIntegerField(default=1)
    side = models.CharField(_("side"), max_length=6, choices=Side.choices)
    kind = models.CharField(_("answer"), max_length=10, choices=AnswerKind.choices)
    reason = models.CharField(_("reason"), max_length=20, choices=DeclineReason.choices, blank=True)
    note = models.TextField(_("in your own words"), blank=True, max_length=1000)
    is_note_shared = models.BooleanField(_("the other firm may read the words"), default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(_("time"))

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["match", "round", "side"], name="one_answer_of_a_side")
        ]

    def __str__(self) -> str:
        return f"{self.match_id} {self.side} {self.kind}"
