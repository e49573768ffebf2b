"""How a receiver knows that a request is ours: docs/webhooks.md.

A secret is never stored. It is worked out from its row's random salt and WEBHOOKS_SECRET_KEY, so a
copy of the database alone signs nothing; whoever changes that setting makes all secrets anew.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

from django.conf import settings

PREFIX: Final = "whsec_"


def secret_of(salt: str) -> str:
    """What the owner of the endpoint is shown once and keeps."""
    key = settings.WEBHOOKS_SECRET_KEY.encode()
    digest = hmac.new(key, b"gagyo.webhooks." + salt.encode(), hashlib.sha256).digest()
    return PREFIX + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def signature(body: bytes, *, at: int, secrets: Iterable[str]) -> str:
    """The header: the time in seconds, and one `v1` for each secret that stands."""
    signed = str(at).encode() + b"." + body
    marks = [hmac.new(each.encode(), signed, hashlib.sha256).hexdigest() for each in secrets]
    return ",".join([f"t={at}", *(f"v1={mark}" for mark in marks)])
