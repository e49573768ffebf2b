"""Every command of ours: one JSON document on request, exit codes, and its line in the document."""

import json
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from accounts.choices import StaffRole
from api.choices import Scope
from api.models import Export, Token
from api.services import find_token
from tests.factories import MatchFactory, PolicyFactory, RunFactory, StaffFactory
from tests.test_docs import OPERATIONS, commands

pytestmark = pytest.mark.django_db
LIST = "회사명,사업자등록번호,주요제품\n한빛,1234567891,포토레지스트\n"


def asked(*words: str) -> Any:
    """The document that the command prints; nothing else may stand on stdout."""
    out = StringIO()
    call_command(*words, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def refused(*words: str) -> str:
    """The sentence of a command that fails: in the document, and raised for stderr."""
    out = StringIO()
    with pytest.raises(CommandError) as raised:
        call_command(*words, "--json", stdout=out, stderr=StringIO())
    assert raised.value.returncode == 1
    told: str = json.loads(out.getvalue())["error"]
    assert told == str(raised.value)
    return told


def of_person(folder: Path) -> None:
    told = asked("create_staff", "new@association.example", "--role", "reviewer")
    assert (told["staff_role"], told["is_new"]) == ("reviewer", True)
    assert told["password_url"].startswith("http")


def of_search(folder: Path) -> None:
    assert asked("rebuild_search", "--check") == {"wrong": 0}
    assert asked("rebuild_search") == {"changed": 0}


def of_taxonomy(folder: Path) -> None:
    told = asked("load_taxonomy")
    assert {"created", "changed", "unchanged"} <= set(next(iter(told.values())))


def of_runs(folder: Path) -> None:
    PolicyFactory()
    told = asked("run_matching")
    assert (told["state"], told["policy"]) == ("queued", 1)
    assert asked("show_run")["id"] == told["id"]
    assert "nonsense" in refused("run_matching", "--sector", "nonsense")


def of_run(folder: Path) -> None:
    run = RunFactory()
    told = asked("show_run", str(run.pk))
    assert (told["id"], told["state"], told["policy"]) == (str(run.pk), "completed", 1)
    refused("show_run", str(uuid4()))


def of_imports(folder: Path) -> None:
    file = folder / "list.csv"
    file.write_text(LIST, encoding="utf-8")
    words = ("--country", "KR", "--list", "test", "--map", "회사명=name_ko")
    told = asked("import_companies", str(file), *words, "--dry-run")
    assert (told["state"], told["rows"]["total"]) == ("cancelled", 1)
    assert asked("show_import", told["id"])["rows"]["total"] == 1
    refused("import_companies", str(folder / "nothing.csv"))


def of_import(folder: Path) -> None:
    refused("show_import")


def of_export(folder: Path) -> None:
    MatchFactory()
    MatchFactory(state="withdrawn")
    file = folder / "matches.xlsx"
    told = asked("export", "matches", str(file), "--filter", "state=proposed")
    assert (told["rows"], told["format"]) == (1, "xlsx")
    assert openpyxl.load_workbook(file).active.max_row == 2
    export = Export.objects.get(pk=told["id"])
    assert (export.state, export.rows, export.user) == ("complete", 1, None)
    assert "stat" in refused("export", "matches", str(file), "--filter", "stat=proposed")
    refused("export", "matches", str(folder / "matches.pdf"))
    refused("export", "matches", str(folder / "none" / "matches.csv"))
    assert Export.objects.count() == 1


def of_matches(folder: Path) -> None:
    MatchFactory()
    file = folder / "matches.csv"
    assert asked("export_matches", str(file)) == {"rows": 1, "file": str(file)}


def of_token(folder: Path) -> None:
    person = StaffFactory(staff_role=StaffRole.REVIEWER)
    told = asked("issue_token", person.email, "--scope", "reviewer", "--days", "7")
    token = find_token(key=told["key"])
    assert token is not None
    assert (str(token.pk), token.user, token.scopes) == (told["id"], person, [Scope.REVIEWER])
    refused("issue_token", person.email, "--scope", "data")
    refused("issue_token", "nobody@x.example", "--scope", "firm")
    assert asked("revoke_token", told["id"])["id"] == told["id"]
    token.refresh_from_db()
    assert token.revoked_at is not None
    refused("revoke_token", told["id"])


def of_revoked(folder: Path) -> None:
    refused("revoke_token", str(uuid4()))
    assert not Token.objects.exists()


def of_lexicon(folder: Path) -> None:
    assert asked("lexicon", "lint")["faults"] == []
    file = folder / "list.csv"
    file.write_text(LIST, encoding="utf-8")
    assert asked("lexicon", "coverage", str(file))["phrases"] == 1
    assert asked("lexicon", "phrases", str(file))[0]["phrase"] == "포토레지스트"


def of_description(folder: Path) -> None:
    document = Path("docs/openapi.yaml")
    before = document.read_bytes()
    try:
        assert asked("openapi") == {"file": "docs/openapi.yaml"}
    finally:
        document.write_bytes(before)


#: Command → what is asked of it.
CASES: dict[str, Callable[[Path], Any]] = {
    "create_staff": of_person,
    "evaluate": lambda folder: refused("evaluate", str(folder), "--only", "partners"),
    "export": of_export,
    "export_matches": of_matches,
    "import_companies": of_imports,
    "issue_token": of_token,
    "learn_policy": lambda folder: refused("learn_policy"),
    "lexicon": of_lexicon,
    "load_taxonomy": of_taxonomy,
    "openapi": of_description,
    "rebuild_search": of_search,
    "revoke_token": of_revoked,
    "run_matching": of_runs,
    "seed": lambda folder: refused("seed", "--firms", "1"),
    "show_import": of_import,
    "show_run": of_run,
}


def test_every_command_has_its_case() -> None:
    assert sorted(CASES) == commands()


@pytest.mark.parametrize("command", sorted(CASES))
def test_it_prints_one_document(command: str, tmp_path: Path) -> None:
    CASES[command](tmp_path)


@pytest.mark.parametrize("command", sorted(CASES))
def test_it_has_a_line_in_the_table(command: str) -> None:
    assert re.search(rf"^\| `{command}\b", OPERATIONS, re.MULTILINE)
