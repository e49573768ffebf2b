"""Which concepts a text speaks of. The engine knows how; a higher layer plugs it in here."""

from collections.abc import Callable, Sequence

# (concept id, the words of the text that name it)
Mention = tuple[int, str]
Tagger = Callable[[Sequence[str]], list[list[int]]]
Reader = Callable[[str], list[Mention]]

_tagger: Tagger | None = None
_reader: Reader | None = None


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
