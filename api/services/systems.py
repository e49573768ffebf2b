"""Systems of the association: taken in, changed, given new keys."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.choices import STAFF_RANK, StaffRole
from accounts.models import User
from api.choices import SCOPE_ROLE, Scope, TokenKind
from api.mails import write_token_mail
from api.models import System, Token
from api.services.tokens import create_token, issue_token
from common import audit
from common.errors import RuleViolated, StateChanged

#: Nobody has an address here: no mail ever arrives (RFC 2606).
ADDRESS = "system-{}@systems.invalid"


@transaction.atomic
def make_system(
    *,
    name: str,
    scopes: Collection[str],
    contact: User,
    networks: Collection[str],
    expires_at: datetime,
    number: uuid.UUID,
    actor: User,
    now: datetime,
) -> tuple[Token, str]:
    """A system with a user that cannot log in, its first token and that token's key.

    Its user has the lowest staff role that its scopes need. `number` and what is raised:
    `issue_token`; RuleViolated also for the scope of a firm, which no system has.
    """
    if Token.objects.filter(pk=number).exists():
        raise StateChanged(
            _("This token was made before, and its key is shown only once. Make another one.")
        )
    if Scope.FIRM in scopes:
        raise RuleViolated(_("A system of the association acts for no firm."))
    roles = [SCOPE_ROLE[scope] for scope in scopes if scope in SCOPE_ROLE]
    user = User.objects.create_user(
        ADDRESS.format(uuid.uuid4().hex),
        None,
        name=name,
        is_system=True,
        staff_role=max(roles, key=lambda role: STAFF_RANK[role], default=StaffRole.NONE),
    )
    system = System.objects.create(
        user=user, contact=contact, networks=list(networks), created_by=actor, created_at=now
    )
    audit.record("system.made", system, actor=actor, now=now, networks=system.networks)
    return issue_token(
        user=user,
        name=name,
        scopes=scopes,
        expires_at=expires_at,
        actor=actor,
        kind=TokenKind.SERVICE,
        number=number,
        now=now,
    )


@transaction.atomic
def change_system(
    *, system: System, contact: User, networks: Collection[str], actor: User, now: datetime
) -> System:
    """Another contact person, other networks; both hold from the next request on."""
    system.contact, system.networks = contact, list(networks)
    system.save(update_fields=["contact", "networks"])
    audit.record("system.changed", system, actor=actor, now=now, networks=system.networks)
    return system


@transaction.atomic
def rotate_token(
    *,
    token: Token,
    overlap: timedelta,
    expires_at: datetime,
    number: uuid.UUID,
    actor: User,
    now: datetime,
) -> tuple[Token, str]:
    """A new token with the same scopes; the old one stands for `overlap` more at the most.

    The contact person is told by mail. Raises StateChanged when the old one stands no more while
    another one does, and what `create_token` raises.
    """
    User.objects.select_for_update(no_key=True).get(pk=token.user_id)
    old = Token.objects.select_for_update(no_key=True, of=("self",)).get(pk=token.pk)
    stands = token.user.api_tokens.standing(now)
    if stands.exists() and not stands.filter(pk=old.pk).exists():
        raise StateChanged(_("This token has ended in the meantime."))
    made, key = create_token(
        user=token.user,
        name=token.name,
        scopes=token.scopes,
        expires_at=expires_at,
        actor=actor,
        kind=token.kind,
        number=number,
        now=now,
    )
    old.expires_at = min(old.expires_at, now + overlap)
    old.save(update_fields=["expires_at"])
    audit.record("token.rotated", old, actor=actor, now=now, until=old.expires_at.isoformat())
    write_token_mail(made, kind="rotated", replaced=old, now=now)
    return made, key
