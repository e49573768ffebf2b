"""The documents name what there is: every setting, command, task and criterion."""

import re
from pathlib import Path

import pytest

from config.celery import app
from mailing.samples import all_samples
from matching.choices import Criterion

ROOT = Path(__file__).resolve().parent.parent
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    files = ROOT.glob("*/management/commands/*.py")
    return sorted(file.stem for file in files if not file.stem.startswith("_"))


@pytest.mark.parametrize("command", commands())
def test_every_command_is_documented(command: str) -> None:
    assert f"`{command}" in OPERATIONS


def test_every_task_is_documented_and_beat_starts_only_tasks_there_are() -> None:
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert {name for name in ours if f"`{name}`" not in OPERATIONS} == set()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= ours


@pytest.mark.parametrize("criterion", Criterion.values)
def test_every_criterion_is_documented(criterion: str) -> None:
    engine = (ROOT / "docs/engine.md").read_text(encoding="utf-8")
    assert re.search(rf"`{criterion}`", engine)


def test_every_environment_variable_is_in_the_example() -> None:
    settings = (ROOT / "config/settings.py").read_text(encoding="utf-8")
    asked = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', settings))
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    assert asked - named == set()


def test_every_mail_stands_in_the_list_that_staff_preview() -> None:
    """A mail is `<name>.subject.txt` and `<name>.html`, and a row of its app's mail_samples.py."""
    folder = ROOT / "templates"
    subjects = {str(path.relative_to(folder)) for path in folder.glob("**/*.subject.txt")}
    mails = {name.removesuffix(".subject.txt") for name in subjects}
    assert mails == {sample.template for sample in all_samples().values()}
    assert {name for name in mails if not (folder / f"{name}.html").exists()} == set()
    # The text part is made from the HTML: a template for it would never be read.
    assert {name for name in mails if (folder / f"{name}.txt").exists()} == set()


DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")]


@pytest.mark.parametrize("document", sorted(DOCUMENTS), ids=lambda path: path.name)
def test_files_that_documents_name_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:docs|taxonomy|tests|config|demo)/[\w./-]+)`", text))
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_the_two_commands_stand_at_the_top_of_the_readme() -> None:
    top = README[:1200]
    assert "make demo" in top
    assert "make test" in top
