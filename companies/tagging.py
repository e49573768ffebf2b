"""Which concepts a text speaks of. The engine knows how; a higher layer plugs it in here."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

# (concept id, the words of the text that name it)
Mention = tuple[int, str]
Tagger = Callable[[Sequence[str]], list[list[int]]]
Reader = Callable[[str], list[Mention]]

Facts = Mapping[str, Any]
Comparer = Callable[[Sequence[str], Facts, Facts], list[tuple[list[str], list[str]]]]
ProposalCounter = Callable[[Collection[UUID]], int]

_tagger: Tagger | None = None
_reader: Reader | None = None
_comparer: Comparer | None = None
_counter: ProposalCounter | None = None


def use_tagger(tagger: Tagger) -> None:
    """Called once by the layer that owns the engine, when the applications are ready."""
    global _tagger
    _tagger = tagger


def use_reader(reader: Reader) -> None:
    """The same for `mentions`."""
    global _reader
    _reader = reader


def tag(texts: Sequence[str]) -> list[list[int]]:
    """For each text the ids of the concepts it names, in order of appearance, none twice."""
    if _tagger is None:
        raise RuntimeError("No tagger is plugged in: see matching.apps")
    return _tagger(texts)


def mentions(text: str) -> list[Mention]:
    """The concepts of one text like `tag`, each with the words that name it first."""
    if _reader is None:
        raise RuntimeError("No reader is plugged in: see matching.apps")
    return _reader(text)


def use_comparer(comparer: Comparer) -> None:
    """The same for `compare`."""
    global _comparer
    _comparer = comparer


def compare(texts: Sequence[str], before: Facts, after: Facts) -> list[tuple[list[str], list[str]]]:
    """For each text the codes of its concepts with `before`, and with `after`, in place of the
    stored concepts of those codes."""
    if _comparer is None:
        raise RuntimeError("No comparer is plugged in: see matching.apps")
    return _comparer(texts, before, after)


def use_proposal_counter(counter: ProposalCounter) -> None:
    """The same for `open_proposals`."""
    global _counter
    _counter = counter


def open_proposals(item_ids: Collection[UUID]) -> int:
    """How many proposals that nobody has decided on have one of these items."""
    if _counter is None:
        raise RuntimeError("No counter is plugged in: see matching.apps")
    return _counter(item_ids)
