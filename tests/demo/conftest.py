"""The taxonomy as it is shipped: the demo's texts name its codes."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from taxonomy.reading import read_reference_data
from taxonomy.services import load_reference_data


@pytest.fixture(scope="module")
def taxonomy(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Loaded once for a module and rolled back after it; the tests roll back inside of it."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_reference_data(data=read_reference_data())
        with django_db_blocker.block():
            yield
        transaction.set_rollback(True)
