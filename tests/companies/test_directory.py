"""The directory: verified firms found by name or product, in any language; blind firms stay so."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from companies.choices import CompanyState, ItemState
from companies.models import Company
from companies.names import fold
from companies.searching import Search, directory_firms, find, show
from taxonomy.vocabulary import load_vocabulary
from tests.companies.searches import in_step
from tests.factories import (
    CompanyFactory,
    ConceptFactory,
    MembershipFactory,
    NeedFactory,
    OfferingFactory,
    RegionFactory,
    SectorFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db


def found(words: str = "", viewer: Any = None, **filters: Any) -> list[Company]:
    in_step()
    return directory_firms(Search(words=words, **filters), viewer=viewer or AnonymousUser())


def japanese(name: str = "株式会社あいちケミカル", **fields: Any) -> Company:
    return CompanyFactory(country="JP", name_ja=name, name_key=fold(name), **fields)


def test_only_verified_firms_are_listed() -> None:
    listed = CompanyFactory()
    for state in CompanyState.values:
        if state != CompanyState.VERIFIED:
            CompanyFactory(state=state, merged_into=listed if state == "merged" else None)
    CompanyFactory(source="association")
    assert found() == [listed]


@pytest.mark.parametrize(
    "words",
    ["あいちケミカル", "㈱あいちケミカル", "ｱｲﾁ", "아이치케미칼", "aichi chem", "ＡＩＣＨＩ"],
)
def test_a_name_is_found_in_every_language(words: str) -> None:
    firm = japanese(name_ko="아이치케미칼", name_en="Aichi Chemical", name_kana="アイチケミカル")
    CompanyFactory(name_ko="서울정밀", name_key="서울정밀", name_en="Seoul Precision")
    assert found(words) == [firm]


def test_a_product_is_found_across_languages() -> None:
    etchant = ConceptFactory(
        code="etchant", label_ko="식각액", label_ja="エッチング液", label_en="etchant"
    )
    narrower = ConceptFactory(parent=etchant)
    broad, narrow, closed = (
        OfferingFactory(
            company=japanese(f"供給{concept.code}{state}"),
            concepts=[concept],
            state=state,
            title_ja="エッチング液",
            title_en="",
        )
        for concept, state in (
            (etchant, ItemState.OPEN),
            (narrower, ItemState.OPEN),
            (etchant, ItemState.CLOSED),
        )
    )
    NeedFactory(concepts=[etchant])
    firms = found("식각액")
    assert {firm.pk for firm in firms} == {broad.company_id, narrow.company_id}
    # Exactly what was asked for stands before what is narrower.
    assert firms == [broad.company, narrow.company]
    search = find(Search(words="식각액"), viewer=AnonymousUser())
    with translation.override("ko"):
        (shown,) = show(firms[:1], search, today=timezone.localdate())[firms[0].pk]
    assert [(piece.text, piece.is_hit) for piece in shown.pieces] == [("エッチング液", True)]
    assert (shown.language, shown.gloss) == ("ja", "식각액")
    assert closed.company not in firms


def test_filters_narrow_the_list() -> None:
    bio = SectorFactory(code="bio")
    firm = japanese(sectors=[bio])
    CompanyFactory(sectors=[bio])
    japanese("別会社")
    assert found(country="JP", sector=bio.pk) == [firm]


def test_a_blind_firm_is_listed_without_its_name(client: Client) -> None:
    offering = OfferingFactory(
        company=japanese(
            is_name_hidden=True,
            name_en="Aichi Chemical",
            region=RegionFactory(code="JP-23", label_en="Aichi"),
            sectors=[SectorFactory(code="mobility", label_en="mobility")],
            website="https://aichi-chemical.example",
            about_en="We are Aichi Chemical.",
        ),
        title_en="Battery coolant",
    )
    firm = offering.company
    assert found("Aichi Chemical") == []
    assert found("coolant") == [firm]
    pages = [
        client.get(reverse("companies:directory"), headers={"Accept-Language": "en"}),
        client.get(reverse("companies:company", args=[firm.pk])),
    ]
    for page in pages:
        text = page.content.decode()
        assert "A firm in Aichi: mobility" in text
        assert "Battery coolant" in text
        for secret in ("Chemical", "ケミカル", "aichi-chemical"):
            assert secret not in text
    for user in (StaffFactory(), MembershipFactory(company=firm).user):
        assert found("Aichi Chemical", viewer=user) == [firm]
        client.force_login(user)
        assert (
            "Aichi Chemical"
            in client.get(reverse("companies:company", args=[firm.pk])).content.decode()
        )
    other = MembershipFactory().user
    assert found("Aichi Chemical", viewer=other) == []
    client.force_login(other)
    assert (
        "Chemical" not in client.get(reverse("companies:company", args=[firm.pk])).content.decode()
    )


def test_the_public_page_keeps_people_needs_and_details_back(client: Client) -> None:
    company = CompanyFactory(with_owner=True, employees=4321, name_ko="한빛소재")
    offering = OfferingFactory(company=company, text_en="Ninety percent pure.")
    wanted = NeedFactory(company=company, title_en="Secret need")
    page = reverse("companies:company", args=[company.pk])
    public = client.get(page).content.decode()
    assert offering.title_en in public
    for held_back in (
        wanted.title_en,
        offering.text_en,
        "4,321",
        company.memberships.get().user.email,
        company.memberships.get().user.name,
        company.official_number,
    ):
        assert held_back not in public
    client.force_login(MembershipFactory().user)
    member = client.get(page).content.decode()
    assert offering.text_en in member
    assert "4,321" in member
    assert wanted.title_en not in member


def test_firms_that_are_not_verified_have_no_page(client: Client) -> None:
    drafts = [CompanyFactory(state=CompanyState.DRAFT), CompanyFactory(unclaimed=True)]
    for draft in drafts:
        page = reverse("companies:company", args=[draft.pk])
        assert client.get(page).status_code == 404
        client.force_login(MembershipFactory().user)
        assert client.get(page).status_code == 404
        client.force_login(MembershipFactory(company=draft).user)
        assert client.get(page).status_code == 200
        client.logout()


@pytest.mark.parametrize("words", ["", "etchant", "no such thing", "% _ ' \\", "株", "1248100998"])
def test_any_words_are_answered(client: Client, words: str) -> None:
    ConceptFactory(code="etchant", label_en="etchant")
    OfferingFactory()
    answer = client.get(
        reverse("companies:directory"), {"q": words, "page": "99", "sector": "x", "country": "DE"}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_directory_asks_the_same_of_the_database_for_any_number_of_firms(
    client: Client, django_assert_num_queries: Any, count: int
) -> None:
    sector = SectorFactory()
    for _each in range(count):
        OfferingFactory(company=CompanyFactory(sectors=[sector], region=RegionFactory()))
    in_step()
    load_vocabulary()
    with django_assert_num_queries(10):
        client.get(reverse("companies:directory"))
    with django_assert_num_queries(15):
        client.get(reverse("companies:directory"), {"q": "photoresist"})
