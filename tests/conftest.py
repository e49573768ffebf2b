"""What every test stands on: a real PostgreSQL, a real broker, a real SMTP server.

Each run has its own servers, so runs do not disturb one another. They have to answer before the
settings are read, so they start when this file is imported and Django is set up right after.
(pytest-django, told of the settings in `pyproject.toml`, would read them earlier still.)
"""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import django
import pytest
from django.core.cache import cache
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils import translation
from hypothesis import settings

from local import catalogues
from local.services import throwaway_services

_given = set(os.environ)
_servers = ExitStack()
# A failing test's own words stand at the end, not under a thousand lines of who asked for what.
os.environ.setdefault("LOG_LEVEL", "WARNING")
# `node` stands beside this Python, also when the environment is not activated.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
os.environ.update(_servers.enter_context(throwaway_services()).env)
os.environ.update(
    DJANGO_SETTINGS_MODULE="config.settings",
    READ_DOT_ENV="false",
    GAGYO_LOCAL="true",
    SECRET_KEY="only-for-tests",
    # All tests come from one address.
    API_REFUSED_A_MINUTE="100000",
    # Playwright runs an event loop in this thread; its presence is not a reason to refuse queries.
    DJANGO_ALLOW_ASYNC_UNSAFE="true",
)

# The same examples on every machine, so that a change is judged by what it changed;
# `HYPOTHESIS=explore make test` looks for new ones (ten minutes for the engine).
settings.register_profile("same", max_examples=40, derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS", "same"))

catalogues.compile_changed(catalogues.ROOT)
django.setup()


def _may_empty_the_trail(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Tests with real transactions empty every table at their end, the append-only one too."""
    with connection.cursor() as cursor:
        cursor.execute("SET gagyo.audit_may_be_emptied = 'on'")


connection_created.connect(_may_empty_the_trail)

pytest_plugins = ["tests.companies.registry_server", "tests.smtp", "tests.worker"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Each process of a run on several starts servers of its own, not knowing of ours.

    Some tests kill what they find there, and a queue is read by whoever comes first.
    """
    for name in {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"} - _given:
        os.environ.pop(name)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    _servers.close()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request of the test client leaves its language active: each test begins in English."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def nobody_was_here_before(request: pytest.FixtureRequest) -> None:
    """The rate limits count by address and hour, and every test comes from the same address.

    Emptying the tables at the end of a test with real transactions leaves the cache's table.
    """
    if marker := request.node.get_closest_marker("django_db"):
        is_real = marker.kwargs.get("transaction")
        request.getfixturevalue("transactional_db" if is_real else "db")
        cache.clear()
