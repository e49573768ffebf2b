"""Names and official numbers, each given out once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from companies.numbers import japanese_check_digit, korean_check_digit
from demo.generator.catalogue import Catalogue
from demo.generator.chance import weighted
from taxonomy.choices import Country

# Japan writes the legal form without a space; Korea only the spelt-out one with a space.
SPELT_OUT: Final = ("주식회사", "유한회사")


@dataclass(frozen=True, slots=True)
class FirmName:
    """`native`: the legal name in the firm's own script; `bare_roman`: English without the form."""

    native: str
    kana: str
    english: str
    bare_roman: str

    @property
    def domain(self) -> str:
        letters = "".join(c for c in self.bare_roman.lower() if c.isascii() and c.isalnum())
        return f"{letters}.example"


class Names:
    """Draws names without replacement: stem times word, the word from the firm's main sector.

    Raises IndexError when a sector's names are used up (over 4,000 in each country).
    """

    def __init__(self, catalogue: Catalogue, country: str, rng: Random) -> None:
        self._rng = rng
        self._country = country
        self._forms = [form for form in catalogue.legal_forms if form["country"] == country]
        self._weights = [float(form["weight"]) for form in self._forms]
        self._bare: dict[str, list[tuple[Mapping[str, str], Mapping[str, str]]]] = {}
        for sector in catalogue.sectors:
            words = [word for word in catalogue.words[country] if word["sector"] == sector]
            pairs = [(stem, word) for stem in catalogue.stems[country] for word in words]
            rng.shuffle(pairs)
            self._bare[sector] = pairs

    def draw(self, sector: str) -> FirmName:
        stem, word = self._bare[sector].pop()
        form = weighted(self._rng, self._forms, self._weights)
        bare = stem["stem"] + word["word"]
        gap = " " if form["form"] in SPELT_OUT else ""
        parts = (form["form"], bare) if form["position"] == "before" else (bare, form["form"])
        roman = f"{stem['roman']} {word['roman']}"
        return FirmName(
            native=gap.join(parts),
            kana=stem["kana"] + word["kana"] if self._country == Country.JP else "",
            english=f"{roman} {form['english']}",
            bare_roman=roman,
        )


def official_numbers(country: str, rng: Random) -> Iterator[str]:
    """Numbers that pass the check but belong to nobody, each once.

    Korea: tax offices count from 101, these begin with 001 to 099. Japan: no registry has the
    office code 9999.
    """
    if country == Country.KR:
        for serial in _serials(rng, 99 * 8 * 9999):
            office, rest = divmod(serial, 8 * 9999)
            kind, running = divmod(rest, 9999)
            first_nine = f"{office + 1:03d}{81 + kind}{running + 1:04d}"
            yield first_nine + korean_check_digit(first_nine)
    else:
        for serial in _serials(rng, 1_000_000):
            last_twelve = f"999901{serial:06d}"
            yield japanese_check_digit(last_twelve) + last_twelve


def _serials(rng: Random, count: int) -> Iterator[int]:
    """All numbers below `count` in an order that looks like chance: a step prime to `count`."""
    step = 7_368_787
    start = rng.randrange(count)
    return ((start + index * step) % count for index in range(count))
