"""Everything the product writes into the audit trail has a word in three languages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.utils import timezone, translation

from common import audit
from common.trail import facts_of, name_of, names_of, noun_label, verb_label, vocabulary
from companies.choices import ItemState, JoinKind, JoinState, VerificationDecision
from matching.choices import MatchState
from tests.factories import CompanyFactory, MatchFactory, UserFactory

ROOT = Path(__file__).resolve().parents[2]
APPS = [config.name for config in apps.get_app_configs() if (ROOT / config.name).is_dir()]
VERB = re.compile(r"[a-z]+\.[a-z_]+")


def sources() -> Iterator[tuple[Path, ast.AST]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts and path.name != "trail.py":
                yield path, ast.parse(path.read_text(encoding="utf-8"))


def is_record(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "record"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "audit"
    )


def patterns(node: ast.expr) -> Iterator[str]:
    """The verbs an expression may yield: as they are, or with a hole for what is put in."""
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.IfExp):
        yield from patterns(node.body)
        yield from patterns(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )


def recorded() -> dict[str, str]:
    """verb (or pattern of verbs) → the file that records it."""
    found: dict[str, str] = {}
    for path, tree in sources():
        place = str(path.relative_to(ROOT))
        calls = [node for node in ast.walk(tree) if is_record(node)]
        for call in calls:
            said = list(patterns(call.args[0]))
            if not said:
                # The verb comes from elsewhere in the file.
                said = [
                    node.value
                    for node in ast.walk(tree)
                    if isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and VERB.fullmatch(node.value)
                    and not node.value.endswith("_")
                    and node.value.partition(".")[0] not in APPS
                ]
                assert said, f"{place}: nobody can tell which verbs are recorded here"
            found.update(dict.fromkeys(said, place))
    return found


def test_every_verb_that_is_recorded_has_a_word() -> None:
    verbs = vocabulary().verbs
    found = recorded()
    assert len(found) > 70
    missing = {
        said: place
        for said, place in found.items()
        if not any(
            re.fullmatch(re.escape(said).replace(r"\{\}", "[a-z_]+"), verb) for verb in verbs
        )
    }
    assert missing == {}


def test_verbs_made_of_a_state_have_a_word_for_every_state() -> None:
    made = {
        *(f"match.{state}" for state in MatchState),
        *(f"company.{decision}" for decision in VerificationDecision),
        *(f"company.{kind}_asked" for kind in JoinKind),
        *(f"company.{kind}_{state}" for kind in JoinKind for state in JoinState if state != "open"),
        *(
            f"{item}.{what}"
            for item in ("offering", "need")
            for what in (ItemState.OPEN, ItemState.CLOSED, "created", "edited", "renewed")
        ),
    }
    assert made - set(vocabulary().verbs) == set()


@pytest.mark.parametrize("language", ["ko", "ja"])
def test_every_word_is_translated(language: str) -> None:
    known = vocabulary()
    labels = [*known.verbs.values(), *known.facts.values()]
    labels += [noun.label for noun in known.nouns.values()]
    with translation.override("en"):
        english = [str(label) for label in labels]
    with translation.override(language):
        same = {text for text, label in zip(english, labels, strict=True) if str(label) == text}
    assert same == set()


def test_every_kind_of_object_that_stands_in_a_model_can_be_looked_up() -> None:
    assert all(apps.get_model(kind) for kind in vocabulary().nouns)


@pytest.mark.django_db
def test_objects_are_named_with_one_query_a_kind(django_assert_num_queries) -> None:
    now = timezone.now()
    firms = [CompanyFactory(name_en=f"Firm {number}") for number in range(3)]
    match = MatchFactory()
    events = [audit.record("company.edited", firm, actor=None, now=now) for firm in firms]
    events.append(audit.record("match.approved", match, actor=None, now=now))
    with django_assert_num_queries(2):
        names = names_of(events)
    assert names["companies.company", str(firms[0].pk)].text == "Firm 0"
    assert str(firms[0].pk) in names["companies.company", str(firms[0].pk)].path
    assert " → " in names["matching.match", str(match.pk)].text


@pytest.mark.django_db
def test_what_is_gone_or_unknown_has_no_name_and_breaks_nothing() -> None:
    assert name_of("companies.company", "not-a-uuid") is None
    assert name_of("companies.company", "6a1f0f5e-0000-4000-8000-000000000000") is None
    assert name_of("nothing.here", "1") is None
    assert noun_label("nothing.here") == "nothing.here"
    assert verb_label("nobody.knows") == "nobody.knows"


@pytest.mark.django_db
def test_data_are_told_in_words() -> None:
    user = UserFactory()
    event = audit.record(
        "staff.appointed", user, actor=None, now=timezone.now(), was="", role="supervisor", odd=[1]
    )
    with translation.override("ja"):
        told = [(fact.label, fact.text, fact.is_code) for fact in facts_of(event)]
    assert told[1] == ("権限", "統括責任者", False)
    assert told[2] == ("odd", "1", True)
