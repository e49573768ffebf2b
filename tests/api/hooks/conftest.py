from datetime import UTC, datetime

import pytest
from django.db import transaction

from api.hooks.choices import CHOSEN
from api.hooks.services import make_endpoint, record_event
from tests.api.hooks.receiver import Receiver
from tests.factories import StaffFactory

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def receiver():
    server = Receiver()
    yield server
    server.close()


@pytest.fixture
def quick(settings):
    """Deadlines a test can wait for."""
    settings.WEBHOOKS_TOTAL_SECONDS = 1.0
    settings.WEBHOOKS_CONNECT_SECONDS = 0.5


@pytest.fixture
def endpoint_at(transactional_db, monkeypatch):
    """`endpoint_at(url)`: an endpoint of the association; no worker is woken by what it is told."""
    monkeypatch.setattr("common.jobs._send", lambda *args: None)

    def made(url, **more):
        values = {"name": "CRM", "types": [each.value for each in CHOSEN], "now": NOW}
        endpoint, secret = make_endpoint(
            **{**values, "address": url, "actor": StaffFactory(staff_role="administrator"), **more}
        )
        endpoint.secret = secret
        return endpoint

    return made


def tell(number=1, key="match:1", now=NOW):
    """So many events of one key, each in a transaction of its own."""
    for each in range(number):
        with transaction.atomic():
            record_event(type="match.approved", key=key, data={"number": each}, now=now)
