"""The pages about tokens in the permission table, and the rows they are asked with."""

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from api.services import make_system, note_use
from tests.api.callers import key_of, use_of
from tests.factories import StaffFactory

TOKEN_PAGES: dict[str, tuple[str, str]] = {
    "tokens:make": ("POST", "looo oooo"),
    "tokens:own": ("GET", "looo oooo"),
    "tokens:own_uses": ("GET", "l444 o444"),
    "tokens:revoke": ("POST", "l444 o444"),
    "tokens:system": ("GET", "4444 433o"),
    "tokens:system_change": ("POST", "4444 433o"),
    "tokens:system_make": ("POST", "4444 433o"),
    "tokens:system_revoke": ("POST", "4444 433o"),
    "tokens:system_rotate": ("POST", "4444 433o"),
    "tokens:systems": ("GET", "4444 433o"),
    "tokens:uses": ("GET", "4444 433o"),
    "tokens:uses_file": ("POST", "4444 433o"),
}


def token_arguments(person: Any) -> dict[str, list[Any]]:
    token, _key = key_of(person, "firm", name="ERP")
    note_use(use=use_of(token), now=timezone.now())
    of_token = {f"tokens:{name}": [token.pk] for name in ("own_uses", "revoke")}
    now = timezone.now()
    boss = StaffFactory(staff_role="administrator")
    key, _shown = make_system(
        name="CRM",
        scopes=["data"],
        contact=boss,
        networks=["192.0.2.0/24"],
        expires_at=now + timedelta(days=30),
        number=uuid.uuid4(),
        actor=boss,
        now=now,
    )
    of_system = {f"tokens:{name}": [key.pk] for name in ("system_revoke", "system_rotate")}
    number = [key.user.system.pk]
    return (
        of_token
        | of_system
        | {"tokens:uses_file": ["csv"], "tokens:system": number, "tokens:system_change": number}
    )
