"""docs/api.md does what it says: its boxes are run, in order, against the running server."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from celery.contrib.testing.worker import TestWorkController
from django.utils import timezone

from api.hooks.services import deliver, make_endpoint, ping_endpoint, remove_endpoint
from matching.choices import Side
from matching.models import Match
from taxonomy.models import Concept
from tests.api.callers import key_of
from tests.api.hooks.receiver import Receiver
from tests.api.server import gunicorn
from tests.factories import ConceptFactory, StaffFactory
from tests.matching.scenes import member_of, published_match

__all__ = ["gunicorn"]
pytestmark = pytest.mark.django_db(transaction=True)
DOC = Path(__file__).resolve().parents[2] / "docs" / "api.md"
STAND_IN = Path(__file__).with_name("curl.py")
BETWEEN = "@@@ next box @@@"


@dataclass(frozen=True)
class Box:
    """A box of shell, and the one below it that shows what it answers."""

    script: str
    kind: str
    shown: str


def boxes(text: str) -> list[Box]:
    found = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S)
    following = [*found[1:], ("", "")]
    return [
        Box(script, *(after if after[0] in ("json", "text") else ("", "")))
        for (kind, script), after in zip(found, following, strict=True)
        if kind == "sh"
    ]


def is_shown(shown: Any, real: Any) -> bool:
    """Whether the answer holds what the page shows of it."""
    if isinstance(shown, dict):
        return isinstance(real, dict) and all(
            name in real and is_shown(each, real[name]) for name, each in shown.items()
        )
    if isinstance(shown, list):
        return (
            isinstance(real, list)
            and all(is_shown(each, one) for each, one in zip(shown, real, strict=False))
            and len(real) >= len(shown)
        )
    if isinstance(shown, str):
        return isinstance(real, str) and bool(re.fullmatch(pattern(shown), real, re.S))
    return type(shown) is type(real) and shown == real


def pattern(shown: str) -> str:
    return ".*".join(re.escape(part) for part in shown.split("…"))


@pytest.fixture(params=["curl", "stand-in"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A PATH with the machine's curl, where it has one, or with ours."""
    if request.param == "curl" and shutil.which("curl"):
        return os.environ["PATH"]
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "curl").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
    (folder / "curl").chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def told(folder: Path) -> dict[str, str]:
    """A test event as a receiver of webhooks gets it, its body in event.json."""
    receiver, now = Receiver(), timezone.now()
    boss = StaffFactory(staff_role="administrator")
    endpoint, secret = make_endpoint(
        name="CRM", address=receiver.url, types=["run.finished"], actor=boss, now=now
    )
    delivery = ping_endpoint(endpoint=endpoint, actor=boss, now=now)
    deliver(delivery_id=delivery.pk, now=now, jitter=0)
    receiver.close()
    remove_endpoint(endpoint=endpoint, actor=boss, now=now)
    (folder / "event.json").write_bytes(receiver.heard[0].body)
    return {"SECRET": secret, "SIGNATURE": receiver.heard[0].headers["Gagyo-Signature"]}


@pytest.fixture
def match(transactional_db: None) -> Match:
    """Published before there is a worker, who would do it first."""
    return published_match()


def test_the_walk(
    gunicorn: str, match: Match, celery_worker: TestWorkController, tmp_path: Path, path: str
) -> None:
    person = member_of(match, Side.SELLER)
    person.language = "en"
    person.save()
    concept = Concept.objects.filter(code="photoresist").first() or ConceptFactory(
        code="photoresist"
    )
    Concept.objects.filter(pk=concept.pk).update(label_ja="フォトレジスト")
    staff = StaffFactory(staff_role="supervisor")
    walk = boxes(DOC.read_text())
    assert len(walk) > 12
    script = f"\necho '{BETWEEN}'\n".join(["set -eu", *(box.script for box in walk)])
    done = subprocess.run(
        ["bash", "-c", script],
        env=os.environ
        | {
            "PATH": path,
            "GAGYO": gunicorn,
            "TOKEN": key_of(person, "firm")[1],
            "STAFF_TOKEN": key_of(staff, "reviewer")[1],
            **told(tmp_path),
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answers = done.stdout.split(f"{BETWEEN}\n")[1:]
    for box, answer in zip(walk, answers, strict=True):
        if box.kind == "json":
            assert is_shown(json.loads(box.shown), json.loads(answer)), f"{box.script}\n{answer}"
        if box.kind == "text":
            pairs = zip(box.shown.split("\n"), [*answer.split("\n"), *100 * [""]], strict=False)
            found = [re.fullmatch(pattern(one), two.strip(), re.I) for one, two in pairs]
            assert all(found), f"{box.script}\n{answer}"


def test_nothing_more_than_that_is_taken_for_shown() -> None:
    assert is_shown({"a": "x…", "b": [1]}, {"a": "xyz", "b": [1, 2], "c": None})
    for real in ({"a": "y", "b": [1]}, {"a": "xy"}, {"a": "xy", "b": []}, {"a": "xy", "b": [True]}):
        assert not is_shown({"a": "x…", "b": [1]}, real)


def test_a_changed_event_is_called_forged(transactional_db: None, tmp_path: Path) -> None:
    (box,) = (each for each in boxes(DOC.read_text()) if "openssl" in each.script)
    given = os.environ | told(tmp_path)

    def said() -> str:
        words = ["bash", "-c", f"set -eu\n{box.script}"]
        return subprocess.run(words, env=given, cwd=tmp_path, capture_output=True, text=True).stdout

    assert said() == "genuine\n"
    with (tmp_path / "event.json").open("ab") as event:
        event.write(b" ")
    assert said() == "forged\n"
