"""Where somebody is logged in, ended by staff."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction

from accounts.models import User
from accounts.signals import logged_out
from common import audit


def drop_sessions(user: User) -> int:
    """Log the person out everywhere, at once; return of how many devices."""
    sessions = UserSession.objects.filter(user=user)
    keys = list(sessions.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    sessions.delete()
    return len(keys)


@transaction.atomic
def end_session(*, session: UserSession, actor: User, now: datetime) -> None:
    """Log somebody out of one device, at once."""
    Session.objects.filter(session_key=session.session_key).delete()
    user = session.user
    session.delete()
    audit.record("session.ended", user, actor=actor, now=now, sessions=1)


@transaction.atomic
def end_sessions(*, user: User, actor: User, now: datetime) -> int:
    """Log somebody out everywhere, at once, programs with tokens too; return of how many
    devices."""
    ended = drop_sessions(user)
    logged_out.send(sender=User, user=user, now=now)
    audit.record("session.ended", user, actor=actor, now=now, sessions=ended)
    return ended
