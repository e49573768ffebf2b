"""The accounts of the demo: staff by their log-ins, members of firms by their plans."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from django.contrib.auth.hashers import make_password

from accounts.choices import ConsentKind
from accounts.models import User
from accounts.services import appoint_staff, open_account
from demo.generator.plans import PersonPlan
from demo.logins import (
    ADMINISTRATOR,
    DEMO_LOGINS,
    REVIEWER_JA,
    REVIEWER_KO,
    STAFF,
    SUPERVISOR,
    DemoLogin,
)

CONSENTS: Final = (ConsentKind.TERMS, ConsentKind.CROSS_BORDER)
LOGIN_BY_EMAIL: Final = {login.email: login for login in DEMO_LOGINS}


@dataclass(frozen=True, slots=True)
class Staff:
    """The association's people; `reviewers` by their language."""

    administrator: User
    supervisor: User
    reviewers: dict[str, User]


def open_staff(*, now: datetime) -> Staff:
    users = {login.email: _open_staff_member(login, now) for login in STAFF}
    return Staff(
        administrator=users[ADMINISTRATOR.email],
        supervisor=users[SUPERVISOR.email],
        reviewers={login.language: users[login.email] for login in (REVIEWER_KO, REVIEWER_JA)},
    )


def _open_staff_member(login: DemoLogin, now: datetime) -> User:
    open_account(
        email=login.email,
        password=None,
        name=login.name,
        language=login.language,
        kinds=[ConsentKind.TERMS],
        now=now,
    )
    user, _is_new = appoint_staff(
        email=login.email,
        role=login.staff_role,
        name=login.name,
        language=login.language,
        actor=None,
        now=now,
    )
    return _since(user, now)


def open_member(plan: PersonPlan, *, now: datetime) -> User:
    """A person of a firm with both consents a match needs. Only the log-ins have a password."""
    user = open_account(
        email=plan.email,
        password=None,
        name=plan.name,
        language=plan.language,
        kinds=CONSENTS,
        now=now,
    )
    user.name_kana, user.title, user.phone = plan.name_kana, plan.title, plan.phone
    return _since(user, now)


def _since(user: User, now: datetime) -> User:
    """The account is as old as the story says, and a log-in gets its password."""
    user.created_at = now
    user.password = password_hash(user.email) or user.password
    user.save()
    return user


def password_hash(email: str) -> str:
    """The stored password of a demo log-in; empty for everybody else, who cannot log in."""
    login = LOGIN_BY_EMAIL.get(email)
    return _hashed(login.password) if login else ""


@cache
def _hashed(password: str) -> str:
    """Hashing is slow on purpose, and the log-ins share one password."""
    return make_password(password)
