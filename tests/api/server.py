"""The product behind gunicorn on the test's database, as a client on the network meets it."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from local.ports import HOST, free_port
from local.processes import Lifeline, running
from local.production import server


@pytest.fixture
def gunicorn(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """Its address. It sees what is committed, and counts no requests in our time."""
    port = free_port()
    base, _slash, query = os.environ["DATABASE_URL"].partition("?")
    database = f"{base.rpartition('/')[0]}/{connection.settings_dict['NAME']}?{query}"
    env = dict(os.environ) | {
        "DATABASE_URL": database,
        "PUBLIC_URL": f"http://{HOST}:{port}",
        "API_REQUESTS_A_MINUTE": "1000000",
        "API_REFUSED_A_MINUTE": "1000000",
        "LOG_LEVEL": "ERROR",
        "PYTHONWARNINGS": "ignore",
    }
    log = tmp_path / "gunicorn.log"
    with (
        closing(Lifeline()) as lifeline,
        running([server(port, env)], lifeline=lifeline, log=log),
    ):
        yield f"http://{HOST}:{port}"
    assert "Traceback" not in log.read_text(errors="replace"), log.read_text(errors="replace")
