"""A changed firm is matched at once to what a full run would give."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine import match as engine
from matching.engine.incremental import Change, LiveIndex, Rematch
from matching.engine.index import build, current
from matching.engine.live import IndexReplaced
from matching.engine.types import Candidates
from tests.matching.engine.problems import JP, KR, LEXICON, Firm, Item, World
from tests.matching.engine.strategies import items, number, worlds

Lists = dict[int, list[tuple[Any, ...]]]  # by need id


def lists_of(needs: Any, need_ids: Any, offering_ids: Any, found: Candidates) -> Lists:
    lists: Lists = {int(need): [] for need in needs}
    for row, (need, offering) in enumerate(zip(need_ids, offering_ids, strict=True)):
        lists[int(need)].append(
            (
                int(offering),
                float(found.score[row]),
                float(found.confidence[row]),
                found.criteria[row].tobytes(),
            )
        )
    return lists


def full_run(world: World, scales: Any = None) -> tuple[engine.Prepared, Lists]:
    problem = world.problem()
    prepared = engine.prepare(problem, scales=scales)
    found = engine.score_block(prepared, 0, len(prepared))
    ids = problem.needs.ids, problem.offerings.ids
    return prepared, lists_of(
        ids[0][prepared.needs], ids[0][found.need], ids[1][found.offering], found
    )


def lists_of_rematch(found: Rematch) -> Lists:
    return lists_of(found.renewed, found.need_ids, found.offering_ids, found.candidates)


def identified(world: World) -> World:
    for items_ in (world.needs, world.offerings):
        for place, item in enumerate(items_, 1):
            item.id = 10 * place
    return world


def closed_by_id(world: World) -> list[tuple[int, int]]:
    return [(world.needs[n].id, world.offerings[o].id) for n, o in world.closed]


def after(world: World, firm: int, now: Firm, offerings: list[Item], needs: list[Item]) -> World:
    """The world with other items of one firm."""
    closed = closed_by_id(world)
    changed = replace(
        world,
        firms=[now if row == firm else each for row, each in enumerate(world.firms)],
        offerings=[item for item in world.offerings if item.firm != firm] + offerings,
        needs=[item for item in world.needs if item.firm != firm] + needs,
    )
    row = [
        {item.id: row for row, item in enumerate(part)}
        for part in (changed.needs, changed.offerings)
    ]
    changed.closed = [(row[0][n], row[1][o]) for n, o in closed if n in row[0] and o in row[1]]
    return changed


def change_of(world: World, firm: int, **more: Any) -> Change:
    """All that there is to say about one firm of the world."""
    alone = replace(
        world,
        firms=[replace(world.firms[firm], id=world.firms[firm].id or firm + 1)],
        offerings=[replace(item, firm=0) for item in world.offerings if item.firm == firm],
        needs=[replace(item, firm=0) for item in world.needs if item.firm == firm],
        blocked=[],
        closed=[],
    )
    problem = alone.problem()
    nothing = np.zeros((0, 2), np.int64)
    return Change(
        problem.firms,
        problem.offerings,
        problem.needs,
        **{"blocked": nothing, "closed": nothing} | more,
    )


@st.composite
def changes(draw: Any) -> tuple[World, int, World]:
    """(a market, a firm, the market after the firm has changed)."""
    before = identified(draw(worlds()))
    firm = draw(st.integers(0, len(before.firms) - 1))
    now = draw(
        st.builds(
            Firm,
            country=st.just(before.firms[firm].country),
            is_eligible=st.sampled_from([True, True, False]),
            is_prospect=st.booleans(),
            employees=number(5, 500),
            region=st.sampled_from([0, 1, 2, 4]),
            experience=number(0, 1),
        )
    )
    stated = []
    for old in (before.offerings, before.needs):
        taken = {item.id for item in old if item.firm != firm}
        own = draw(st.lists(items(1), max_size=4))
        ids = draw(
            st.lists(
                st.integers(1, 99).filter(lambda number, taken=taken: number not in taken),
                min_size=len(own),
                max_size=len(own),
                unique=True,
            )
        )
        stated.append(
            [replace(item, firm=firm, id=id_) for item, id_ in zip(own, ids, strict=True)]
        )
    return before, firm, after(before, firm, now, *stated)


@settings(max_examples=25)
@given(changes())
def test_all_lists_are_those_of_a_full_run(change: tuple[World, int, World]) -> None:
    before, firm, now = change
    with TemporaryDirectory() as folder:
        prepared, lists = full_run(before)
        build(prepared, Path(folder))
        index = LiveIndex(Path(folder), LEXICON, before.policy)
        found = index.rematch(change_of(now, firm))
        lists |= lists_of_rematch(found)
        _, expected = full_run(now, index.scales)
        assert {need: own for need, own in lists.items() if own} == {
            need: own for need, own in expected.items() if own
        }
        # And back again, seen by a process that comes later.
        late = LiveIndex(Path(folder), LEXICON, before.policy)
        lists |= lists_of_rematch(late.rematch(change_of(before, firm)))
        _, expected = full_run(before, index.scales)
        assert {need: own for need, own in lists.items() if own} == {
            need: own for need, own in expected.items() if own
        }
        # The first one has taken that in before it does anything else.
        again = lists_of_rematch(index.rematch(change_of(before, firm)))
        assert all(lists[need] == own for need, own in again.items())


@settings(max_examples=12)
@given(worlds(), st.data())
def test_what_is_gone_never_appears(world: World, data: Any) -> None:
    identified(world)
    firm = data.draw(st.integers(0, len(world.firms) - 1))
    others = data.draw(st.lists(st.integers(0, len(world.firms) - 1), max_size=3))
    with TemporaryDirectory() as folder:
        build(engine.prepare(world.problem()), Path(folder))
        index = LiveIndex(Path(folder), LEXICON, world.policy)
        empty = after(world, firm, world.firms[firm], [], [])
        index.rematch(change_of(empty, firm))
        gone = {item.id for item in world.offerings if item.firm == firm}
        for other in others:
            if other != firm:
                found = index.rematch(change_of(world, other))
                assert not gone & set(found.offering_ids.tolist())


@settings(max_examples=12)
@given(worlds(), st.data())
def test_new_blocks_and_decisions_hold_at_once(world: World, data: Any) -> None:
    identified(world)
    nobody = replace(world, blocked=[], closed=[])
    firm = data.draw(st.integers(0, len(world.firms) - 1))
    ids = [(world.firms[a].id or a + 1, world.firms[b].id or b + 1) for a, b in world.blocked]
    with TemporaryDirectory() as folder:
        prepared, lists = full_run(nobody)
        build(prepared, Path(folder))
        index = LiveIndex(Path(folder), LEXICON, world.policy)
        found = index.rematch(
            change_of(
                world,
                firm,
                blocked=np.array(ids, np.int64).reshape(-1, 2),
                closed=np.array(closed_by_id(world), np.int64).reshape(-1, 2),
            )
        )
        lists |= lists_of_rematch(found)
        _, expected = full_run(world, index.scales)
        assert {need: own for need, own in lists.items() if own} == {
            need: own for need, own in expected.items() if own
        }


def market() -> World:
    firms = [Firm(KR), Firm(KR), Firm(JP), Firm(JP)]
    offerings = [
        Item(0, "ArF 감광액"),
        Item(1, "CMP 슬러리"),
        Item(2, "歯車"),
        Item(3, "EUVレジスト"),
    ]
    needs = [
        Item(0, "톱니바퀴"),
        Item(1, "EUV 감광액"),
        Item(2, "ArFレジスト"),
        Item(3, "CMPスラリー"),
    ]
    return identified(World(firms, offerings, needs))


_OTHER_PROCESS = """
import sys
from pathlib import Path
from matching.engine.incremental import LiveIndex
from tests.matching.engine.test_incremental import bytes_of, change_of, market
world = market()
world.offerings[0].title = "ArFレジスト 감광액"
index = LiveIndex(Path(sys.argv[1]), world.lexicon, world.policy)
sys.stdout.write(bytes_of(index.rematch(change_of(world, 0))).hex())
"""


def bytes_of(found: Rematch) -> bytes:
    parts = [found.renewed, found.need_ids, found.offering_ids]
    parts += [found.candidates.score, found.candidates.confidence, found.candidates.criteria]
    return b"".join(part.tobytes() for part in parts)


def test_two_processes_give_the_same_bytes(tmp_path: Path) -> None:
    told = []
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        build(engine.prepare(market().problem()), folder)
        words = [sys.executable, "-c", _OTHER_PROCESS, str(folder)]
        told.append(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    assert told[0]
    assert told[0] == told[1]
    # This process finds what the other one has written down, and tells of it as that one did.
    index = LiveIndex(tmp_path / "one", LEXICON, market().policy)
    world = market()
    world.offerings[0].title = "ArFレジスト 감광액"
    assert bytes_of(index.rematch(change_of(world, 0))).hex() == told[0]


def test_a_new_generation_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    world = market()
    build(engine.prepare(world.problem()), tmp_path)
    first = current(tmp_path)
    index = LiveIndex(tmp_path, LEXICON, world.policy)
    build(engine.prepare(world.problem()), tmp_path)
    assert current(tmp_path) != first
    assert not first.exists()
    with pytest.raises(IndexReplaced):
        index.rematch(change_of(world, 0))
    LiveIndex(tmp_path, LEXICON, world.policy).rematch(change_of(world, 0))


def test_an_index_of_another_policy_or_lexicon_is_refused(tmp_path: Path) -> None:
    world = market()
    build(engine.prepare(world.problem()), tmp_path)
    with pytest.raises(ValueError, match="policy"):
        LiveIndex(tmp_path, LEXICON, replace(world.policy, candidates=5))
    with pytest.raises(ValueError, match="lexicon"):
        LiveIndex(tmp_path, type(LEXICON)([]), world.policy)
    with pytest.raises(FileNotFoundError):
        LiveIndex(tmp_path / "elsewhere", LEXICON, world.policy)
