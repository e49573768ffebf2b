"""Random small markets for hypothesis."""

from typing import Any

from hypothesis import strategies as st

from tests.matching.engine.problems import JP, KR, NAN, Firm, Item, World, policy

TITLES = (
    "ArF 감광액",
    "EUVレジスト",
    "CMPスラリー",
    "CMP 슬러리 99.999%",
    "톱니바퀴",
    "歯車のめっき",
    "베어링",
    "ベアリング",
    "반도체 부품",
    "半導体部品",
)


def number(*values: float) -> st.SearchStrategy[float]:
    return st.sampled_from([NAN, *values])


def items(firm_count: int) -> st.SearchStrategy[Item]:
    return st.builds(
        Item,
        firm=st.integers(0, firm_count - 1),
        title=st.sampled_from(TITLES),
        hs6=st.sampled_from([(), ("370790",), ("848340", "370710")]),
        is_open=st.sampled_from([True, True, True, False]),
        cooperation=st.sampled_from(
            [("supply",), ("supply",), ("contract_manufacturing",), ("investment",)]
        ),
        certifications=st.integers(0, 7),
        dimension=st.sampled_from([-1, 0, 0, 1]),
        volume=number(10, 100, 1000),
        lead_days=number(7, 30, 90),
        price_low=number(1, 2),
        price_high=number(3, 4),
        stage=st.sampled_from(["", "pilot", "mass_production"]),
        wish_regions=st.sampled_from([0, 1, 6]),
        wish_employees=number(10, 100),
        wish_experienced=st.booleans(),
        are_certifications_known=st.booleans(),
        min_order=number(5, 500),
        required_certifications=st.sampled_from([0, 0, 0, 1, 2]),
        max_lead_days=number(14, 60),
        is_volume_required=st.sampled_from([False, False, True]),
        seats=st.integers(0, 3),
    )


@st.composite
def worlds(draw: Any) -> World:
    """A market of up to eight firms."""
    firms = draw(
        st.lists(
            st.builds(
                Firm,
                country=st.sampled_from([KR, JP]),
                is_eligible=st.sampled_from([True, True, True, False]),
                is_prospect=st.booleans(),
                capacity=st.integers(-1, 3),
                employees=number(5, 50, 500),
                region=st.sampled_from([0, 1, 2, 4]),
                experience=number(0, 1),
                responsiveness=number(0, 0.5, 1),
            ),
            min_size=2,
            max_size=8,
        )
    )
    pair = st.tuples(st.integers(0, len(firms) - 1), st.integers(0, len(firms) - 1))
    offerings = draw(st.lists(items(len(firms)), min_size=1, max_size=8))
    needs = draw(st.lists(items(len(firms)), min_size=1, max_size=8))
    closed = st.tuples(st.integers(0, len(needs) - 1), st.integers(0, len(offerings) - 1))
    return World(
        firms,
        offerings,
        needs,
        policy=policy(
            top_k=draw(st.integers(1, 4)), block_size=draw(st.sampled_from([1, 3, 1000]))
        ),
        blocked=draw(st.lists(pair, max_size=2)),
        closed=draw(st.lists(closed, max_size=2)),
        is_exploring=draw(st.sampled_from([False, False, True])),
        only_with_prospects=draw(st.sampled_from([False, False, True])),
    )
