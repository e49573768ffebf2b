"""What a run would change, as figures: pairs that enter, leave, move, and what firms get."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from matching.choices import Direction
from matching.engine import match as engine
from matching.engine.evaluation.measures import gini
from matching.engine.types import KR, Problem, Result
from matching.engine_adapter.computing import _DIGITS, Prepared
from matching.engine_adapter.simulated import KINDS, PAIR, pack
from matching.engine_adapter.snapshot import (
    Snapshot,
    engine_policy,
    limits_of,
    load_snapshot,
)
from matching.engine_adapter.threads import THREADS
from matching.models import MatchPolicy
from matching.queries.simulation import SMALL_UP_TO, Surroundings

#: From this difference of scores on a pair has moved, if it has kept its rank: what pages show.
MOVED_FROM: Final = 0.0005
#: How many proposals a firm has, at least, in each class of the load.
LOAD: Final = (0, 1, 2, 4, 6, 11)
_EXAMPLES: Final = 20
_UNKNOWN: Final = -1
_SCORES: Final = ("old_score", "new_score")
_RANKS: Final = ("old_rank", "new_rank")


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Pairs before or after: rows of the snapshot (-1: what is no longer in it) and their score."""

    need: NDArray[Any]
    offering: NDArray[Any]
    score: NDArray[Any]
    confidence: NDArray[Any]
    rank: NDArray[Any]

    def __len__(self) -> int:
        return len(self.need)

    def take(self, rows: NDArray[Any]) -> "Side":
        return Side(
            self.need[rows],
            self.offering[rows],
            self.score[rows],
            self.confidence[rows],
            self.rank[rows],
        )


def compare(
    prepared: Prepared, result: Result, around: Surroundings, policy: MatchPolicy
) -> tuple[dict[str, Any], bytes]:
    """The figures of a simulation under `policy`, as JSON, and all its pairs (`pack`).

    `kinds`, `directions` and `sectors` count pairs by KINDS; a pair of several sectors counts in
    each. `fairness` and `load` stand side by side for what is proposed now and then.
    """
    snapshot = prepared.snapshot
    before, after = _present(snapshot, around), _found(result)
    was, now, is_new = _partners(snapshot, before, after)
    kept = np.array([row.is_kept for row in around.present], np.bool_)
    gone = np.ones(len(before), np.bool_)
    gone[was] = False
    moved = (np.abs(before.score[was] - after.score[now]) >= MOVED_FROM) | (
        before.rank[was] != after.rank[now]
    )
    rows = {
        "entering": (np.full(int(is_new.sum()), _UNKNOWN), np.flatnonzero(is_new)),
        "leaving": _only(np.flatnonzero(gone & ~kept)),
        "moved": (was[moved], now[moved]),
        "unchanged": (was[~moved], now[~moved]),
        "held": _only(np.flatnonzero(gone & kept)),
    }
    table = _table(snapshot, around, before, after, rows)
    held = rows["held"][0]
    after_all = Side(
        *(
            np.concatenate((getattr(after, name), getattr(before, name)[held]))
            for name in ("need", "offering", "score", "confidence", "rank")
        )
    )
    sides = {"present": before, "simulated": after_all}
    climbed = before.rank[was] - after.rank[now]
    told = {
        "kinds": {kind: len(rows[kind][0]) for kind in KINDS},
        "present": len(before),
        "simulated": len(after_all),
        "climbed": int((climbed > 0).sum()),
        "fallen": int((climbed < 0).sum()),
        "raised": int((after.score[now] - before.score[was] >= MOVED_FROM).sum()),
        "lowered": int((before.score[was] - after.score[now] >= MOVED_FROM).sum()),
        "directions": _by_direction(table),
        "sectors": _by_sector(table, around),
        "fairness": {
            name: _fairness(snapshot.problem, side, around) for name, side in sides.items()
        },
        "load": {name: _load(snapshot.problem, side) for name, side in sides.items()},
        "approval": _approval(snapshot, after, around, policy),
        "gap": result.gap,
        "examples": _examples(table, before, after, rows),
    }
    return told, pack(table)


def found_anyway(
    snapshot: Snapshot, around: Surroundings, policy: MatchPolicy, result: Result, now: datetime
) -> dict[str, int]:
    """How many of the pairs that enter and leave do so under `policy` too, the one in force:
    because the data have changed since its last run, not because of the policy tried."""
    present = _present(snapshot, around)
    in_force = _found(_under(snapshot, policy, now))
    tried = _found(result)
    kept = np.array([row.is_kept for row in around.present], np.bool_)
    here = [_keys(snapshot, side) for side in (present, in_force, tried)]
    entering = np.setdiff1d(np.intersect1d(here[1], here[2]), here[0])
    stays = np.union1d(here[1], here[2])
    leaving = ~np.isin(here[0], stays) & ~kept
    return {"entering": len(entering), "leaving": int(leaving.sum())}


def _under(snapshot: Snapshot, policy: MatchPolicy, now: datetime) -> Result:
    """The same data under another policy; its limits read anew, as far as nobody came or went."""
    problem = replace(snapshot.problem, policy=engine_policy(policy))
    if limits_of(policy) != snapshot.limits:
        again = load_snapshot(policy=policy, now=now)
        both = [(it.id_of_need, it.id_of_offering) for it in (again, snapshot)]
        problem = again.problem if both[0] == both[1] else problem
    prepared = engine.prepare(problem, threads=THREADS)
    scored = engine.score_block(prepared, 0, len(prepared), threads=THREADS)
    return engine.allocate(prepared, scored.take(np.argsort(scored.need, kind="stable")))


def _present(snapshot: Snapshot, around: Surroundings) -> Side:
    need_row = {pk: row for row, pk in enumerate(snapshot.id_of_need)}
    offering_row = {pk: row for row, pk in enumerate(snapshot.id_of_offering)}
    rows = around.present
    return Side(
        np.array([need_row.get(row.need_id, _UNKNOWN) for row in rows], np.int64),
        np.array([offering_row.get(row.offering_id, _UNKNOWN) for row in rows], np.int64),
        np.array([row.score for row in rows], np.float64),
        np.array([row.confidence for row in rows], np.float64),
        np.array([row.rank for row in rows], np.int64),
    )


def _found(result: Result) -> Side:
    """Rounded as a run writes it."""
    chosen = result.matches
    return Side(
        chosen.need.astype(np.int64),
        chosen.offering.astype(np.int64),
        _rounded(chosen.score),
        _rounded(chosen.confidence),
        result.rank.astype(np.int64),
    )


def _rounded(values: NDArray[np.float32]) -> NDArray[np.float64]:
    # Python's rounding is exact, NumPy's is not.
    return np.array([round(value, _DIGITS) for value in values.tolist()], np.float64)


def _keys(snapshot: Snapshot, side: Side) -> NDArray[np.int64]:
    """A number for each pair; below zero and different from all others where it is not known."""
    keys = side.need * len(snapshot.id_of_offering) + side.offering
    lost = (side.need < 0) | (side.offering < 0)
    keys[lost] = -1 - np.arange(int(lost.sum()))
    return np.asarray(keys, np.int64)


def _partners(
    snapshot: Snapshot, before: Side, after: Side
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_]]:
    """Rows of `before` and of `after` that are the same pair, and which of `after` are new."""
    _, was, now = np.intersect1d(
        _keys(snapshot, before), _keys(snapshot, after), assume_unique=True, return_indices=True
    )
    is_new = np.ones(len(after), np.bool_)
    is_new[now] = False
    return was, now, is_new


def _only(rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    return rows, np.full(len(rows), _UNKNOWN)


def _table(
    snapshot: Snapshot,
    around: Surroundings,
    before: Side,
    after: Side,
    rows: Mapping[str, tuple[NDArray[Any], NDArray[Any]]],
) -> NDArray[np.void]:
    """One PAIR for each, by kind."""
    problem = snapshot.problem
    need_ids = _id_bytes([pk.bytes for pk in snapshot.id_of_need])
    offering_ids = _id_bytes([pk.bytes for pk in snapshot.id_of_offering])
    old_needs = _id_bytes([row.need_id.bytes for row in around.present])
    old_offerings = _id_bytes([row.offering_id.bytes for row in around.present])
    directions = [direction.value for direction in Direction]
    old_directions = np.array([directions.index(row.direction) for row in around.present], np.uint8)
    korean = directions.index(Direction.KR_TO_JP)
    sells = problem.firms.country[problem.offerings.firm] == KR
    parts = []
    for place, kind in enumerate(KINDS):
        was, now = rows[kind]
        part = np.zeros(len(was), PAIR)
        part["kind"] = place
        part["old_score"] = part["new_score"] = np.nan
        if len(now) and now[0] >= 0:
            part["need"] = need_ids[after.need[now]]
            part["offering"] = offering_ids[after.offering[now]]
            part["direction"] = np.where(sells[after.offering[now]], korean, 1 - korean)
            part["new_score"], part["new_rank"] = after.score[now], after.rank[now]
        if len(was) and was[0] >= 0:
            part["need"], part["offering"] = old_needs[was], old_offerings[was]
            part["direction"] = old_directions[was]
            part["old_score"], part["old_rank"] = before.score[was], before.rank[was]
        parts.append(part)
    return np.concatenate(parts)


def _id_bytes(ids: list[bytes]) -> NDArray[Any]:
    return np.frombuffer(b"".join(ids), "V16")


def _counted(kinds: NDArray[np.uint8]) -> dict[str, int]:
    counts = np.bincount(kinds, minlength=len(KINDS))
    return dict(zip(KINDS, counts.tolist(), strict=True))


def _by_direction(table: NDArray[np.void]) -> dict[str, dict[str, int]]:
    return {
        direction.value: _counted(table["kind"][table["direction"] == place])
        for place, direction in enumerate(Direction)
    }


def _by_sector(table: NDArray[np.void], around: Surroundings) -> dict[str, dict[str, int]]:
    """By code; "" are pairs of needs without one."""
    unique, inverse = np.unique(table["need"], return_inverse=True)
    codes = [around.sectors.get(UUID(bytes=pk.tobytes()), ("",)) for pk in unique]
    found: dict[str, dict[str, int]] = {}
    for code in sorted({code for several in codes for code in several}):
        has = np.array([code in several for several in codes], np.bool_)
        found[code] = _counted(table["kind"][has[inverse]])
    return found


def _per_firm(problem: Problem, side: Side) -> NDArray[np.int64]:
    known = (side.need >= 0) & (side.offering >= 0)
    buyers = problem.needs.firm[side.need[known]]
    sellers = problem.offerings.firm[side.offering[known]]
    return np.bincount(np.concatenate((buyers, sellers)), minlength=len(problem.firms))


def _taking_part(problem: Problem) -> NDArray[np.bool_]:
    """Firms with something to match."""
    found = np.zeros(len(problem.firms), np.bool_)
    found[problem.needs.firm] = True
    found[problem.offerings.firm] = True
    return found


def _fairness(problem: Problem, side: Side, around: Surroundings) -> dict[str, Any]:
    taking_part = _taking_part(problem)
    counts = _per_firm(problem, side)
    introduced = {pk.hex.encode() for pk in around.introduced}
    is_new = np.array([pk not in introduced for pk in problem.firms.ids.tolist()], np.bool_)
    with np.errstate(invalid="ignore"):
        is_small = problem.firms.employees <= SMALL_UP_TO
    own = counts[taking_part]
    places = int(counts.sum())

    def group(members: NDArray[np.bool_]) -> dict[str, Any]:
        chosen = members & taking_part
        firms = int(chosen.sum())
        served = int((counts[chosen] > 0).sum())
        return {
            "firms": firms,
            "served": served,
            "share": served / firms if firms else None,
            "places": int(counts[chosen].sum()) / places if places else None,
        }

    return {
        "proposals": len(side),
        "firms": len(own),
        "served": int((own > 0).sum()),
        "without": int((own == 0).sum()),
        "share": float((own > 0).mean()) if len(own) else None,
        "gini": gini(own),
        "mean": float(own.mean()) if len(own) else None,
        "most": int(own.max()) if len(own) else 0,
        "score": float(side.score.mean()) if len(side) else None,
        "new": group(is_new),
        "small": group(is_small),
    }


def _load(problem: Problem, side: Side) -> list[int]:
    """How many firms have so many proposals, by the classes of LOAD."""
    counts = _per_firm(problem, side)[_taking_part(problem)]
    classes = np.searchsorted(np.array(LOAD), counts, side="right") - 1
    return [int(count) for count in np.bincount(classes, minlength=len(LOAD))]


def _approval(
    snapshot: Snapshot, after: Side, around: Surroundings, policy: MatchPolicy
) -> dict[str, int]:
    """How many would be approved by themselves, and how many need two reviewers."""
    value = after.score * after.confidence
    two = np.zeros(len(after), np.bool_)
    if policy.four_eyes_above is not None:
        two = value >= policy.four_eyes_above
    automatic = np.zeros(len(after), np.bool_)
    if policy.auto_approve_above is not None:
        automatic = (after.score >= policy.auto_approve_above) & ~two
        in_hand = {(it.need_id, it.offering_id) for it in around.present if it.is_personal}
        in_hand |= around.personal
        for row in np.flatnonzero(automatic) if in_hand else ():
            pair = (
                snapshot.id_of_need[int(after.need[row])],
                snapshot.id_of_offering[int(after.offering[row])],
            )
            automatic[row] = pair not in in_hand
    return {"automatic": int(automatic.sum()), "two": int(two.sum())}


def _examples(
    table: NDArray[np.void],
    before: Side,
    after: Side,
    rows: Mapping[str, tuple[NDArray[Any], NDArray[Any]]],
) -> dict[str, list[list[Any]]]:
    """The most telling of each kind: [need, offering, old score, new, old rank, new]."""
    found: dict[str, list[list[Any]]] = {}
    for kind in ("entering", "leaving", "moved"):
        part = table[table["kind"] == KINDS.index(kind)]
        was, now = rows[kind]
        if kind == "entering":
            weight = after.score[now] * after.confidence[now]
        elif kind == "leaving":
            weight = before.score[was] * before.confidence[was]
        else:
            weight = np.abs(before.score[was] - after.score[now])
        best = np.lexsort((np.arange(len(part)), -weight))[:_EXAMPLES]
        found[kind] = [
            [
                UUID(bytes=row["need"].tobytes()).hex,
                UUID(bytes=row["offering"].tobytes()).hex,
                *(None if np.isnan(row[name]) else float(row[name]) for name in _SCORES),
                *(int(row[name]) or None for name in _RANKS),
            ]
            for row in part[best]
        ]
    return found
