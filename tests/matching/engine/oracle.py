"""The engine's rules again, for one pair at a time, in plain Python: slow, and easy to check."""

from itertools import combinations
from math import isnan

from matching.engine.types import STAGES
from tests.matching.engine.problems import Firm, Item, World

ALSO_ACCEPTED = {"supply": "contract_manufacturing", "contract_manufacturing": "supply"}


def is_eligible(world: World, need_row: int, offering_row: int) -> bool:
    need, offering = world.needs[need_row], world.offerings[offering_row]
    buyer, seller = world.firms[need.firm], world.firms[offering.firm]
    accepted = {*need.cooperation, *(ALSO_ACCEPTED.get(kind, kind) for kind in need.cooperation)}
    met = {need.firm, offering.firm}
    return (
        buyer.country != seller.country
        and buyer.is_eligible
        and seller.is_eligible
        and need.is_open
        and offering.is_open
        and (not world.only_with_prospects or buyer.is_prospect or seller.is_prospect)
        and bool(accepted & set(offering.cooperation))
        and not _lacks_certificate(need, offering)
        and not offering.lead_days > need.max_lead_days
        and not (
            need.is_volume_required
            and need.dimension == offering.dimension
            and offering.volume < need.volume
        )
        and not any(met == set(pair) for pair in world.blocked)
        and (need_row, offering_row) not in world.closed
    )


def _lacks_certificate(need: Item, offering: Item) -> bool:
    lacking = need.required_certifications & ~offering.certifications
    return bool(lacking) and offering.are_certifications_known


def criteria(world: World, need_row: int, offering_row: int) -> dict[str, float | None]:
    """Every criterion but `product`; None where it is not known."""
    need, offering = world.needs[need_row], world.offerings[offering_row]
    buyer, seller = world.firms[need.firm], world.firms[offering.firm]
    return {
        "hs": _hs(need, offering),
        "certifications": _certifications(need, offering),
        "volume": _volume(need, offering),
        "lead_time": _lead_time(need, offering),
        "price": _price(need, offering),
        "stage": _stage(need, offering),
        "partner_wishes": _wishes(need, offering, buyer, seller),
        "experience": _mean(_known(buyer.experience), _known(seller.experience)),
        "responsiveness": min(
            (
                value
                for firm in (buyer, seller)
                if (value := _known(firm.responsiveness)) is not None
            ),
            default=None,
        ),
    }


def _known(value: float) -> float | None:
    return None if isnan(value) else value


def _mean(*values: float | None) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _hs(need: Item, offering: Item) -> float | None:
    if not need.hs6 or not offering.hs6:
        return None
    closeness = {6: 1.0, 4: 0.7, 2: 0.3}
    return max(
        (
            closeness[digits]
            for ours in need.hs6
            for theirs in offering.hs6
            for digits in closeness
            if ours[:digits] == theirs[:digits]
        ),
        default=0.0,
    )


def _certifications(need: Item, offering: Item) -> float | None:
    asked = need.certifications | need.required_certifications
    if not asked or not offering.are_certifications_known:
        return None
    return (asked & offering.certifications).bit_count() / asked.bit_count()


def _comparable(need: Item, offering: Item) -> bool:
    return need.dimension >= 0 and need.dimension == offering.dimension


def _volume(need: Item, offering: Item) -> float | None:
    if not _comparable(need, offering) or isnan(need.volume):
        return None
    capacity, least = _known(offering.volume), _known(offering.min_order)
    if capacity is None and least is None:
        return None
    enough = 1.0 if capacity is None else min(capacity / need.volume, 1)
    return enough * (1.0 if least is None else min(need.volume / least, 1))


def _lead_time(need: Item, offering: Item) -> float | None:
    wished = need.max_lead_days if isnan(need.lead_days) else need.lead_days
    if isnan(wished) or isnan(offering.lead_days):
        return None
    return min(max(2 - offering.lead_days / wished, 0), 1)


def _price(need: Item, offering: Item) -> float | None:
    limit, low, high = need.price_high, offering.price_low, offering.price_high
    low, high = (high if isnan(low) else low), (low if isnan(high) else high)
    if not _comparable(need, offering) or isnan(limit) or isnan(low):
        return None
    if low > limit:
        return 0.6 * (1 - min((low / limit - 1) / 0.5, 1))
    within = 1.0 if high <= limit else (limit - low) / (high - low)
    return 0.6 + 0.4 * within


def _stage(need: Item, offering: Item) -> float | None:
    if not need.stage or not offering.stage:
        return None
    short = max(STAGES.index(need.stage) - STAGES.index(offering.stage), 0)
    return max(1 - 0.4 * short, 0)


def _wishes(need: Item, offering: Item, buyer: Firm, seller: Firm) -> float | None:
    one, other = _met(need, seller), _met(offering, buyer)
    if one is None or other is None:
        return other if one is None else one
    return 2 * one * other / (one + other) if one + other else 0.0


def _met(item: Item, firm: Firm) -> float | None:
    checks = []
    if item.wish_regions and firm.region:
        checks.append(bool(item.wish_regions & firm.region))
    if not isnan(item.wish_employees) and not isnan(firm.employees):
        checks.append(firm.employees >= item.wish_employees)
    if item.wish_experienced and not isnan(firm.experience):
        checks.append(firm.experience > 0)
    return sum(checks) / len(checks) if checks else None


Pair = tuple[int, int]


def best_allocation(world: World, scores: dict[Pair, float]) -> tuple[int, float]:
    """(firms served, sum of scores) of the best choice, by trying every one."""
    scores = _in_the_better_direction(world, scores)
    best = (0, 0.0)
    for size in range(len(scores) + 1):
        for chosen in combinations(scores, size):
            if is_allowed(world, list(chosen)):
                total = sum(round(scores[pair], 4) for pair in chosen)
                best = max(best, (len(firms_of(world, list(chosen))), round(total, 4)))
    return best


def _in_the_better_direction(world: World, scores: dict[Pair, float]) -> dict[Pair, float]:
    """Two firms that could each sell to the other do it in the direction of their best pair."""
    possible = [pair for pair in scores if is_allowed(world, [pair])]
    kept = {}
    for pair in possible:
        rivals = [other for other in possible if _meeting(world, other) == _meeting(world, pair)]
        best = min(rivals, key=lambda rival: (-scores[rival], rival))
        if world.needs[best[0]].firm == world.needs[pair[0]].firm:
            kept[pair] = scores[pair]
    return kept


def _meeting(world: World, pair: Pair) -> frozenset[int]:
    return frozenset((world.needs[pair[0]].firm, world.offerings[pair[1]].firm))


def firms_of(world: World, pairs: list[Pair]) -> set[int]:
    return {world.needs[n].firm for n, _ in pairs} | {world.offerings[o].firm for _, o in pairs}


def is_allowed(world: World, pairs: list[Pair]) -> bool:
    """Capacities, seats and one introduction a pair of firms hold."""
    met = [_meeting(world, pair) for pair in pairs]
    if len(set(met)) < len(met):
        return False
    load = [firm for pair in met for firm in pair]
    seats = [n for n, _ in pairs]
    return all(
        load.count(firm) <= max(world.firms[firm].capacity, 0) for firm in set(load)
    ) and all(
        seats.count(n) <= min(max(world.needs[n].seats, 0), world.policy.top_k) for n in set(seats)
    )
