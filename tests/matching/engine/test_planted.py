"""A planted market is the same every time, honest about its answers, and findable."""

from functools import cache

import numpy as np

from matching.engine.evaluation.fairness import ineligible
from matching.engine.evaluation.planted import Planted, find, plant
from matching.engine.evaluation.planted.markets import NEEDS, OFFERINGS
from matching.engine.evaluation.planted.words import gather
from matching.engine.text import Entry, Lexicon, read, syllables

FIRMS = 60


@cache
def lexicon() -> Lexicon:
    """Enough products, and something of every kind that stands beside them."""
    numbered = ("alpha", "beta", "gamma", "delta", "sigma", "kappa", "omega", "theta")
    kinds = ("product", "product", "material", "process", "application", "property", "equipment")
    return Lexicon(
        Entry(
            f"{kind}_{row}_{name}",
            kind,
            "",
            (
                f"{chr(0xAC00 + 588 * row)}{chr(0xAC10 + 61 * place)}재",
                f"品{chr(0x4E00 + 97 * row + place)}材",
                f"{name}{row}",
            ),
            ("848210",),
        )
        for row, kind in enumerate(kinds)
        for place, name in enumerate(numbered)
    )


@cache
def market() -> Planted:
    return plant(FIRMS, lexicon())


def test_the_same_seed_gives_the_same_market() -> None:
    again = plant(FIRMS, lexicon())
    for of_needs in (False, True):
        assert list(again.documents(of_needs=of_needs)) == list(
            market().documents(of_needs=of_needs)
        )
    assert np.array_equal(again.problem.offerings.volume, market().problem.offerings.volume, True)
    other = plant(FIRMS, lexicon(), seed=2)
    assert list(other.documents(of_needs=True)) != list(market().documents(of_needs=True))


def test_every_firm_offers_three_and_needs_two() -> None:
    problem = market().problem
    assert (np.bincount(problem.offerings.firm) == OFFERINGS).all()
    assert (np.bincount(problem.needs.firm) == NEEDS).all()
    assert len(problem.firms) == 2 * FIRMS


def test_every_need_has_one_to_three_partners_that_it_may_meet() -> None:
    partners, problem = market().partners, market().problem
    assert partners.lengths.min() >= 1
    assert partners.lengths.max() <= 3
    assert not ineligible(problem, partners.row_of_value, partners.values).any()


def test_traps_say_the_same_and_many_must_never_be_shown() -> None:
    traps, problem = market().traps, market().problem
    wrong = ineligible(problem, traps.row_of_value, traps.values)
    assert 0.3 < wrong.mean() < 1
    products = market().said[0].product[traps.values]
    assert np.array_equal(products, market().said[1].product[traps.row_of_value])


def test_a_coined_word_is_written_by_a_japanese_as_a_korean_says_it() -> None:
    words = gather(lexicon(), 20, 20, np.random.default_rng(5))
    sino = [word for word in words.coined_details if not words.spellings["en"][word]]
    assert sino
    for word in sino:
        (korean,), (japanese,) = words.spellings["ko"][word], words.spellings["ja"][word]
        assert np.array_equal(syllables(read([[korean]])), syllables(read([[japanese]])))


def test_most_of_the_truth_is_found_and_nothing_ineligible() -> None:
    found = find(market())
    assert found.ineligible == 0
    assert found.traps > 0
    assert found.candidates > 0.95
    assert found.recall_10 > 0.75
    lost = found.no_candidate + found.below_thresholds + found.outranked
    assert abs(found.recall_10 + lost - 1) < 1e-9
