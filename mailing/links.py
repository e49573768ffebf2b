"""Addresses that stand in mails: absolute, and signed where the link speaks for its reader."""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.urls import reverse

UNSUBSCRIBE_SALT: Final = "mailing.unsubscribe"
PREFERENCES_SALT: Final = "mailing.preferences"
# Longer than anybody keeps a mail for its footer; refusing by link works for ever.
PREFERENCES_LAST: Final = timedelta(days=400)


def absolute_url(path: str) -> str:
    """`path` (from the root, with its slash) on the public address of this installation."""
    return f"{settings.PUBLIC_URL}{path}"


def unsubscribe_path(address: str, category: str) -> str:
    """The page where mails of `category` to `address` are refused and resumed; never expires.

    Anybody who holds the link may use it: it does no more than stop (or resume) these mails.
    """
    token = signing.dumps([address.lower(), category], salt=UNSUBSCRIBE_SALT)
    return reverse("mailing:unsubscribe", args=[token])


def unsubscribe_url(address: str, category: str) -> str:
    """The same, to stand in a mail."""
    return absolute_url(unsubscribe_path(address, category))


def read_unsubscribe_token(token: str) -> tuple[str, str] | None:
    """The address and category a link was made for, or None when we did not make it."""
    try:
        address, category = signing.loads(token, salt=UNSUBSCRIBE_SALT)
    except signing.BadSignature:
        return None
    return address, category


def preferences_url(user: Any) -> str:
    """The page where `user` chooses which mails come, without logging in.

    It is an app above this one that has the page: settings.MAIL_PREFERENCES_PAGE names it.
    """
    token = signing.dumps([user.pk, user.email], salt=PREFERENCES_SALT)
    return absolute_url(reverse(settings.MAIL_PREFERENCES_PAGE, args=[token]))


def read_preferences_token(token: str) -> tuple[int, str] | None:
    """The person's key and the address the link was sent to; None when it is not ours, or old."""
    try:
        key, address = signing.loads(token, salt=PREFERENCES_SALT, max_age=PREFERENCES_LAST)
    except signing.BadSignature:
        return None
    return key, address
