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
from matching.engine.changes import Change
from matching.engine.incremental import LiveIndex, Rematch
from matching.engine.index import build, current
from matching.engine.live import IndexReplaced
from tests.matching.engine.problems import JP, KR, LEXICON, Firm, Item, World
from tests.matching.engine.strategies import items, number, worlds

Pairs = dict[tuple[int, int], tuple[float, float]]  # score and confidence by need and offering id


def full_run(world: World, scales: Any) -> Pairs:
    problem = world.problem()
    prepared = engine.prepare(problem, scales=scales)
    found = engine.score_block(prepared, 0, len(prepared))
    return pairs_of(
        problem.needs.ids[found.need],
        problem.offerings.ids[found.offering],
        found.score,
        found.confidence,
    )


def pairs_of(need_ids: Any, offering_ids: Any, score: Any, confidence: Any) -> Pairs:
    pairs = zip(need_ids.tolist(), offering_ids.tolist(), strict=True)
    return dict(zip(pairs, zip(score.tolist(), confidence.tolist(), strict=True), strict=True))


def rematched(index: LiveIndex, change: Change) -> Pairs:
    found = index.rematch(change)
    return pairs_of(found.need_ids, found.offering_ids, found.score, found.confidence)


def of_firm(pairs: Pairs, world: World, firm: int) -> Pairs:
    needs = {item.id for item in world.needs if item.firm == firm}
    offerings = {item.id for item in world.offerings if item.firm == firm}
    return {pair: it for pair, it in pairs.items() if pair[0] in needs or pair[1] in offerings}


def assert_all_lists_hold(index: LiveIndex, world: World) -> None:
    """Every firm, asked for without a change, has the pairs of a full run."""
    expected = full_run(world, index.scales)
    for firm in range(len(world.firms)):
        assert rematched(index, change_of(world, firm)) == of_firm(expected, world, firm)


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
def test_a_changed_firm_gets_what_a_full_run_gives(change: tuple[World, int, World]) -> None:
    before, firm, now = change
    with TemporaryDirectory() as folder:
        build(engine.prepare(before.problem()), Path(folder))
        index = LiveIndex(Path(folder), LEXICON, before.policy)
        expected = full_run(now, index.scales)
        assert rematched(index, change_of(now, firm)) == of_firm(expected, now, firm)
        # And back again, seen by a process that comes later.
        late = LiveIndex(Path(folder), LEXICON, before.policy)
        expected = full_run(before, index.scales)
        assert rematched(late, change_of(before, firm)) == of_firm(expected, before, firm)
        # The first one has taken that in before it does anything else.
        assert_all_lists_hold(index, before)


@pytest.mark.parametrize(("spare", "seed"), [(0, 0), (1, 1), (1, 4), (3, 3)])
def test_lists_hold_however_often_their_offerings_come_and_go(
    spare: int, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matching.engine.index._SPARE", spare)
    world = crowd()
    build(engine.prepare(world.problem()), tmp_path)
    index = LiveIndex(tmp_path, LEXICON, world.policy)
    titles = [item.title for item in world.offerings]
    random = np.random.default_rng(seed)
    for _ in range(70):
        firm = int(random.integers(len(world.firms)))
        for item in world.offerings:
            if item.firm == firm:
                item.title = str(random.choice(titles))
                item.is_open = bool(random.random() < random.choice((0.3, 0.9)))
        expected = full_run(world, index.scales)
        assert rematched(index, change_of(world, firm)) == of_firm(expected, world, firm)
    assert_all_lists_hold(index, world)
    assert_all_lists_hold(LiveIndex(tmp_path, LEXICON, world.policy), world)


def crowd() -> World:
    """Forty offerings, no two alike, of which two needs see only six."""
    words = (
        "EUV",
        "감광액",
        "고순도",
        "7nm",
        "CMP",
        "スラリー",
        "기어",
        "도금",
        "덮개",
        "レジスト",
    )
    random = np.random.default_rng(1)
    firms = [Firm(KR), *(Firm(JP) for _ in range(10))]
    offerings = []
    for place in range(40):
        said = random.choice(words, int(random.integers(2, 7)), replace=False)
        more = (f"{chr(random.integers(0xAC00, 0xD7A3))}{place}" for _ in range(place % 7))
        offerings.append(Item(1 + place % 10, " ".join([*said, *more])))
    needs = [Item(0, "EUV 감광액 고순도 7nm 도금"), Item(0, "CMP 슬러리 기어 덮개")]
    world = identified(World(firms, offerings, needs))
    world.policy = replace(world.policy, candidates=6, top_k=3, min_score=0.0, min_product=0.0)
    return world


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
        build(engine.prepare(nobody.problem()), Path(folder))
        index = LiveIndex(Path(folder), LEXICON, world.policy)
        told = change_of(
            world,
            firm,
            blocked=np.array(ids, np.int64).reshape(-1, 2),
            closed=np.array(closed_by_id(world), np.int64).reshape(-1, 2),
        )
        expected = full_run(world, index.scales)
        assert rematched(index, told) == of_firm(expected, world, firm)
        assert_all_lists_hold(index, world)


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
    parts = [found.need_ids, found.offering_ids, found.score, found.confidence]
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
    others = ({"candidates": 5}, {"min_score": 0.4}, {"weights": {"product": 2.0}})
    for other in others:
        with pytest.raises(ValueError, match="policy"):
            LiveIndex(tmp_path, LEXICON, replace(world.policy, **other))
    with pytest.raises(ValueError, match="lexicon"):
        LiveIndex(tmp_path, type(LEXICON)([]), world.policy)
    with pytest.raises(FileNotFoundError):
        LiveIndex(tmp_path / "elsewhere", LEXICON, world.policy)
