"""Programs beside the demo: a system of the association that calls, and one that is called."""

import uuid
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Final

from api.choices import Scope
from api.hooks.choices import CHOSEN
from api.hooks.services import make_endpoint
from api.models import Token
from api.services import make_system, note_use
from api.services.uses import Use
from demo.services.agenda import Agenda
from demo.services.people import Staff

SYSTEM_SINCE: Final = timedelta(days=24)
TOLD_SINCE: Final = timedelta(days=12)
LASTS: Final = timedelta(days=180)
# Addresses for documentation (RFC 5737): nobody has them.
NETWORK: Final = "192.0.2.16/28"
INSIDE: Final = "192.0.2.20"
OUTSIDE: Final = "198.51.100.7"
#: What it asks each night: (method, route, status).
NIGHTLY: Final = (
    ("GET", "api:export-companies-list", 200),
    ("POST", "api:company-bulk", 207),
    ("GET", "api:export-matches-list", 200),
)
#: So many nights ago somebody tried its token from elsewhere.
STRAYED: Final = 9


def connect_programs(*, agenda: Agenda, staff: Staff, receiver: str, now: datetime) -> None:
    """A member system with a token for data, whose key nobody has, and the log of its nights; and
    an endpoint that is told at `receiver` what happens from its making on."""
    chance = Random(len(receiver))
    agenda.at(now - SYSTEM_SINCE, partial(_take_in, agenda, staff, chance))
    agenda.at(now - TOLD_SINCE, partial(_listen, staff, receiver))


def _take_in(agenda: Agenda, staff: Staff, chance: Random, now: datetime) -> None:
    token, _key = make_system(
        name="회원관리 会員管理",
        scopes=[Scope.DATA],
        contact=staff.administrator,
        networks=[NETWORK],
        expires_at=now + LASTS,
        number=uuid.UUID(int=chance.getrandbits(128), version=4),
        actor=staff.administrator,
        now=now,
    )
    for night in range(1, SYSTEM_SINCE.days):
        for minute, (method, route, status) in enumerate(NIGHTLY):
            at = now.replace(hour=18, minute=10 + minute, second=chance.randrange(60))
            use = partial(_use, token, method, route, status, INSIDE)
            agenda.at(at + timedelta(days=night), use)
        if night == STRAYED:
            stray = partial(_use, token, "GET", "api:company-list", 403, OUTSIDE)
            agenda.at(now + timedelta(days=night), stray)


def _use(token: Token, method: str, route: str, status: int, address: str, now: datetime) -> None:
    use = Use(
        token=token.pk,
        user=token.user_id,
        was_let_in=address == INSIDE,
        method=method,
        route=route,
        object_id="",
        status=status,
        address=address,
    )
    note_use(use=use, now=now)


def _listen(staff: Staff, receiver: str, now: datetime) -> None:
    make_endpoint(
        name="회원관리 会員管理",
        address=receiver,
        types=CHOSEN,
        actor=staff.administrator,
        now=now,
    )
