"""Why a pair scores what it scores, as codes and arguments; `matching.wording` makes sentences.

Three groups: what fits, why the other side may say yes, what is missing. A fact nobody stated is
a gap only where the other side asked for it. Concepts, certificates and stages are given by code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import isnan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.concepts import Closeness
from matching.engine.criteria import NAMES, parts, score
from matching.engine.match import Prepared, score_pairs
from matching.engine.text.lexicon import KIND_WEIGHTS, Entry
from matching.engine.text.shared import shared_words
from matching.engine.types import STAGES, Candidates, Explanation, Floats, Problem, Reason

FITS, ACCEPTS, MISSING = "fits", "accepts", "missing"
_ASKED: Final = (
    "volume",
    "lead_days",
    "max_lead_days",
    "price_high",
    "stage",
    "is_single_sourced",
    "has_risk",
)
_GIVEN: Final = ("volume", "min_order", "lead_days", "stage", "are_certifications_known")
_MOST_CONCEPTS: Final = 4  # named in a sentence
_MOST_WORDS: Final = 4
_GOOD_WORDING: Final = 0.3  # share of common words worth mentioning
_A_THING: Final = KIND_WEIGHTS["process"]  # or more: what can be bought, or done for one
_CLOSE_ENOUGH: Final = 0.15  # a common ancestor less specific than this says nothing
_RESPONSIVE: Final = 0.6
_WORTH_A_HINT: Final = 0.01  # of the score

_Found = Iterator[tuple[str, Reason]]


def explain(prepared: Prepared, candidates: Candidates) -> list[Explanation]:
    """One explanation for each candidate, in order."""
    stated = _Stated(prepared, candidates)
    return [_explanation(_Pair(stated, row)) for row in range(len(candidates))]


def _with(criteria: Floats, name: str, weights: NDArray[np.float64]) -> Floats:
    """The scores if the criterion `name` were met in full, all else being equal."""
    values = criteria.copy()
    values[:, NAMES.index(name)] = 1
    return score(values, weights)


def is_vague(explanation: Explanation) -> bool:
    """Whether it only says that the wording is alike, without saying which words."""
    return any(reason.code == "similar_wording" for reason in explanation.fits)


def naming_shared_words(explanation: Explanation, need: str, offering: str) -> Explanation:
    """The same, naming the words that the texts of the two items have in common."""
    words = shared_words(need, offering)[:_MOST_WORDS]
    if not words:
        return explanation
    named = Reason("shared_words", {"words": [list(pair) for pair in words]})
    return replace(
        explanation,
        fits=tuple(named if it.code == "similar_wording" else it for it in explanation.fits),
    )


class _Stated:
    """What candidates and their items say, as plain Python values: one look at an array's element
    takes as long as ten at a list's."""

    def __init__(self, prepared: Prepared, candidates: Candidates) -> None:
        self.problem: Problem = prepared.problem
        self.closeness: Closeness = prepared.closeness
        needs, offerings = self.problem.needs, self.problem.offerings
        need, offering = candidates.need, candidates.offering
        self.need, self.offering = need.tolist(), offering.tolist()
        self.score, self.confidence = candidates.score.tolist(), candidates.confidence.tolist()
        _, criteria = score_pairs(prepared, candidates)
        self.criteria = criteria.tolist()
        self.shares = parts(criteria, prepared.weights).tolist()
        self.cured = {
            name: _with(criteria, name, prepared.weights).tolist() for name in set(_CURES.values())
        }
        self.asked = {name: getattr(needs, name)[need].tolist() for name in _ASKED}
        self.given = {name: getattr(offerings, name)[offering].tolist() for name in _GIVEN}
        asked = needs.certifications[need] | needs.required_certifications[need]
        held = offerings.certifications[offering]
        self.fulfilled, self.lacking = (asked & held).tolist(), (asked & ~held).tolist()
        experience = self.problem.firms.experience
        self.buyers = experience[needs.firm[need]].tolist()
        self.sellers = experience[offerings.firm[offering]].tolist()


class _Pair:
    """One candidate; None stands for unknown."""

    def __init__(self, stated: _Stated, row: int) -> None:
        self.stated = stated
        self.row = row
        self.need, self.offering = stated.need[row], stated.offering[row]
        self.values: dict[str, float | None] = {
            name: _plain(value) for name, value in zip(NAMES, stated.criteria[row], strict=True)
        }

    def asked(self, column: str) -> float | None:
        return _plain(self.stated.asked[column][self.row])

    def given(self, column: str) -> float | None:
        return _plain(self.stated.given[column][self.row])

    def value(self, name: str) -> float | None:
        return self.values[name]

    def codes(self, mask: list[int]) -> list[str]:
        """Codes of the certifications in a mask."""
        names = self.stated.problem.certifications
        found = []
        for word, bits in enumerate(mask):
            while bits:
                lowest = bits & -bits
                found.append(names[64 * word + lowest.bit_length() - 1])
                bits ^= lowest
        return found


def _explanation(pair: _Pair) -> Explanation:
    stated, row = pair.stated, pair.row
    total = stated.score[row]
    groups: dict[str, list[Reason]] = {FITS: [], ACCEPTS: [], MISSING: []}
    for account in _ACCOUNTS:
        for group, reason in account(pair):
            if reason.code in _CURES:
                would_be = stated.cured[_CURES[reason.code]][row]
                if would_be - total >= _WORTH_A_HINT:
                    reason = replace(reason, would_be=would_be)
            groups[group].append(reason)
    return Explanation(
        score=total,
        confidence=stated.confidence[row],
        criteria=pair.values,
        parts={
            name: share
            for name, share in zip(NAMES, stated.shares[row], strict=True)
            if pair.values[name] is not None
        },
        fits=tuple(groups[FITS]),
        accepts=tuple(groups[ACCEPTS]),
        missing=tuple(groups[MISSING]),
    )


def _product(pair: _Pair) -> _Found:
    """What both name. A thing, material, process or service that is the same comes first; else
    the field both belong to. That both are thin or pure is no reason by itself."""
    lexicon, closeness = pair.stated.problem.lexicon, pair.stated.closeness
    shared = closeness.shared(pair.need, pair.offering)
    same = [concept for concept, common in shared if concept == common]
    things = [concept for concept in same if lexicon.weight[concept] >= _A_THING]
    near = [
        common
        for concept, common in shared
        if lexicon.entries[common].kind != "property"
        and (concept == common or lexicon.content[common] >= _CLOSE_ENOUGH)
    ]
    if things:
        yield FITS, Reason("same_concepts", {"concepts": _named(lexicon.codes, things)})
    elif near:
        yield FITS, Reason("near_concepts", {"concepts": _named(lexicon.codes, near)})
    elif (pair.value("product") or 0) >= _GOOD_WORDING:
        yield FITS, Reason("similar_wording", {})
    reached = {concept for concept, _ in shared}
    absent = [
        concept
        for concept in closeness.wanted(pair.need)
        if concept not in reached
        and lexicon.weight[concept] >= _A_THING
        and not any(_is_part_of(lexicon.entries[concept], lexicon.entries[it]) for it in things)
    ]
    if absent and shared:
        yield MISSING, Reason("concepts_not_named", {"concepts": _named(lexicon.codes, absent)})


def _is_part_of(entry: Entry, other: Entry) -> bool:
    """Whether the other's name says this as well: a test kit is a kit."""
    return any(label in longer for label in entry.labels for longer in other.labels)


def _hs(pair: _Pair) -> _Found:
    problem = pair.stated.problem
    ours = problem.needs.hs6.row(pair.need).tolist()
    theirs = problem.offerings.hs6.row(pair.offering).tolist()
    for digits, divisor in ((6, 1), (4, 100)):
        common = sorted({code // divisor for code in ours} & {code // divisor for code in theirs})
        if common:
            yield FITS, Reason("same_hs", {"hs": f"{common[0]:0{digits}d}", "digits": digits})
            return


def _certifications(pair: _Pair) -> _Found:
    if fulfilled := pair.codes(pair.stated.fulfilled[pair.row]):
        yield FITS, Reason("certifications_held", {"certifications": fulfilled})
    if lacking := pair.codes(pair.stated.lacking[pair.row]):
        known = pair.given("are_certifications_known")
        code = "certifications_missing" if known else "certifications_unknown"
        yield MISSING, Reason(code, {"certifications": lacking})


def _volume(pair: _Pair) -> _Found:
    wanted, capacity = pair.asked("volume"), pair.given("volume")
    if wanted is None:
        return
    if pair.value("volume") is None or capacity is None:
        yield MISSING, Reason("volume_unknown")
    elif capacity >= wanted:
        yield FITS, Reason("volume_covered")
    else:
        yield MISSING, Reason("volume_short", {"percent": _percent(capacity / wanted)})
    least = pair.given("min_order")
    if pair.value("volume") is not None and least is not None and least > wanted:
        yield MISSING, Reason("minimum_order_high")


def _lead_time(pair: _Pair) -> _Found:
    limit = pair.asked("lead_days")
    limit = pair.asked("max_lead_days") if limit is None else limit
    days = pair.given("lead_days")
    if limit is None:
        return
    if days is None:
        yield MISSING, Reason("lead_time_unknown", {"limit": round(limit)})
    elif days <= limit:
        yield FITS, Reason("lead_time_met", {"days": round(days), "limit": round(limit)})
    else:
        yield MISSING, Reason("lead_time_long", {"days": round(days), "limit": round(limit)})


def _price(pair: _Pair) -> _Found:
    value = pair.value("price")
    if value is None:
        if pair.asked("price_high") is not None:
            yield MISSING, Reason("price_unknown")
    elif value >= 1:
        yield FITS, Reason("price_within")
    elif value >= 0.6:
        yield FITS, Reason("price_overlaps")
    else:
        yield MISSING, Reason("price_above")


def _stage(pair: _Pair) -> _Found:
    wished, reached = pair.stated.asked["stage"][pair.row], pair.stated.given["stage"][pair.row]
    if wished < 0:
        return
    if reached < 0:
        yield MISSING, Reason("stage_unknown", {"wished": STAGES[wished]})
    elif reached >= wished:
        yield FITS, Reason("stage_reached", {"stage": STAGES[reached]})
    else:
        yield MISSING, Reason("stage_early", {"stage": STAGES[reached], "wished": STAGES[wished]})


def _wishes(pair: _Pair) -> _Found:
    value = pair.value("partner_wishes")
    if value is None:
        return
    if value >= 1:
        yield ACCEPTS, Reason("wishes_met")
    elif value > 0:
        yield ACCEPTS, Reason("wishes_partly_met")
    else:
        yield MISSING, Reason("wishes_unmet")


def _experience(pair: _Pair) -> _Found:
    buyer, seller = (_plain(of[pair.row]) for of in (pair.stated.buyers, pair.stated.sellers))
    if (buyer or 0) > 0 and (seller or 0) > 0:
        yield ACCEPTS, Reason("both_experienced")
    elif (seller or 0) > 0:
        yield ACCEPTS, Reason("seller_experienced")
    elif (buyer or 0) > 0:
        yield ACCEPTS, Reason("buyer_experienced")
    elif buyer == 0 and seller == 0:
        yield MISSING, Reason("nobody_experienced")


def _responsiveness(pair: _Pair) -> _Found:
    if (pair.value("responsiveness") or 0) >= _RESPONSIVE:
        yield ACCEPTS, Reason("responsive")


def _supply_chain(pair: _Pair) -> _Found:
    if pair.asked("is_single_sourced") == 1:
        yield ACCEPTS, Reason("buyer_single_sourced")
    if pair.asked("has_risk"):
        yield ACCEPTS, Reason("buyer_at_risk")


_ACCOUNTS: Final[tuple[Callable[[_Pair], _Found], ...]] = (
    _product,
    _hs,
    _certifications,
    _volume,
    _lead_time,
    _price,
    _stage,
    _wishes,
    _experience,
    _responsiveness,
    _supply_chain,
)

#: What is missing and can be stated or obtained, with the criterion it would then meet.
_CURES: Final[dict[str, str]] = {
    "certifications_missing": "certifications",
    "certifications_unknown": "certifications",
    "volume_short": "volume",
    "volume_unknown": "volume",
    "minimum_order_high": "volume",
    "lead_time_long": "lead_time",
    "lead_time_unknown": "lead_time",
    "price_above": "price",
    "price_unknown": "price",
    "stage_early": "stage",
    "stage_unknown": "stage",
}

#: Every code with the names of its arguments; the wording has a sentence for each.
CODES: Final[dict[str, tuple[str, ...]]] = {
    "same_concepts": ("concepts",),
    "near_concepts": ("concepts",),
    "similar_wording": (),
    "shared_words": ("words",),
    "concepts_not_named": ("concepts",),
    "same_hs": ("hs", "digits"),
    "certifications_held": ("certifications",),
    "certifications_missing": ("certifications",),
    "certifications_unknown": ("certifications",),
    "volume_covered": (),
    "volume_short": ("percent",),
    "volume_unknown": (),
    "minimum_order_high": (),
    "lead_time_met": ("days", "limit"),
    "lead_time_long": ("days", "limit"),
    "lead_time_unknown": ("limit",),
    "price_within": (),
    "price_overlaps": (),
    "price_above": (),
    "price_unknown": (),
    "stage_reached": ("stage",),
    "stage_early": ("stage", "wished"),
    "stage_unknown": ("wished",),
    "wishes_met": (),
    "wishes_partly_met": (),
    "wishes_unmet": (),
    "both_experienced": (),
    "seller_experienced": (),
    "buyer_experienced": (),
    "nobody_experienced": (),
    "responsive": (),
    "buyer_single_sourced": (),
    "buyer_at_risk": (),
}


def _plain(value: float) -> float | None:
    return None if isnan(value) else value


def _percent(share: float | None) -> int:
    return round(100 * (share or 0))


def _named(codes: tuple[str, ...], rows: list[int]) -> list[str]:
    return [codes[row] for row in dict.fromkeys(rows)][:_MOST_CONCEPTS]
