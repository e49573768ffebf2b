"""The mails about tokens."""

from datetime import datetime

from django.urls import reverse

from accounts.choices import StaffRole
from accounts.links import behind_log_in
from accounts.models import User
from accounts.permissions import has_staff_role
from api.choices import TokenKind
from api.models import Token
from mailing.choices import Category
from mailing.links import absolute_url
from mailing.models import Message
from mailing.services import write_message


def write_token_mail(
    token: Token, *, kind: str, now: datetime, replaced: Token | None = None
) -> Message | None:
    """`kind`: `issued`, `rotated` (`replaced` is the old token) or `ending`.

    Once of each token; a system's go to its contact person.
    """
    user = _reader(token)
    if user is None:
        return None
    is_system = token.kind == TokenKind.SERVICE
    return write_message(
        kind=f"token_{kind}",
        category=Category.ACCOUNT,
        template=f"tokens/mail/{kind}",
        user=user,
        address=user.email,
        language=user.language,
        context={
            "user": user,
            "token": token,
            "replaced": replaced,
            "still_stands": replaced is not None and replaced.stands(now),
            "is_system": is_system,
            "tokens_url": _system_url(token, user) if is_system else _own_url(),
        },
        dedupe_key=f"token:{token.pk}:{kind}",
        now=now,
    )


def _own_url() -> str:
    return absolute_url(reverse("tokens:own"))


def _system_url(token: Token, reader: User) -> str:
    """Empty for a contact person whom the page would refuse."""
    if not has_staff_role(reader, StaffRole.ADMINISTRATOR):
        return ""
    return behind_log_in(reverse("tokens:system", args=[token.user.system.pk]))


def _reader(token: Token) -> User | None:
    """The person; of a system its contact person, or who took it in."""
    if token.kind != TokenKind.SERVICE:
        return token.user
    system = token.user.system
    people = (system.contact, system.created_by)
    return next((each for each in people if each is not None and each.is_active), None)
