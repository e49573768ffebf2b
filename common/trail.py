"""How the audit trail is read: words for its codes, and names and pages for its objects.

Every app says in its `trail.py` what it records: `VERBS` (verb → what was done), `NOUNS` (kind of
object → Noun), `FACTS` (key of an event's data → what it means) and `WORDS` (`<noun>.<key>` or
`<key>` → {code: word}). A verb without a word fails tests/common/test_trail.py.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import Promise

from common.models import AuditEvent

MODULE: Final = "trail"
Label = str | Promise


@dataclass(frozen=True, slots=True)
class Named:
    """What an object is called now, in which language ("": the reader's), and where it is seen."""

    text: str
    path: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Noun:
    """A kind of object: its word, how its rows are named (one query for all), and which staff role
    a reader of its history needs."""

    label: Label
    names: Callable[[models.QuerySet[Any]], Iterable[tuple[Any, Named]]]
    role: str = "reviewer"


@dataclass(slots=True)
class Vocabulary:
    verbs: dict[str, Label] = field(default_factory=dict)
    nouns: dict[str, Noun] = field(default_factory=dict)
    facts: dict[str, Label] = field(default_factory=dict)
    words: dict[str, dict[str, Label]] = field(default_factory=dict)


@cache
def vocabulary() -> Vocabulary:
    """What all apps together say, the lowest app first."""
    found = Vocabulary()
    for app in reversed(list(apps.get_app_configs())):
        name = f"{app.name}.{MODULE}"
        if find_spec(name) is None:
            continue
        module = import_module(name)
        found.verbs.update(getattr(module, "VERBS", {}))
        found.nouns.update(getattr(module, "NOUNS", {}))
        found.facts.update(getattr(module, "FACTS", {}))
        for key, words in getattr(module, "WORDS", {}).items():
            found.words.setdefault(key, {}).update(words)
    return found


def verb_label(verb: str) -> str:
    """What was done, in the reader's language; a verb nobody has a word for as it is."""
    return str(vocabulary().verbs.get(verb, verb))


def noun_label(object_type: str) -> str:
    noun = vocabulary().nouns.get(object_type)
    return str(noun.label) if noun else object_type


def needed_role(object_type: str) -> str:
    """The staff role that may read the history of such objects; of unknown ones the highest."""
    noun = vocabulary().nouns.get(object_type)
    return noun.role if noun else "administrator"


def nouns_above(roles: Collection[str]) -> list[str]:
    """The kinds of objects whose history needs another role than `roles`."""
    return [kind for kind, noun in vocabulary().nouns.items() if noun.role not in roles]


def names_of(events: Iterable[AuditEvent]) -> dict[tuple[str, str], Named]:
    """(kind, id) → name of the objects that are still there; one query for each kind."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for event in events:
        wanted[event.object_type].add(event.object_id)
    return {(kind, key): named for kind, ids in wanted.items() for key, named in _names(kind, ids)}


def name_of(object_type: str, object_id: str) -> Named | None:
    return dict(_names(object_type, {object_id})).get(object_id)


def _names(kind: str, ids: set[str]) -> Iterable[tuple[str, Named]]:
    noun = vocabulary().nouns.get(kind)
    if noun is None:
        return
    model = apps.get_model(kind)
    keys = [key for key in map(_reader(model), ids) if key is not None]
    for key, named in noun.names(model._default_manager.filter(pk__in=keys)):
        yield str(key), named


def _reader(model: type[models.Model]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return model._meta.pk.to_python(text)
        except ValidationError:
            return None

    return read


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing an event says beside who, what and when. `is_code`: nobody has words for it."""

    label: str
    text: str
    is_code: bool = False


def facts_of(event: AuditEvent) -> list[Fact]:
    """The reason and the data of an event in readable words, in the order they were written."""
    pairs: list[tuple[str, Any]] = [("reason", event.reason)] if event.reason else []
    noun = event.verb.partition(".")[0]
    return [_fact(noun, key, value) for key, value in [*pairs, *event.data.items()]]


def _fact(noun: str, key: str, value: Any) -> Fact:
    known = vocabulary()
    words: Mapping[str, Label] = {
        **known.words.get(key, {}),
        **known.words.get(f"{noun}.{key}", {}),
    }
    values = value if isinstance(value, list) else [value]
    texts = [str(words.get(str(each), "")) or _plain(each) for each in values]
    is_known = all(str(each) in words for each in values)
    return Fact(str(known.facts.get(key, key)), ", ".join(texts) or "–", not is_known)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_plain(each)}" for key, each in value.items())
    return "–" if value in (None, "") else str(value)
