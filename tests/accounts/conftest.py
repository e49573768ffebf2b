import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def nobody_was_here_before():
    """The rate limits count by address and hour, and every test comes from the same address."""
    cache.clear()
