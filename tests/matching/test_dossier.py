"""What a reviewer sees of one match: both sides, evidence, conflicts, similar pairs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from companies.choices import VerificationDecision
from companies.models import CompanyCertification, Verification
from matching.choices import AnswerKind, DeclineReason, OutcomeStage, RejectReason, Side
from matching.models import Match
from matching.queries.dossier.rows import Group, Row
from matching.services import record_outcome
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
from tests.matching.dossier import background_of, panel_of, reject, row_of, text
from tests.matching.scenes import answer, introduced_match, member_of, published_match

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


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
    found = background_of(MatchFactory(need=need, offering=offering)).evidence
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
    told = background_of(pair(resist)).similar
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
    told = background_of(pair(resist)).similar
    assert (told.decided, told.is_wide) == (1, True)


def test_an_item_without_concepts_is_known_by_its_hs_heading() -> None:
    resist = ConceptFactory(code="photoresist", hs6=["370790"])
    reject(pair(resist))
    match = MatchFactory(
        need=NeedFactory(concepts=[], hs6=["370710"]), offering=OfferingFactory(concepts=[resist])
    )
    assert background_of(match).similar.decided == 1


# --- The page ---------------------------------------------------------------------------------


def test_the_page_asks_the_same_number_of_queries_with_one_and_with_three_of_everything() -> None:
    def queries(match: Match) -> tuple[int, int]:
        counts = []
        for read in (panel_of, background_of):
            with CaptureQueriesContext(connection) as captured:
                read(match)
            counts.append(len(captured))
        return counts[0], counts[1]

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
    assert counted[0] == counted[2]
    at_once, behind = counted[2]
    assert at_once <= 33
    assert behind <= 33


def test_the_page_shows_every_part(client: Client) -> None:
    match = MatchFactory(is_stale=True)
    client.force_login(StaffFactory(language="en"))
    address = reverse("matching:review_background", args=[match.pk])
    page = client.get(reverse("matching:review_match", args=[match.pk])).content.decode()
    for part in (">Conflicts</h", f'hx-get="{address}"', f'href="{address}"'):
        assert part in page
    behind = client.get(address).content.decode()
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    for heading in ("Evidence", "What became of similar pairs", "Notes", "History"):
        assert f">{heading}</h" in behind
        assert f">{heading}</h" in part
    assert "<html" in behind
    assert "<html" not in part
