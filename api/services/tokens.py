"""Tokens: issued once, kept as a digest, revoked for good."""

import hashlib
import secrets
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import has_staff_role
from api.choices import SCOPE_ROLE, Scope, TokenKind
from api.mails import write_token_mail
from api.models import Token
from common import audit
from common.errors import RuleViolated, StateChanged

PREFIX: Final = "gagyo_"
HINT: Final = len(PREFIX) + 6
LONGEST: Final = timedelta(days=366)
MOST_TOKENS: Final = 20
TOLD_BEFORE: Final = timedelta(days=7)
# A token that nobody used for so long is missed by nobody.
IN_USE: Final = timedelta(days=30)


def issue_token(
    *,
    user: User,
    name: str,
    scopes: Collection[str],
    expires_at: datetime,
    actor: User,
    kind: str = TokenKind.PERSONAL,
    number: uuid.UUID | None = None,
    now: datetime,
) -> tuple[Token, str]:
    """A new token and its key, which nobody can read again; its person is told by mail.

    `number` and what is raised: `create_token`.
    """
    with transaction.atomic():
        token, key = create_token(
            user=user,
            name=name,
            scopes=scopes,
            expires_at=expires_at,
            actor=actor,
            kind=kind,
            number=number,
            now=now,
        )
        write_token_mail(token, kind="issued", now=now)
    return token, key


def create_token(
    *,
    user: User,
    name: str,
    scopes: Collection[str],
    expires_at: datetime,
    actor: User,
    kind: str,
    number: uuid.UUID | None,
    now: datetime,
) -> tuple[Token, str]:
    """A new token and its key; which mail tells of it is the caller's to say.

    `number` becomes its primary key: a form that is sent again makes no second token but raises
    StateChanged. Raises RuleViolated for an unknown scope or one the user's role does not allow,
    for an end in the past or more than a year away, and when the user has MOST_TOKENS already.
    """
    if not scopes or not set(scopes) <= set(Scope.values):
        raise RuleViolated(_("Choose what the token may be used for."))
    for scope in scopes:
        if SCOPE_ROLE[scope] and not has_staff_role(user, SCOPE_ROLE[scope]):
            raise RuleViolated(
                _("Your role does not allow the use “%(scope)s”.") % {"scope": Scope(scope).label}
            )
    if not now < expires_at <= now + LONGEST:
        raise RuleViolated(_("Choose an end within the coming year."))
    key = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if number and Token.objects.filter(pk=number).exists():
            raise StateChanged(
                _("This token was made before, and its key is shown only once. Make another one.")
            )
        if user.api_tokens.standing(now).count() >= MOST_TOKENS:
            raise RuleViolated(
                _("You have %(number)s tokens already. Revoke one first.") % {"number": MOST_TOKENS}
            )
        token = Token.objects.create(
            pk=number or uuid.uuid4(),
            user=user,
            kind=kind,
            name=name,
            hint=key[:HINT],
            digest=digest_of(key),
            scopes=sorted(scopes),
            created_by=actor,
            created_at=now,
            expires_at=expires_at,
        )
        audit.record("token.issued", token, actor=actor, now=now, scopes=token.scopes)
    return token, key


def revoke_token(*, token: Token, actor: User, now: datetime) -> Token:
    """From now on nobody gets in with it. Raises StateChanged when it was revoked before."""
    with transaction.atomic():
        if not Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
            raise StateChanged(_("This token was revoked before."))
        token.revoked_at = now
        audit.record("token.revoked", token, actor=actor, now=now)
    return token


def end_tokens(*, user: User, actor: User | None, now: datetime) -> int:
    """Revoke all that stand, such as when the person leaves; return how many."""
    with transaction.atomic():
        standing = Token.objects.filter(user=user, revoked_at=None, expires_at__gt=now)
        ended = list(standing.select_for_update(no_key=True).order_by("pk"))
        Token.objects.filter(pk__in=[token.pk for token in ended]).update(revoked_at=now)
        for token in ended:
            audit.record("token.revoked", token, actor=actor, now=now)
    return len(ended)


def tell_of_ending_tokens(*, now: datetime) -> int:
    """Write once to whom a token in use belongs that ends within a week; return how many do."""
    ending = Token.objects.standing(now).filter(
        expires_at__lte=now + TOLD_BEFORE, last_used_at__gte=now - IN_USE
    )
    for token in ending.select_related("user__system__contact").order_by("expires_at", "pk"):
        write_token_mail(token, kind="ending", now=now)
    return len(ending)


def find_token(*, key: str) -> Token | None:
    """The token of `key` with its person, whether it stands or not; nothing is written."""
    if not key.startswith(PREFIX):
        return None
    found = Token.objects.select_related("user__system").filter(digest=digest_of(key))
    return next(iter(found.order_by()), None)


def digest_of(key: str) -> str:
    """The key has 256 random bits: a plain digest cannot be searched for."""
    return hashlib.sha256(key.encode()).hexdigest()
