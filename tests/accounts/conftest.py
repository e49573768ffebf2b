import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def nobody_was_here_before(request: pytest.FixtureRequest) -> None:
    """The rate limits count by address and hour, and every test comes from the same address."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        cache.clear()
