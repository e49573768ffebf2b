"""Rows become arrays and results become rows: what a run sees and what it may not."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from common.localisation import LANGUAGES
from companies.choices import CompanyState, ItemState
from companies.models import Block, Company, CompanyCertification, Need, Offering
from matching.choices import MatchState
from matching.engine_adapter import (
    Proposal,
    allocate,
    explain,
    load_snapshot,
    prepare,
    score_block,
    tag_texts,
)
from matching.models import MatchPolicy
from tests.factories import (
    CertificationFactory,
    CompanyFactory,
    ConceptFactory,
    MatchFactory,
    NeedFactory,
    OfferingFactory,
    PolicyFactory,
    SectorFactory,
    UnitFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def photoresist() -> Any:
    return ConceptFactory(
        code="photoresist",
        label_ko="감광액",
        label_ja="フォトレジスト",
        label_en="photoresist",
        hs6=["370790"],
    )


def proposals(*, sector: Any = None, prospects: bool = False, **policy: Any) -> list[Proposal]:
    """Run all steps under a lenient policy."""
    lenient: MatchPolicy = PolicyFactory()
    for name, value in {"min_score": 0.0, "min_confidence": 0.0, **policy}.items():
        setattr(lenient, name, value)
    snapshot = load_snapshot(
        policy=lenient, sector=sector, includes_prospects=prospects, now=timezone.now()
    )
    prepared = prepare(snapshot)
    payloads = [score_block(prepared, start, start + 1) for start in range(len(snapshot.need_ids))]
    return list(explain(prepared, allocate(prepared, payloads)))


def test_a_korean_offering_meets_a_japanese_need_in_other_words() -> None:
    offering = OfferingFactory(title_en="", text_en="", title_ko="감광액", concepts=[])
    need = NeedFactory(title_en="", text_en="", title_ja="フォトレジスト", concepts=[])
    (found,) = proposals()
    assert (found.need_id, found.offering_id, found.rank) == (need.pk, offering.pk, 1)
    assert found.score == pytest.approx(sum(found.parts.values()), abs=1e-5)
    assert found.criteria["product"] > 0.6  # in a market of one, nothing is rare
    assert found.criteria["price"] is None
    (reason,) = found.reasons["fits"]
    assert reason["code"] == "same_concepts"
    assert reason["args"]["concepts"] == [
        {"code": "photoresist", "ko": "감광액", "ja": "フォトレジスト", "en": "photoresist"}
    ]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda need: Company.objects.filter(pk=need.company_id).update(
            state=CompanyState.SUSPENDED
        ),
        lambda need: Company.objects.filter(pk=need.company_id).update(is_matching_enabled=False),
        lambda need: Company.objects.filter(pk=need.company_id).update(introductions_per_month=0),
        lambda need: Need.objects.filter(pk=need.pk).update(state=ItemState.CLOSED),
        lambda need: Need.objects.filter(pk=need.pk).update(
            valid_until=timezone.localdate() - timedelta(days=1)
        ),
        lambda need: Offering.objects.update(cooperation=["investment"]),
        lambda need: Company.objects.filter(pk=need.company_id).update(country="KR"),
        lambda need: Block.objects.create(
            company=Company.objects.get(country="KR"),
            blocked=need.company,
            created_at=timezone.now(),
        ),
    ],
    ids=[
        "suspended",
        "opted out",
        "busy",
        "closed",
        "past",
        "cooperation",
        "same country",
        "block",
    ],
)
def test_what_is_not_eligible_is_never_proposed(spoil: Any) -> None:
    OfferingFactory()
    need = NeedFactory()
    assert len(proposals()) == 1
    spoil(need)
    assert proposals() == []


@pytest.mark.parametrize(
    "state", [MatchState.APPROVED, MatchState.REJECTED, MatchState.INTRODUCED, MatchState.DECLINED]
)
def test_a_decided_pair_is_not_proposed_again(state: str) -> None:
    MatchFactory(state=state, ended_at=timezone.now())
    assert proposals() == []


def test_firms_that_are_being_introduced_are_not_proposed_for_other_items() -> None:
    match = MatchFactory(state=MatchState.APPROVED)
    NeedFactory(company=match.buyer)
    assert proposals() == []


def test_the_month_s_introductions_are_counted() -> None:
    offering = OfferingFactory(company__introductions_per_month=2)
    MatchFactory(state=MatchState.APPROVED, offering=offering)
    NeedFactory.create_batch(3)
    assert len(proposals()) == 1


def test_seats_taken_are_counted() -> None:
    need = NeedFactory(seats=2)
    MatchFactory(state=MatchState.APPROVED, need=need)
    OfferingFactory.create_batch(3)
    assert len(proposals()) == 1


def test_a_required_certificate_of_the_firm_counts_until_it_expires() -> None:
    offering, need = OfferingFactory(), NeedFactory()
    wanted, other = CertificationFactory(), CertificationFactory(code="iso_14001")
    need.required_certifications.set([wanted])
    (unknown,) = proposals()
    assert [reason["code"] for reason in unknown.reasons["missing"]] == ["certifications_unknown"]
    offering.certifications.set([other])
    assert proposals() == []  # it says what it holds, and this is not among it
    held = CompanyCertification.objects.create(company=offering.company, certification=wanted)
    (known,) = proposals()
    assert known.criteria["certifications"] == 1
    assert known.confidence > unknown.confidence
    held.expires_on = timezone.localdate() - timedelta(days=1)
    held.save()
    assert proposals() == []


def test_units_are_compared_in_their_base_unit() -> None:
    ton = UnitFactory(code="t", dimension="mass", factor=1000)
    kilogram = UnitFactory(code="kg", dimension="mass", factor=1)
    NeedFactory(annual_volume=2, unit=ton)
    offering = OfferingFactory(annual_volume=1000, unit=kilogram)
    assert proposals()[0].criteria["volume"] == pytest.approx(0.5)
    Offering.objects.filter(pk=offering.pk).update(
        unit=UnitFactory(code="l", dimension="volume", factor=1)
    )
    assert proposals()[0].criteria["volume"] is None


def test_a_run_of_a_sector_takes_its_needs_alone() -> None:
    sector, other = SectorFactory(), SectorFactory(code="bio")
    OfferingFactory()
    inside = NeedFactory(company__sectors=[sector])
    NeedFactory(company__sectors=[other])
    assert [found.need_id for found in proposals(sector=sector)] == [inside.pk]


def test_prospects_appear_only_when_asked_for_and_only_beside_an_unclaimed_firm() -> None:
    NeedFactory()
    member = OfferingFactory()
    stranger = OfferingFactory(company=CompanyFactory(unclaimed=True))
    assert [found.offering_id for found in proposals()] == [member.pk]
    assert [found.offering_id for found in proposals(prospects=True)] == [stranger.pk]


def test_the_fingerprint_follows_what_scores_depend_on_and_nothing_else() -> None:
    NeedFactory()
    offering = OfferingFactory()
    policy, now = PolicyFactory(), timezone.now()

    def fingerprint() -> str:
        return load_snapshot(
            policy=policy, sector=None, includes_prospects=False, now=now
        ).fingerprint

    before = fingerprint()
    assert fingerprint() == before
    Company.objects.update(introductions_per_month=9)
    assert fingerprint() == before
    Offering.objects.filter(pk=offering.pk).update(title_en="EUV photoresist")
    assert fingerprint() != before


def test_blocks_give_the_same_bytes_again_and_any_order_the_same_result() -> None:
    OfferingFactory.create_batch(4)
    NeedFactory.create_batch(5)
    snapshot = load_snapshot(
        policy=PolicyFactory(), sector=None, includes_prospects=False, now=timezone.now()
    )
    prepared = prepare(snapshot)
    payloads = [score_block(prepared, start, start + 2) for start in range(0, 5, 2)]
    assert payloads == [score_block(prepared, start, start + 2) for start in range(0, 5, 2)]
    forwards = list(explain(prepared, allocate(prepared, payloads)))
    assert forwards == list(explain(prepared, allocate(prepared, payloads[::-1])))
    assert forwards


def test_common_words_are_named_where_no_concept_is() -> None:
    shown = {f"{field}_{language}": "" for field in ("title", "text") for language in LANGUAGES}
    korean, japanese = {**shown, "title_ko": "초음파 용접기"}, {**shown, "title_ja": "超音波溶接機"}
    offering = OfferingFactory(company__country="KR", **korean)
    need = NeedFactory(company__country="JP", **japanese)
    offering.concepts.clear()
    need.concepts.clear()
    (found,) = proposals()
    named = [reason for reason in found.reasons["fits"] if reason["code"] == "shared_words"]
    assert [reason["args"]["words"][0] for reason in named] == [["超音波溶接機", "초음파용접기"]]


def test_an_empty_market_gives_nothing() -> None:
    assert proposals() == []


def test_loading_takes_as_many_queries_for_many_rows_as_for_one(
    django_assert_num_queries: Any,
) -> None:
    policy = PolicyFactory()
    for _ in range(2):
        OfferingFactory.create_batch(2)
        NeedFactory.create_batch(2)
        load_snapshot(policy=policy, sector=None, includes_prospects=False, now=timezone.now())
        with django_assert_num_queries(QUERIES):
            load_snapshot(policy=policy, sector=None, includes_prospects=False, now=timezone.now())


QUERIES = 23


def test_texts_are_tagged_with_the_concepts_they_name(photoresist: Any) -> None:
    slurry = ConceptFactory(code="cmp_slurry", label_ko="CMP 슬러리", label_ja="CMPスラリー")
    assert tag_texts(["CMP슬러리와 감광액, 감광액", "기타", "フォトレジスト"]) == [
        [slurry.pk, photoresist.pk],
        [],
        [photoresist.pk],
    ]
