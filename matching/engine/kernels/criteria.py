"""What a pair is worth: one function a criterion, from the records of a need and an offering.

Each gives a value in [0, 1], or NaN where it is not known, and never falls when the fact it looks
at gets better. Formulas and their sources: docs/engine.md.
"""

from __future__ import annotations

import numpy as np

from matching.engine.compiling import kernel, part
from matching.engine.kernels.postings import popcount

_PRICE_TOLERANCE = 0.5  # half as much again as the buyer's limit is worth nothing
_STEP_OF_STAGE = 0.4
_CONCEPTS_ALONE = 0.9  # a shared concept in other words; the same words make it perfect
_BARE_CONCEPT = 0.55  # of that, when nothing else is shared
_WORDS_ALONE = 0.9  # words without a shared concept never make a perfect fit
_OTHER_CONCEPTS = 0.4  # by so much less do words count when both name other products
_CONCEPTS_AGREE = 0.3  # from this coverage on words count fully
_WORD_EVIDENCE = 0.7  # how sure a fit is that rests on words alone
_OTHERS_COUNT = 0.35  # the further concepts of a need beside its foremost
# A need that names only what a thing is for, or its industry, is never fully covered; one that
# names a broad group of products is covered in part.
_LEAST_SUBSTANCE = 0.3
_LEAST_WITHOUT_PRODUCT = 0.6
_IS_PRODUCT = 0.5  # kind weight


@part
def product(coverage, substance, share):
    """Concepts and all that is said, across languages: either is evidence, together they are more.

    A shared concept is worth the more, the more of the rest is shared too: so of many who make
    the same thing the one who makes it as wanted comes first.
    """
    covered = 0.0 if np.isnan(coverage) else coverage
    differ = 0.0 if np.isnan(coverage) else 1.0 - min(covered / _CONCEPTS_AGREE, 1.0)
    trust = 1.0 - _OTHER_CONCEPTS * substance * differ
    alike = np.sqrt(share)
    concepts = _CONCEPTS_ALONE * covered * (_BARE_CONCEPT + (1.0 - _BARE_CONCEPT) * alike)
    return 1.0 - (1.0 - concepts) * (1.0 - _WORDS_ALONE * trust * alike)


@part
def hs(need, offering):
    """The closest pair of declared codes: same six, four or two digits."""
    if need.hs6[0] < 0 or offering.hs6[0] < 0:
        return np.nan
    closest = 0.0
    for ours in need.hs6:
        if ours < 0:
            break
        for theirs in offering.hs6:
            if theirs < 0:
                break
            if ours == theirs:
                return 1.0
            if ours // 100 == theirs // 100:
                closest = max(closest, 0.7)
            elif ours // 10_000 == theirs // 10_000:
                closest = max(closest, 0.3)
    return closest


@part
def certifications(need, offering):
    """The share of wished and required certificates that the seller holds."""
    asked, held = 0, 0
    for word in range(len(need.certifications)):
        wanted = need.certifications[word] | need.required_certifications[word]
        asked += popcount(wanted)
        held += popcount(wanted & offering.certifications[word])
    if asked == 0 or not offering.are_certifications_known:
        return np.nan
    return held / asked


@part
def is_comparable(need, offering):
    return need.dimension >= 0 and need.dimension == offering.dimension


@part
def volume(need, offering):
    """Capacity over demand, and demand over the minimum order, each at most 1."""
    wanted = np.float64(need.volume)
    capacity, least = np.float64(offering.volume), np.float64(offering.min_order)
    if not is_comparable(need, offering) or not wanted > 0:
        return np.nan
    if np.isnan(capacity) and np.isnan(least):
        return np.nan
    enough = 1.0 if np.isnan(capacity) else min(capacity / wanted, 1.0)
    return enough * (min(wanted / least, 1.0) if least > 0 else 1.0)


@part
def lead_time(need, offering):
    """1 within the wished time, falling to 0 at twice as long."""
    wished = np.float64(need.lead_days)
    if np.isnan(wished):
        wished = np.float64(need.max_lead_days)
    promised = np.float64(offering.lead_days)
    if np.isnan(wished) or np.isnan(promised):
        return np.nan
    return min(max(2.0 - promised / max(wished, 1.0), 0.0), 1.0)


@part
def price(need, offering):
    """1 when the whole band is within the buyer's limit, less as less of it is, 0 far above."""
    limit = np.float64(need.price_high)
    low, high = np.float64(offering.price_low), np.float64(offering.price_high)
    if np.isnan(low):
        low = high
    if np.isnan(high):
        high = low
    if not is_comparable(need, offering) or not limit > 0 or np.isnan(low):
        return np.nan
    if low > limit:
        return 0.6 * (1.0 - min((low / limit - 1.0) / _PRICE_TOLERANCE, 1.0))
    if high <= limit:
        return 1.0
    return 0.6 + 0.4 * min(max((limit - low) / (high - low), 0.0), 1.0)


@part
def stage(need, offering):
    """1 when the product is as far developed as wished, less for each stage it lacks."""
    if need.stage < 0 or offering.stage < 0:
        return np.nan
    short = max(np.float64(need.stage) - np.float64(offering.stage), 0.0)
    return min(max(1.0 - _STEP_OF_STAGE * short, 0.0), 1.0)


@part
def wishes_met(item, firm):
    """Of the wishes of an item that the other's firm is known to meet or miss, the share met."""
    known, met = 0.0, 0.0
    if item.wish_regions != 0 and firm.region != 0:
        known += 1.0
        met += 1.0 if item.wish_regions & firm.region != 0 else 0.0
    if not np.isnan(item.wish_employees) and not np.isnan(firm.employees):
        known += 1.0
        met += 1.0 if firm.employees >= item.wish_employees else 0.0
    if item.wish_experienced and not np.isnan(firm.experience):
        known += 1.0
        met += 1.0 if firm.experience > 0 else 0.0
    return met / known if known > 0 else np.nan


@part
def partner_wishes(need, offering):
    """What each side wishes of the other firm, fused by the harmonic mean: both must be content."""
    of_buyer, of_seller = wishes_met(need, offering), wishes_met(offering, need)
    if np.isnan(of_buyer):
        return of_seller
    if np.isnan(of_seller):
        return of_buyer
    total = of_buyer + of_seller
    return 2.0 * of_buyer * of_seller / total if total > 0 else 0.0


@part
def experience(need, offering):
    """The two firms' experience with each other's country: the mean of what is known."""
    one, other = np.float64(need.experience), np.float64(offering.experience)
    if np.isnan(one):
        return other
    return one if np.isnan(other) else (one + other) / 2.0


@part
def responsiveness(need, offering):
    """How reliably the two firms answer: the weaker of the two, of what is known."""
    one, other = np.float64(need.responsiveness), np.float64(offering.responsiveness)
    if np.isnan(one):
        return other
    return one if np.isnan(other) else min(one, other)


@part
def evaluate(need, offering, values):
    """Write every criterion but the first into `values`, in the order of `criteria.NAMES`."""
    values[1] = hs(need, offering)
    values[2] = certifications(need, offering)
    values[3] = volume(need, offering)
    values[4] = lead_time(need, offering)
    values[5] = price(need, offering)
    values[6] = stage(need, offering)
    values[7] = partner_wishes(need, offering)
    values[8] = experience(need, offering)
    values[9] = responsiveness(need, offering)


@part
def ask(need, concepts, table):
    """(what covers the whole, substance) of a need; `table[k]` becomes what concept k adds."""
    total, foremost, names_product = 0.0, 0.0, False
    for place in range(need.concepts_begin, need.concepts_end):
        concept, weight = concepts.wanted[place], concepts.weight[place]
        total += weight
        foremost = max(foremost, weight)
        names_product |= concepts.kind_weight[concept] >= _IS_PRODUCT
        for step in range(concepts.line_start[concept], concepts.line_start[concept + 1]):
            ancestor = concepts.line[step]
            table[ancestor] += weight / concepts.content[concept] * concepts.step[ancestor]
    least = _LEAST_SUBSTANCE if names_product else _LEAST_WITHOUT_PRODUCT
    return max(foremost + _OTHERS_COUNT * (total - foremost), least), foremost


@part
def forget(need, concepts, table):
    for place in range(need.concepts_begin, need.concepts_end):
        concept = concepts.wanted[place]
        for step in range(concepts.line_start[concept], concepts.line_start[concept + 1]):
            table[concepts.line[step]] = 0.0


@part
def cover(need, offerings, rows, shown, firmness, table, asked, coverage):
    """The shares of a need's concepts that offerings cover; NaN: one of the two names none."""
    # The records stand anywhere in memory: asked for one after the other, they arrive together.
    seen = np.float32(0)
    for pair in range(len(rows)):
        offering = offerings[np.uint64(rows[pair])]
        seen += offering.price_low + np.float32(offering.wish_regions)
    for pair in range(len(rows)):
        offering = offerings[np.uint64(rows[pair])]
        if offering.concepts_end > offering.concepts_begin:
            seen += firmness[np.uint64(offering.concepts_begin)]
            seen += np.float32(shown[np.uint64(offering.concepts_begin)])
    coverage[0] = seen
    names_none = need.concepts_begin == need.concepts_end
    for pair in range(len(rows)):
        offering = offerings[np.uint64(rows[pair])]
        gained = 0.0
        for place in range(offering.concepts_begin, offering.concepts_end):
            gained += table[np.uint64(shown[np.uint64(place)])] * firmness[np.uint64(place)]
        is_unknown = names_none or offering.concepts_begin == offering.concepts_end
        coverage[pair] = np.nan if is_unknown else min(gained / asked, 1.0)


@kernel
def score_pairs(needs, offerings, concepts, weights, least, need_row, offering_row, share):
    """(criteria (n, c), score (n,), confidence (n,)), float32; pairs of a need stand together.

    Pairs of less than `least` in the first criterion are about different things: the others
    are not looked at, score and confidence are 0.
    """
    count = len(need_row)
    criteria = np.full((count, len(weights)), np.nan, np.float32)
    score = np.zeros(count, np.float32)
    confidence = np.zeros(count, np.float32)
    values = np.empty(len(weights), np.float64)
    table = np.zeros(len(concepts.content), np.float64)
    coverage = np.empty(count, np.float64)
    shown, firmness = concepts.shown, concepts.firmness
    everything = weights.sum()
    first = 0
    while first < count:
        last = first + 1
        while last < count and need_row[last] == need_row[first]:
            last += 1
        need, rows = needs[need_row[first]], offering_row[first:last]
        asked, substance = ask(need, concepts, table)
        cover(need, offerings, rows, shown, firmness, table, asked, coverage[first:last])
        forget(need, concepts, table)
        for pair in range(first, last):
            values[0] = product(coverage[pair], substance, np.float64(share[pair]))
            criteria[pair, 0] = values[0]
            if criteria[pair, 0] < least:
                continue
            evaluate(need, offerings[np.uint64(offering_row[pair])], values)
            known, gained, sure = 0.0, 0.0, 0.0
            for place in range(len(weights)):
                value = np.float32(values[place])
                criteria[pair, place] = value
                weight = 0.0 if np.isnan(value) else weights[place]
                known += weight
                gained += weight * (0.0 if np.isnan(value) else np.float64(value))
                is_word_fit = place == 0 and np.isnan(coverage[pair])
                sure += weight * (_WORD_EVIDENCE if is_word_fit else 1.0)
            score[pair] = min(max(gained / known if known > 0 else 0.0, 0.0), 1.0)
            confidence[pair] = min(max(sure / everything, 0.0), 1.0)
        first = last
    return criteria, score, confidence
