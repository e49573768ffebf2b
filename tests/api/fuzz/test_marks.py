"""No text that people write is forgotten when it is marked."""

import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps

from tests.api.fuzz import test_firms, test_staff
from tests.api.fuzz.asking import CALLERS, declined
from tests.api.fuzz.marks import PLAIN, TOLD, mark_everything, models_with_texts, texts_of
from tests.api.table import arguments
from tests.test_permission_table import Scene, scene

__all__ = ["scene"]


def test_every_text_is_marked_or_said_to_be_plain() -> None:
    for model in models_with_texts():
        label = model._meta.label
        marked, plain = set(TOLD.get(label, ())), set(PLAIN.get(label, ()))
        assert not marked & plain, label
        assert texts_of(model) - marked - plain == set(), label
        assert (marked | plain) <= {field.name for field in model._meta.concrete_fields}, label
    assert TOLD.keys() | PLAIN.keys() <= {model._meta.label for model in apps.get_models()}


def test_everybody_is_asked() -> None:
    files = (test_firms, test_staff)
    assert sorted(each for file in files for each in file.CALLERS) == sorted(CALLERS)


@pytest.mark.django_db
def test_each_mark_stands_where_it_is_said_to_and_is_nobodys_but_its_readers(scene: Scene) -> None:
    args = arguments(scene)
    outsider, owner = scene.people["outsider"], scene.people["owner"]
    reviewer = scene.people["reviewer"]
    assert outsider is not None
    assert owner is not None
    declined(outsider.memberships.get().company, args["match-detail"][0])
    marks = mark_everything()
    assert len({mark.text for mark in marks}) == len(marks)
    assert {mark.where.rpartition(".")[0] for mark in marks} > {
        *(
            "accounts.User",
            "api.Token",
            "companies.Company",
            "companies.Need",
            "documents.Document",
        ),
        *("dialogue.Post", "hooks.Endpoint", "matching.Answer", "matching.Review"),
        *("matching.StaffNote", "matching.StaffQuestion"),
    }
    for mark in marks:
        assert not mark.is_for(None)
    of = {
        person: {mark.text for mark in marks if mark.is_for(person)}
        for person in (owner, outsider, reviewer)
    }
    titles = {m.text for m in marks if m.where.endswith("Need.title_ja")}
    assert of[owner] & titles
    assert of[reviewer] >= titles
    notes = {m.text for m in marks if m.where == "matching.Review.note"}
    assert notes <= of[reviewer]
    assert not notes & of[owner]
    tokens = {m.text for m in marks if m.where == "api.Token.name"}
    assert tokens & of[owner]
    assert not tokens & of[outsider]


def test_a_mark_in_a_body_or_a_header_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"qzx00007": "matching.Answer.note", "1234567891": "official number"}
    scene = {"values": {}, "fields": {}, "cookies": {}, "secrets": told}
    (tmp_path / "scene.json").write_text(json.dumps(scene))
    monkeypatch.setenv("FUZZ_SCENE", str(tmp_path / "scene.json"))
    hooks = runpy.run_path(str(Path(__file__).with_name("hooks.py")))
    check = hooks["nothing_of_others"]
    check(None, SimpleNamespace(content=b'"qzx00008" 9876543210', headers={"X": "y"}), None)
    for content, headers in (
        (b'{"note": "QZX00007@mark.example"}', {}),
        (b"1234567891", {}),
        (b"", {"Location": "/x/qzx00007/"}),
    ):
        with pytest.raises(AssertionError, match="belongs to others"):
            check(None, SimpleNamespace(content=content, headers=headers), None)
