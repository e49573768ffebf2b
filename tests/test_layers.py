"""The import contracts of pyproject.toml hold, and notice it when somebody breaks them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = (
    "config",
    "demo",
    "portal",
    "api",
    "insights",
    "dialogue",
    "matching",
    "companies",
    "taxonomy",
    "accounts",
    "documents",
    "mailing",
    "common",
)


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The Python files of the project alone, so that a violation can be planted."""
    for app in APPS:
        shutil.copytree(
            ROOT / app, tmp_path / app, ignore=shutil.ignore_patterns("__pycache__", "data")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("common/audit.py", "import accounts.models", "Apps form one stack"),
        ("mailing/queries.py", "import companies.models", "Apps form one stack"),
        ("companies/services/items.py", "import matching.models", "Apps form one stack"),
        ("matching/services/outcomes.py", "import dialogue.models", "Apps form one stack"),
        ("matching/engine/criteria.py", "import django.db", "The engine is pure"),
        ("matching/queries/cards.py", "import matching.engine.types", "Only the adapter"),
        ("companies/queries.py", "import companies.services.items", "Inside an app"),
        ("matching/models/match.py", "import matching.permissions", "Inside an app"),
    ],
)
def test_a_planted_violation_fails(copy: Path, file: str, line: str, contract: str) -> None:
    path = copy / file
    path.write_text(path.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    result = lint(copy)
    assert result.returncode == 1
    broken = [each for each in result.stdout.splitlines() if each.endswith("BROKEN")]
    assert any(each.startswith(contract) for each in broken), result.stdout
