"""What `manage.py seed` refuses before it begins; no taxonomy is loaded here."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User


def test_without_the_taxonomy_nothing_is_made(db: None) -> None:
    with pytest.raises(CommandError, match="load_taxonomy"):
        call_command("seed", "--firms=2")
    assert not User.objects.exists()


@pytest.mark.parametrize("firms", ["1", "16001"])
def test_too_few_or_too_many_firms(db: None, firms: str) -> None:
    with pytest.raises(CommandError, match="Between"):
        call_command("seed", f"--firms={firms}")
