"""Which concepts a text speaks of. The engine knows how; a higher layer plugs it in here."""

from collections.abc import Callable, Sequence

Tagger = Callable[[Sequence[str]], list[list[int]]]

_tagger: Tagger | None = None


def use_tagger(tagger: Tagger) -> None:
    """Called once by the layer that owns the engine, when the applications are ready."""
    global _tagger
    _tagger = tagger


def tag(texts: Sequence[str]) -> list[list[int]]:
    """For each text the ids of the concepts it names, in order of appearance, none twice."""
    if _tagger is None:
        raise RuntimeError("No tagger is plugged in: see matching.apps")
    return _tagger(texts)
