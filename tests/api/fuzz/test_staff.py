"""Every operation, asked by the association, in browsers and with tokens."""

from pathlib import Path

import pytest

from tests.api.fuzz.asking import ask_as
from tests.api.server import gunicorn
from tests.test_permission_table import Scene, scene

__all__ = ["gunicorn", "scene"]
CALLERS = (
    "reviewer",
    "supervisor",
    "administrator",
    "reviewer with a token",
    "supervisor with a token",
)


@pytest.mark.django_db(transaction=True)
def test_whatever_is_asked(
    gunicorn: str, scene: Scene, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    ask_as(CALLERS, site=gunicorn, scene=scene, folder=tmp_path, subtests=subtests)
