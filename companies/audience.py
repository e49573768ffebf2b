"""Whom an announcement reaches, and who does not get it and why."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.db import models
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.choices import ConsentKind
from accounts.models import Consent, User
from accounts.queries import PROMOTIONAL_CONSENT_LASTS
from companies.models import Membership
from mailing.choices import Category, SuppressionReason
from mailing.models import Announcement, Suppression


class Obstacle(models.TextChoices):
    """Why somebody does not get a promotional mail; the first that applies."""

    NO_CONSENT = "no_consent", _("no consent")
    CONSENT_ENDED = "consent_ended", _("consent older than two years")
    REFUSED = "refused", _("refused by link")
    DEAD_ADDRESS = "dead_address", _("address does not work, or complained")
    NO_TEXT = "no_text", _("no text in the person's language")


@dataclass(frozen=True, slots=True)
class Audience:
    """`readers` get it; `left_out` counts the others under each obstacle, the greatest first."""

    readers: tuple[User, ...]
    left_out: tuple[tuple[Obstacle, int], ...]

    def in_languages(self) -> list[tuple[str, int]]:
        return sorted(Counter(reader.language for reader in self.readers).items())


def audience_of(announcement: Announcement, *, now: datetime) -> Audience:
    """Asked anew whenever it is shown or written, in four queries: consents come and go."""
    people = list(_named(announcement.audience))
    consents = dict(
        Consent.objects.standing()
        .filter(kind=ConsentKind.PROMOTIONAL, user__in=people)
        .values_list("user", "given_at")
    )
    silenced = dict(
        Suppression.objects.filter(
            category__in=["", Category.PROMOTIONAL],
            address__in=[person.email for person in people],
        ).values_list("address", "reason")
    )
    languages = set(announcement.languages)

    def obstacle(person: User) -> Obstacle | None:
        given_at = consents.get(person.pk)
        if given_at is None:
            return Obstacle.NO_CONSENT
        if given_at <= now - PROMOTIONAL_CONSENT_LASTS:
            return Obstacle.CONSENT_ENDED
        if reason := silenced.get(person.email):
            is_refusal = reason == SuppressionReason.UNSUBSCRIBED
            return Obstacle.REFUSED if is_refusal else Obstacle.DEAD_ADDRESS
        return None if person.language in languages else Obstacle.NO_TEXT

    readers, left_out = [], Counter[Obstacle]()
    for person in people:
        if (reason := obstacle(person)) is None:
            readers.append(person)
        else:
            left_out[reason] += 1
    return Audience(tuple(readers), tuple(left_out.most_common()))


def _named(filters: dict[str, Any]) -> "QuerySet[User]":
    """Active people with a confirmed address whom the filters name."""
    confirmed = EmailAddress.objects.filter(
        user=OuterRef("pk"), email=OuterRef("email"), verified=True
    )
    people = User.objects.filter(Exists(confirmed), is_active=True)
    firms = Membership.objects.filter(user=OuterRef("pk"))
    if country := filters.get("country"):
        firms = firms.filter(company__country=country)
    if sector := filters.get("sector"):
        firms = firms.filter(company__sectors__code=sector)
    if country or sector:
        people = people.filter(Exists(firms))
    if language := filters.get("language"):
        people = people.filter(language=language)
    return people.order_by("pk")
