"""Short words of people, in their language."""

from random import Random

from demo.generator.catalogue import Catalogue


class Remarks:
    def __init__(self, catalogue: Catalogue, rng: Random) -> None:
        self._texts = catalogue.remarks
        self._rng = rng

    def draw(self, kind: str, language: str, position: int | None = None) -> str:
        """A remark of this kind, at random or the one at `position`; none in English."""
        options = self._texts[kind].get(language, ())
        if not options:
            return ""
        return options[position] if position is not None else self._rng.choice(options)
