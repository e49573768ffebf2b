"""What a reviewer sees of one match: both sides, evidence, conflicts, similar pairs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.choices import ConsentKind
from accounts.models import Consent
from companies.choices import CompanyState, MemberRole, VerificationDecision
from companies.models import Block, CompanyCertification, Verification
from matching.choices import AnswerKind, DeclineReason, MatchState, OutcomeStage, RejectReason, Side
from matching.models import Match
from matching.queries.dossier.found import Conflict
from matching.queries.dossier.rows import Group, Row
from matching.queries.review import ReviewPanel, find_match, review_panel
from matching.services import record_outcome, reject_match
from taxonomy.choices import Dimension
from tests.factories import (
    CertificationFactory,
    CompanyFactory,
    ConceptFactory,
    CurrencyFactory,
    MatchFactory,
    MembershipFactory,
    NeedFactory,
    OfferingFactory,
    RegionFactory,
    StaffFactory,
    UnitFactory,
)
from tests.matching.scenes import answer, introduced_match, member_of, published_match

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def panel_of(match: Match) -> ReviewPanel:
    found = find_match(match.pk)
    assert found is not None
    return review_panel(found, now=timezone.now())


def row_of(match: Match, label: str) -> Row:
    rows = [row for group in panel_of(match).groups for row in group.rows if row.label == label]
    assert len(rows) == 1, label
    return rows[0]


def text(segments: list) -> str:
    return "".join(segment.text for segment in segments)


def conflicts_of(match: Match) -> dict[str, Conflict]:
    """By their codes, but for the domain: everybody of these tests has an address at one."""
    return {each.code: each for each in panel_of(match).conflicts if each.code != "same_domain"}


def codes(match: Match) -> dict[str, bool]:
    """code → whether it blocks"""
    return {code: each.is_blocking for code, each in conflicts_of(match).items()}


def reject(match: Match, reason: str = RejectReason.CAPACITY) -> None:
    reject_match(match=match, reason=reason, actor=StaffFactory(), now=timezone.now())


# --- Both sides -------------------------------------------------------------------------------


def test_every_filled_field_of_both_sides_stands_in_a_row() -> None:
    unit, region = UnitFactory(code="kg", dimension=Dimension.MASS), RegionFactory()
    iso = CertificationFactory()
    need = NeedFactory(
        hs6=["370790"], annual_volume=1200, minimum_order=10, unit=unit, lead_time_days=30,
        max_lead_time_days=60, price_min=5, price_max=9, currency=CurrencyFactory(),
        incoterm="FOB", stage="pilot", wish_min_employees=50, wish_experienced=True,
        valid_until=timezone.localdate() + 300 * DAY, is_volume_required=True,
        current_source_country="US", is_single_sourced=True, risk_reason="disaster",
        accepts_substitutes=False, stock_cover_days=45, needed_by=timezone.localdate() + 90 * DAY,
    )  # fmt: skip
    need.required_certifications.add(iso)
    need.wish_regions.add(region)
    firm = need.company
    for name, value in {
        "website": "https://akari.example.jp", "address": "Nagoya", "representative": "Sato",
        "employees": 120, "industry": "chemicals", "stock_code": "4185", "region": region,
        "about_ja": "化学品の会社です。", "has_partner_experience": True,
        "founded_on": timezone.localdate(),
    }.items():  # fmt: skip
        setattr(firm, name, value)
    firm.save()
    groups = panel_of(MatchFactory(need=need)).groups
    # Left unsaid by both: what only the other item could have said.
    assert sum(group.said_by_need for group in groups) >= 35
    assert {label for group in groups for label in group.unsaid} <= {
        "Sectors", "Wished certifications", "Checked",
    }  # fmt: skip


def test_what_nobody_says_is_counted_and_named() -> None:
    groups = {group.title: group for group in panel_of(MatchFactory()).groups}
    chain = groups["Supply chain of the buyer"]
    assert (chain.said_by_need, chain.asked_of_need, chain.asked_of_offering) == (1, 7, 0)
    assert "Risk" in chain.unsaid
    assert "Price" in groups["Requirements and terms"].unsaid


def test_a_group_counts_each_side_by_itself() -> None:
    both, one = [Row("a", [], []), Row("b", ["x"], []), Row("c", ["x"], ["y"])], Row("d", [], ["y"])
    group = Group.of("t", [*both, one])
    assert (group.said_by_need, group.said_by_offering, group.unsaid) == (2, 2, ["a"])


def test_an_amount_is_told_in_the_buyers_unit_when_both_measure_the_same_thing() -> None:
    kilo = UnitFactory(code="kg", label_en="kg", dimension=Dimension.MASS, factor=1)
    tonne = UnitFactory(code="t", label_en="t", dimension=Dimension.MASS, factor=1000)
    litre = UnitFactory(code="l", label_en="l", dimension=Dimension.VOLUME)
    need = NeedFactory(annual_volume=500, unit=kilo)
    match = MatchFactory(need=need, offering=OfferingFactory(annual_volume=2, unit=tonne))
    assert text(row_of(match, "Annual volume").offering) == "2 t (= 2,000 kg)"
    other = MatchFactory(need=need, offering=OfferingFactory(annual_volume=2, unit=litre))
    assert text(row_of(other, "Annual volume").offering) == "2 l"


def test_prices_in_two_currencies_say_that_they_are_not_compared() -> None:
    yen, won = CurrencyFactory(code="JPY"), CurrencyFactory(code="KRW")
    need = NeedFactory(price_max=100, currency=yen)
    match = MatchFactory(need=need, offering=OfferingFactory(price_min=900, currency=won))
    assert row_of(match, "Price").note == "different currencies, not compared"
    same = MatchFactory(need=need, offering=OfferingFactory(price_min=90, currency=yen))
    assert row_of(same, "Price").note == ""


@pytest.mark.parametrize(("days", "mark"), [(60, "="), (61, "≠"), (None, "?")])
def test_a_hard_limit_is_marked_by_itself(days: int | None, mark: str) -> None:
    need = NeedFactory(max_lead_time_days=60)
    row = row_of(
        MatchFactory(need=need, offering=OfferingFactory(lead_time_days=days)), "Lead time at most"
    )
    assert (row.mark, row.is_required) == (mark, True)


@pytest.mark.parametrize(("employees", "mark"), [(50, "="), (49, "≠"), (None, "?")])
def test_a_wish_is_compared_with_the_partner(employees: int | None, mark: str) -> None:
    seller = CompanyFactory(with_owner=True, employees=employees)
    match = MatchFactory(
        need=NeedFactory(wish_min_employees=50), offering=OfferingFactory(company=seller)
    )
    assert row_of(match, "At least this many employees").mark == mark


def test_what_was_checked_and_until_when_stands_there() -> None:
    match = MatchFactory()
    for decision, checked in (
        (VerificationDecision.VERIFIED, ["official_number", "website"]),
        (VerificationDecision.SUSPENDED, []),
    ):
        Verification.objects.create(
            company=match.seller, decision=decision, checked=checked, at=timezone.now()
        )
    checked = text(row_of(match, "Checked").offering)
    assert "official number in the public register, website" in checked


# --- Evidence ---------------------------------------------------------------------------------


def test_each_requirement_says_which_certificate_answers_it() -> None:
    codes = ("iso_9001", "iatf_16949", "iso_13485", "gmp", "semi_s2")
    valid, expired, ending, claimed, missing = (CertificationFactory(code=code) for code in codes)
    need, offering = NeedFactory(), OfferingFactory(certifications=[claimed])
    need.required_certifications.set([valid, expired, missing])
    need.certifications.set([ending, claimed])
    today = timezone.localdate()
    for which, until in ((valid, 400), (expired, -1), (ending, 5)):
        CompanyCertification.objects.create(
            company=offering.company, certification=which, number="A-1",
            expires_on=today + until * DAY,
        )  # fmt: skip
    # An older one of the same kind does not hide the one that holds.
    CompanyCertification.objects.create(
        company=offering.company, certification=valid, number="A-0", expires_on=today - DAY
    )
    found = panel_of(MatchFactory(need=need, offering=offering)).evidence
    told = {each.certification.code: each for each in found.requirements}
    assert {code: (each.standing, each.is_required) for code, each in told.items()} == {
        "iso_9001": ("valid", True),
        "iatf_16949": ("expired", True),
        "semi_s2": ("missing", True),
        "iso_13485": ("ends_soon", False),
        "gmp": ("claimed", False),
    }  # fmt: skip
    assert [each.is_required for each in found.requirements] == [True, True, True, False, False]
    seller = found.firms[1]
    assert (seller.side, len(seller.certificates)) == (Side.SELLER, 4)


# --- Conflicts --------------------------------------------------------------------------------


def test_a_match_without_a_conflict_has_none() -> None:
    assert codes(MatchFactory()) == {}


def test_either_firms_list_blocks_and_says_who_and_why() -> None:
    match = MatchFactory()
    Block.objects.create(
        company=match.seller, blocked=match.buyer, reason="competitor", created_at=timezone.now()
    )
    conflict = panel_of(match).conflicts[0]
    assert (conflict.code, conflict.is_blocking) == ("blocked", True)
    assert match.seller.display_name in conflict.sentence
    assert "It is a competitor." in conflict.sentence


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"state": CompanyState.SUSPENDED}, {"not_verified": True}),
        ({"is_matching_enabled": False}, {"not_matching": True}),
        ({"verified_until": timezone.now() + 10 * DAY}, {"verification_ends": False}),
        ({"verified_until": timezone.now() + 90 * DAY}, {}),
    ],
)
def test_the_standing_of_a_firm(fields: dict, expected: dict) -> None:
    seller = CompanyFactory(with_owner=True, **fields)
    assert codes(MatchFactory(offering=OfferingFactory(company=seller))) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"state": "closed"}, {"item_closed": True}),
        ({"valid_until": timezone.localdate() - DAY}, {"item_closed": True}),
        ({"valid_until": timezone.localdate() + 3 * DAY}, {"item_ends": False}),
        ({"valid_until": timezone.localdate() + 60 * DAY}, {}),
    ],
)
def test_the_standing_of_an_item(fields: dict, expected: dict) -> None:
    assert codes(MatchFactory(offering=OfferingFactory(**fields))) == expected


def test_an_item_that_changed_since_it_was_scored_warns() -> None:
    assert codes(MatchFactory(is_stale=True)) == {"stale": False}


def test_signs_of_one_group() -> None:
    buyer = CompanyFactory(
        country="JP", with_owner=True, name_en="Akari Materials", representative="Lee  Min",
        website="https://www.akari.co.jp",
    )  # fmt: skip
    seller = CompanyFactory(with_owner=True, name_en="AKARI Korea", representative="lee min")
    person = seller.memberships.get().user
    MembershipFactory(company=buyer, user=person, role=MemberRole.VIEWER)
    MembershipFactory(company=seller, user__email="kim@kr.akari.co.jp")
    match = MatchFactory(need=NeedFactory(company=buyer), offering=OfferingFactory(company=seller))
    person.email = "kim@naver.com"
    person.save()
    signs = ("same_person", "same_brand", "same_representative")
    assert codes(match).items() >= dict.fromkeys(signs, False).items()
    domains = [each for each in panel_of(match).conflicts if each.code == "same_domain"]
    assert any("akari.co.jp" in each.sentence for each in domains)


def test_people_at_an_address_that_anybody_may_have_are_no_group() -> None:
    match = MatchFactory()
    for firm in (match.buyer, match.seller):
        user = firm.memberships.get().user
        user.email = f"a{user.pk}@naver.com"
        user.save()
    assert "same_domain" not in {each.code for each in panel_of(match).conflicts}


def test_a_used_up_month_blocks_once_it_is_mailed_and_warns_before() -> None:
    seller = CompanyFactory(with_owner=True, introductions_per_month=1)
    match = MatchFactory(offering=OfferingFactory(company=seller))
    MatchFactory(offering=OfferingFactory(company=seller), state=MatchState.APPROVED)
    assert codes(match) == {"capacity_promised": False}
    published_match(offering=OfferingFactory(company=seller))
    assert codes(match)["no_capacity"]


def test_taken_seats_block_once_they_are_mailed_and_warn_before() -> None:
    need = NeedFactory(seats=1)
    match = MatchFactory(need=need)
    taken = MatchFactory(need=need, state=MatchState.APPROVED)
    assert codes(match) == {"seats_promised": False}
    Match.objects.filter(pk=taken.pk).update(published_at=timezone.now())
    assert codes(match) == {"no_seat": True}


def test_a_firm_that_nobody_can_be_written_at_blocks() -> None:
    match = MatchFactory()
    match.buyer.memberships.update(role=MemberRole.VIEWER)
    assert codes(match) == {"no_recipient": True}


def test_a_missing_consent_to_be_named_abroad_warns() -> None:
    match = MatchFactory()
    Consent.objects.filter(
        user=match.buyer.memberships.get().user, kind=ConsentKind.CROSS_BORDER
    ).update(withdrawn_at=timezone.now())
    assert codes(match) == {"no_consent": False}


def test_what_the_two_firms_have_been_through_is_told_with_reason_and_day() -> None:
    declined = published_match()
    answer(declined, Side.SELLER, AnswerKind.DECLINED, reason=DeclineReason.PRICE)
    buyer, seller = declined.buyer, declined.seller
    rejected = MatchFactory(
        need=NeedFactory(company=buyer), offering=OfferingFactory(company=seller)
    )
    reject(rejected)
    match = MatchFactory(need=NeedFactory(company=buyer), offering=OfferingFactory(company=seller))
    told = conflicts_of(match)
    assert set(told) == {"earlier_declined", "earlier_rejected"}
    assert "The price level does not fit." in told["earlier_declined"].sentence
    assert "One side is busy enough at present." in told["earlier_rejected"].sentence
    assert told["earlier_declined"].match == declined


def test_a_firm_that_keeps_declining_for_one_reason_warns_where_this_match_is_weak() -> None:
    seller = CompanyFactory(with_owner=True, introductions_per_month=50)
    for _ in range(2):
        other = published_match(offering=OfferingFactory(company=seller))
        answer(other, Side.SELLER, AnswerKind.DECLINED, reason=DeclineReason.PRICE)
    weak, strong = (
        MatchFactory(offering=OfferingFactory(company=seller), criteria={"price": value})
        for value in (0.1, 0.9)
    )
    assert codes(weak) == {"pattern": False}
    assert codes(strong) == {}


# --- Similar pairs ----------------------------------------------------------------------------


def pair(concept: object, **fields: object) -> Match:
    return MatchFactory(
        need=NeedFactory(concepts=[concept]),
        offering=OfferingFactory(concepts=[concept]),
        **fields,
    )


def test_similar_pairs_are_counted_by_how_far_they_came() -> None:
    resist = ConceptFactory(code="photoresist")
    other = ConceptFactory(code="bearing")
    now = timezone.now()
    met = introduced_match()
    for stage in (OutcomeStage.MET, OutcomeStage.TRIAL_ORDER):
        record_outcome(
            match=met, side=Side.BUYER, stage=stage, by=member_of(met, Side.BUYER), now=now
        )
    declined = published_match()
    answer(declined, Side.SELLER, AnswerKind.DECLINED, reason=DeclineReason.PRICE)
    for _ in range(3):
        reject(pair(resist), RejectReason.WRONG_SPECIFICATION)
    # Neither of another product, nor undecided, nor of one side only.
    reject(pair(other))
    pair(resist)
    reject(MatchFactory(offering=OfferingFactory(concepts=[other])))
    told = panel_of(pair(resist)).similar
    assert (told.decided, told.approved, told.said_yes) == (5, 2, 1)
    assert (told.introduced, told.met, told.contracts) == (1, 1, 1)
    assert told.rejections == (("The specification does not fit.", 3),)
    assert told.refusals == (("The price level does not fit.", 1),)
    assert len(told.examples) == 5
    assert not told.is_wide


def test_with_few_of_the_same_product_the_broader_concept_counts() -> None:
    chemicals = ConceptFactory(code="chemicals")
    resist = ConceptFactory(code="photoresist", parent=chemicals)
    solvent = ConceptFactory(code="solvent", parent=chemicals)
    reject(pair(solvent))
    told = panel_of(pair(resist)).similar
    assert (told.decided, told.is_wide) == (1, True)


def test_an_item_without_concepts_is_known_by_its_hs_heading() -> None:
    resist = ConceptFactory(code="photoresist", hs6=["370790"])
    reject(pair(resist))
    match = MatchFactory(
        need=NeedFactory(concepts=[], hs6=["370710"]), offering=OfferingFactory(concepts=[resist])
    )
    assert panel_of(match).similar.decided == 1


# --- The page ---------------------------------------------------------------------------------


def test_the_page_asks_the_same_number_of_queries_with_one_and_with_three_of_everything() -> None:
    def queries(match: Match) -> int:
        with CaptureQueriesContext(connection) as captured:
            panel_of(match)
        return len(captured)

    resist = ConceptFactory(code="photoresist")
    match = pair(resist)
    counted = []
    for _ in range(3):
        for firm in (match.buyer, match.seller):
            CompanyCertification.objects.create(
                company=firm, certification=CertificationFactory(), number=str(len(counted))
            )
            MembershipFactory(company=firm)
        old = MatchFactory(
            need=NeedFactory(company=match.buyer), offering=OfferingFactory(company=match.seller)
        )
        reject(old)
        counted.append(queries(match))
    assert counted[0] == counted[2] <= 45


def test_the_page_shows_every_part(client: Client) -> None:
    match = MatchFactory(is_stale=True)
    client.force_login(StaffFactory(language="en"))
    page = client.get(reverse("matching:review_match", args=[match.pk])).content.decode()
    for heading in ("Conflicts", "Evidence", "What became of similar pairs", "Notes", "History"):
        assert f">{heading}</h" in page, heading
