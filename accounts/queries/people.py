"""People as the association's staff see them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Case, Count, Exists, IntegerField, OuterRef, QuerySet, Value, When

from accounts.choices import STAFF_RANK, StaffRole
from accounts.facets import Belonging, belongings_of, figures_of, found_by
from accounts.models import User
from common.trail import Label


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of the staff with what an administrator looks at; `figures` in the table's order."""

    user: User
    has_second_factor: bool
    sessions: int
    figures: list[int]


def staff() -> "QuerySet[User]":
    """Everybody who works for the association: active ones first, the highest role first."""
    rank = Case(
        *(When(staff_role=role, then=Value(rank)) for role, rank in STAFF_RANK.items()),
        output_field=IntegerField(),
    )
    rows = User.objects.filter(is_system=False).exclude(staff_role=StaffRole.NONE)
    return rows.annotate(
        rank=rank, has_second_factor=Exists(second_factors().filter(user=OuterRef("pk")))
    ).order_by("-is_active", "-rank", "name", "pk")


def colleagues(people: Collection[User], *, now: datetime) -> tuple[list[Label], list[Colleague]]:
    """Names of the figures, and everybody's; as many queries however many people."""
    keys = [user.pk for user in people]
    figures = figures_of(keys, now)
    sessions = dict(
        open_sessions(now)
        .filter(user__in=keys)
        .order_by()
        .values_list("user")
        .annotate(number=Count("pk"))
    )
    rows = [
        Colleague(
            user=user,
            has_second_factor=getattr(user, "has_second_factor", False),
            sessions=sessions.get(user.pk, 0),
            figures=[counts.get(user.pk, 0) for _label, counts in figures],
        )
        for user in people
    ]
    return [label for label, _counts in figures], rows


def second_factors() -> "QuerySet[Authenticator]":
    """What lets somebody in beside the password; recovery codes alone do not."""
    rows: QuerySet[Authenticator] = Authenticator.objects.exclude(
        type=Authenticator.Type.RECOVERY_CODES
    )
    return rows


def open_sessions(now: datetime) -> "QuerySet[UserSession]":
    """Devices that are logged in, the one used last first."""
    alive = Session.objects.filter(expire_date__gt=now).values("session_key")
    rows: QuerySet[UserSession] = UserSession.objects.filter(session_key__in=alive)
    return rows.order_by("-last_seen_at", "pk")


def readable_people(reader: User) -> "QuerySet[User]":
    """Firms' people for all staff; colleagues only for administrators; nobody who was erased."""
    people = User.objects.filter(erased_at=None, is_system=False)
    return people if reader.is_administrator else people.filter(staff_role=StaffRole.NONE)


def search_people(reader: User, words: str) -> "QuerySet[User]":
    """By name, reading, address or firm."""
    people = readable_people(reader)
    return people.filter(found_by(words)) if words else people


def firms_of(people: Collection[User]) -> Mapping[int, list[Belonging]]:
    return belongings_of([user.pk for user in people])
