"""Features: the same item gives the same words, alone or among others, stored or fresh."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.features import (
    Channel,
    Document,
    channels,
    dump,
    extract,
    levels,
    load,
    slots,
)
from matching.engine.types import Features
from tests.matching.engine.problems import LEXICON

SNIPPETS = (
    "감광액 ArF",
    "フォトレジスト",
    "歯車のめっき",
    "CMP slurry 99.999%",
    "덮개",
    "ベアリング",
    "",
    "12인치 반도체",
)
documents = st.builds(
    Document,
    title=st.sampled_from(SNIPPETS),
    texts=st.lists(st.sampled_from(SNIPPETS), max_size=2).map(tuple),
    concepts=st.lists(st.sampled_from([*LEXICON.codes, "gone"]), max_size=3).map(tuple),
    hs6=st.lists(st.sampled_from(["370790", "848340", "010121"]), max_size=2).map(tuple),
)


def same(one: Features, other: Features) -> bool:
    return all(
        np.array_equal(getattr(getattr(one, part), column), getattr(getattr(other, part), column))
        for part in ("words", "concepts")
        for column in ("start", "values")
    )


@given(st.lists(documents, min_size=1, max_size=6))
def test_an_item_alone_gives_what_it_gives_among_others(many: list[Document]) -> None:
    together = extract(many, LEXICON)
    for row, document in enumerate(many):
        assert same(extract([document], LEXICON), together.take(np.array([row])))


@given(st.lists(documents, max_size=5))
def test_what_is_stored_comes_back(many: list[Document]) -> None:
    features = extract(many, LEXICON)
    assert same(load(dump(features)), features)


def test_damaged_or_foreign_blobs_are_refused() -> None:
    (blob,) = dump(extract([Document("감광액")], LEXICON))
    with pytest.raises(ValueError, match="damaged"):
        load([blob[:-4]])
    with pytest.raises(ValueError, match="another format"):
        load([b"\xff" + blob[1:]])


def test_chosen_concepts_weigh_more_than_those_in_the_text() -> None:
    features = extract(
        [Document("x", concepts=("gear",)), Document("톱니바퀴"), Document("x", ("톱니바퀴",))],
        LEXICON,
    )
    chosen, title, body = (levels(row).max() for row in features.concepts)
    assert chosen > title > body


def test_an_excepted_concept_is_not_what_an_item_is_about() -> None:
    about, except_for = extract(
        [Document("감광액"), Document("현상액(감광액은 제외한다)")], LEXICON
    ).concepts
    assert len(about) == 1
    assert len(except_for) == 0


@settings(max_examples=5, deadline=None)
@given(st.lists(documents, min_size=1, max_size=4), st.integers(2, 3))
def test_threads_do_not_change_features(many: list[Document], threads: int) -> None:
    assert same(extract(many * 1500, LEXICON), extract(many * 1500, LEXICON, threads=threads))


def test_channels_are_told_apart() -> None:
    (words,) = extract([Document("ArF 감광액", concepts=("gear",), hs6=("848340",))], LEXICON).words
    found = set(channels(words).tolist())
    assert {Channel.CONCEPT, Channel.PAIR, Channel.HS6, Channel.SYLLABLES_2} <= found
    assert slots(words).max() < 1 << 24


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("베어링", "ベアリング"),
        ("반도체 재료", "半導体の材料"),
        ("시스템", "system"),
        ("12인치", "300 mm"),
    ],
)
def test_words_in_no_lexicon_share_features_across_scripts(one: str, other: str) -> None:
    first, second = extract([Document(one), Document(other)], LEXICON).words
    assert set(first) & set(second)
