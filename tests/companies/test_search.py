"""What a search understands, finds, and never tells."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from companies.choices import CompanyState
from companies.models import Company
from companies.names import fold
from companies.searching import Found, Search, count_facets, directory_firms, find
from tests.companies.searches import in_step
from tests.factories import (
    CertificationFactory,
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

VISITOR = AnonymousUser()


def look(words: str, viewer: Any = VISITOR, **filters: Any) -> Found:
    in_step()
    return find(Search(words=words, **filters), viewer=viewer)


def firms(words: str, viewer: Any = VISITOR, **filters: Any) -> list[Company]:
    in_step()
    return directory_firms(Search(words=words, **filters), viewer=viewer)


def korean(name: str, **fields: Any) -> Company:
    return CompanyFactory(name_ko=name, name_en="", name_key=fold(name), **fields)


def japanese(name: str, **fields: Any) -> Company:
    return CompanyFactory(country="JP", name_ja=name, name_en="", name_key=fold(name), **fields)


def offer(company: Company, concepts: Any = (), **titles: Any) -> Company:
    OfferingFactory(company=company, concepts=list(concepts), title_en="", text_en="", **titles)
    return company


@pytest.fixture
def separator() -> Any:
    return ConceptFactory(
        code="separator",
        label_ko="분리막",
        label_ja="セパレータ",
        label_en="battery separators",
        synonyms_en=["battery separator"],
        hs6=["392020"],
    )


@pytest.mark.parametrize(
    "words", ["분리막", "セパレータ", "ｾﾊﾟﾚｰﾀ", "せぱれーた", "Battery Separator", "분 리 막"[::2]]
)
def test_a_concept_is_found_from_all_languages_and_spellings(separator: Any, words: str) -> None:
    from_japan = offer(japanese("株式会社みず"), [separator], title_ja="多孔質フィルム")
    from_korea = offer(korean("주식회사 하늘"), [separator], title_ko="다공성 필름")
    assert set(firms(words)) == {from_japan, from_korea}
    assert firms(words, country="JP") == [from_japan]


def test_the_head_of_a_compound_is_what_is_looked_for(separator: Any) -> None:
    ConceptFactory(code="ev", label_ko="전기차", label_ja="電気自動車", label_en="electric cars")
    right = offer(japanese("株式会社みず"), [separator], title_ja="フィルム")
    offer(japanese("株式会社くるま"), [ConceptFactory(code="ev")], title_ja="車")
    assert firms("전기차분리막") == [right]


def test_all_words_count_and_fewer_only_where_no_firm_has_all(separator: Any) -> None:
    coating = ConceptFactory(
        code="coating", label_ko="코팅", label_ja="コーティング", label_en="coating"
    )
    both = offer(japanese("株式会社みず"), [separator, coating], title_ja="膜")
    one = offer(japanese("株式会社かぜ"), [separator], title_ja="膜")
    assert firms("분리막 코팅") == [both]
    assert not look("분리막 코팅").is_loose
    some = look("분리막 우주선")
    assert some.is_loose
    assert set(firms("분리막 우주선")) == {both, one}


def test_where_nobody_supplies_it_what_is_close_is_found_and_said(separator: Any) -> None:
    top = ConceptFactory(code="energy", label_ko="에너지")
    materials = ConceptFactory(code="materials", label_ko="전지 소재", parent=top)
    separator.parent = materials
    separator.save()
    sibling = ConceptFactory(code="binder", label_ko="바인더", parent=materials)
    korean_firm = offer(korean("주식회사 가"), [separator], title_ko="필름")
    close = offer(japanese("株式会社みず"), [sibling], title_ja="バインダー")
    offer(japanese("株式会社かぜ"), [top], title_ja="電力")
    assert firms("분리막") == [korean_firm]
    from_japan = look("분리막", country="JP")
    assert from_japan.is_broad
    assert firms("분리막", country="JP") == [close]
    # The top of a family is a whole industry: nothing that somebody looks for.
    assert firms("전지 소재", country="JP") == [close]
    close.offerings.update(state="closed")
    assert firms("전지 소재", country="JP") == []


def test_words_taken_together_are_tried_one_by_one(separator: Any) -> None:
    ConceptFactory(code="coated", label_ko="코팅 분리막", parent=separator)
    coating = ConceptFactory(code="coating", label_ko="코팅")
    both = offer(korean("주식회사 가"), [separator, coating], title_ko="필름")
    assert firms("코팅 분리막") == [both]


def test_words_that_no_concept_knows_are_found_in_the_texts() -> None:
    firm = offer(korean("주식회사 하늘"), title_ko="초정밀 연마 서비스", text_ko="경면 가공까지")
    offer(korean("주식회사 바람"), title_ko="연 마 기계")
    latin = offer(japanese("株式会社みず"), title_ja="LED照明の部品", text_ja="")
    offer(japanese("株式会社かぜ"), title_ja="sealed bearings ledger")
    assert firm in firms("연마")
    assert firms("경면가공") == [firm]
    assert firms("초정밀연마") == [firm]
    assert firms("led") == [latin]
    assert firms("LED照明") == [latin]


def test_order_name_then_concept_then_narrower_then_text(separator: Any) -> None:
    narrower = ConceptFactory(code="coated", parent=separator, label_ko="코팅막")
    written = offer(korean("주식회사 라"), title_ko="필름", text_ko="분리막 원료")
    below = offer(korean("주식회사 다"), [narrower], title_ko="코팅막")
    exact = offer(korean("주식회사 나"), [separator], title_ko="필름")
    prefix = korean("분리막테크")
    name = korean("주식회사 분리막")
    assert firms("분리막") == [name, prefix, exact, below, written]


def test_a_new_parent_takes_the_firms_along(separator: Any) -> None:
    moved = ConceptFactory(code="coated", label_ko="코팅막")
    firm = offer(korean("주식회사 다"), [moved], title_ko="코팅막")
    assert firms("분리막") == []
    moved.parent = separator
    moved.save()
    assert firms("분리막") == [firm]


@pytest.mark.parametrize("words", ["392020", "3920", "HS 3920.20", "3920.20-1000"])
def test_an_hs_code_finds_items_with_it_and_its_concepts(separator: Any, words: str) -> None:
    by_code = offer(korean("주식회사 가"), title_ko="필름", hs6=["392020"])
    by_concept = offer(japanese("株式会社みず"), [separator], title_ja="膜")
    offer(korean("주식회사 나"), title_ko="강판", hs6=["720851"])
    assert set(firms(words)) == {by_code, by_concept}


def test_a_misspelt_name_is_found_when_nothing_else_is() -> None:
    firm = CompanyFactory(name_ko="주식회사 한빛소재테크", name_en="Hanbit Materials", name_key="x")
    CompanyFactory(name_ko="서울정밀", name_en="Seoul Precision", name_key="y")
    assert firms("Hanbitt") == [firm]
    assert look("Hanbitt").is_similar
    assert firms("qqqqqqqq") == []


def test_a_number_finds_the_firm_for_staff_only() -> None:
    firm = CompanyFactory()
    assert firms(firm.official_number, StaffFactory()) == [firm]
    dashed = f"{firm.official_number[:3]}-{firm.official_number[3:5]}-{firm.official_number[5:]}"
    assert firms(dashed, StaffFactory()) == [firm]
    assert firms(firm.official_number) == []
    assert firms(firm.official_number, MembershipFactory(company=firm).user) == []


def test_staff_look_for_unclaimed_firms_and_needs_others_do_not(separator: Any) -> None:
    listed = offer(korean("주식회사 가"), [separator], title_ko="필름")
    unclaimed = offer(korean("주식회사 나", unclaimed=True), [separator], title_ko="필름")
    need = NeedFactory(concepts=[separator]).company
    staff, member = StaffFactory(), MembershipFactory().user
    assert firms("분리막", staff) == [listed]
    assert firms("분리막", staff, state=CompanyState.UNCLAIMED) == [unclaimed]
    assert firms("분리막", staff, side="needs") == [need]
    for viewer in (VISITOR, member):
        assert firms("분리막", viewer, state=CompanyState.UNCLAIMED) == [listed]
        assert firms("분리막", viewer, side="needs") == [listed]


HIDDEN_WORDS = ["아이치케미칼", "アイチ", "Aichi Chemical", "aichi", "9180001012345", "비밀공정"]


@pytest.mark.parametrize("words", HIDDEN_WORDS)
def test_nothing_but_products_leads_to_a_firm_that_hides_its_name(
    separator: Any, words: str
) -> None:
    firm = CompanyFactory(
        country="JP",
        name_ja="株式会社アイチケミカル",
        name_ko="아이치케미칼",
        name_en="Aichi Chemical",
        name_key="アイチケミカル",
        official_number="9180001012345",
        is_name_hidden=True,
        about_ko="아이치케미칼의 비밀공정",
        about_en="We are Aichi Chemical.",
        website="https://aichi.example",
        address="Aichi",
    )
    OfferingFactory(
        company=firm,
        concepts=[separator],
        title_ko="아이치케미칼 분리막",
        title_en="Aichi Chemical film",
        text_ko="아이치케미칼의 비밀공정으로 만든 필름",
        text_en="By Aichi Chemical",
    )
    others = (VISITOR, MembershipFactory().user)
    for viewer in others:
        assert firms(words, viewer) == []
        assert firms("분리막", viewer) == [firm]
        assert firms("film", viewer) == [firm]
        assert look(f"{words} 우주선", viewer).entries.count() == 0
    if not words.isdigit() and words != "비밀공정":
        for viewer in (StaffFactory(), MembershipFactory(company=firm).user):
            assert firms(words, viewer) == [firm]


def test_no_page_that_names_a_hidden_firm_opens_by_its_address(client: Client) -> None:
    hidden = CompanyFactory(is_name_hidden=True)
    client.force_login(MembershipFactory().user)
    for name in ("join", "claim"):
        assert client.get(reverse(f"companies:{name}", args=[hidden.pk])).status_code == 404
    page = client.get(reverse("companies:company", args=[hidden.pk])).content.decode()
    assert reverse("companies:join", args=[hidden.pk]) not in page


def test_firms_that_hide_their_names_stand_in_no_telling_order(separator: Any) -> None:
    names = ("가", "다", "나")
    hidden = [
        offer(korean(f"주식회사 {name}", is_name_hidden=True), [separator], title_ko="막")
        for name in names
    ]
    named = offer(korean("주식회사 하"), [separator], title_ko="막")
    by_id = sorted(hidden, key=lambda firm: firm.pk)
    assert firms("분리막") == [named, *by_id]
    assert firms("", sort="name") == [named, *by_id]


def test_facets_count_what_each_choice_would_leave(separator: Any) -> None:
    bio = SectorFactory(code="bio")
    iso = CertificationFactory()
    for country in ("KR", "KR", "JP"):
        company = CompanyFactory(country=country, sectors=[bio], employees=60)
        company.certificates.create(certification=iso)
        offer(company, [separator], title_ko="막", cooperation=["supply", "investment"])
    CompanyFactory(region=RegionFactory(code="KR-26"), employees=5000)
    entries = look("분리막").entries
    facets = count_facets(entries, Search(words="분리막", country="KR"))
    assert facets.total == 2
    assert facets.counts["country"] == {"KR": 2, "JP": 1}
    assert facets.counts["sector"] == {str(bio.pk): 2}
    assert facets.counts["cooperation"] == {"supply": 2, "investment": 2}
    assert facets.counts["certification"] == {str(iso.pk): 2}
    assert facets.counts["employees"] == {"50": 2}
    everybody = count_facets(look("").entries, Search())
    assert everybody.total == 4
    assert everybody.counts["employees"] == {"50": 3, "1000": 1}


def test_every_filter_narrows(separator: Any) -> None:
    bio, region, iso = (
        SectorFactory(code="bio"),
        RegionFactory(code="JP-23"),
        CertificationFactory(),
    )
    right = CompanyFactory(country="JP", sectors=[bio], region=region, employees=300)
    right.certificates.create(certification=iso)
    offer(right, [separator], title_ja="膜", cooperation=["investment"])
    CompanyFactory(employees=299)
    for asked in (
        {"country": "JP"},
        {"sector": bio.pk},
        {"region": region.pk},
        {"cooperation": "investment"},
        {"certification": iso.pk},
        {"employees": "300"},
    ):
        assert firms("", **asked) == [right], asked


def test_pages_are_stable_and_complete(separator: Any, client: Client) -> None:
    for number in range(45):
        offer(CompanyFactory(is_name_hidden=number % 2 == 0), [separator], title_ko="막")
    in_step()
    seen = []
    for page in (1, 2, 3):
        answer = client.get(reverse("companies:directory"), {"q": "분리막", "page": page})
        seen += [firm.pk for firm, _blind, _offerings in answer.context["firms"]]
    assert len(seen) == len(set(seen)) == 45


def test_what_only_verified_firms_see_is_no_filter_for_others(client: Client) -> None:
    page = reverse("companies:directory")
    CompanyFactory(employees=60)
    in_step()
    asked = {"employees": "1000", "state": "unclaimed", "side": "needs"}
    assert client.get(page, asked).context["total"] == 1
    client.force_login(MembershipFactory(company__employees=60).user)
    in_step()
    answer = client.get(page, asked)
    assert answer.context["total"] == 0
    assert "state" not in answer.context["form"].fields


def test_the_page_says_why_and_marks_it_in_its_language(separator: Any, client: Client) -> None:
    offer(japanese("株式会社みず"), [separator], title_ja="電池用セパレータ")
    in_step()
    page = client.get(
        reverse("companies:directory"), {"q": "분리막"}, headers={"Accept-Language": "ko"}
    ).content.decode()
    assert '<span lang="ja">電池用<mark>セパレータ</mark></span>' in page
    assert "→ 분리막" in page
    assert '<span lang="ja">セパレータ</span>' in page


def test_nothing_found_leads_on_to_what_is_close(separator: Any, client: Client) -> None:
    film = ConceptFactory(code="film", label_en="films")
    sibling = ConceptFactory(code="tape", label_en="tapes", parent=film)
    separator.parent = film
    separator.save()
    offer(japanese("株式会社みず"), [sibling], title_ja="テープ")
    in_step()
    answer = client.get(reverse("companies:directory"), {"q": "분리막", "country": "JP"})
    close = answer.context["nearest"]
    assert [(near.label, near.firms) for near, _query in close] == [("films", 1), ("tapes", 1)]
    led_on = client.get(reverse("companies:directory") + "?" + close[0][1])
    assert led_on.context["total"] == 1
    assert client.get(
        reverse("companies:directory") + "?" + answer.context["in_use"][0][0]
    ).context["search"] == Search(words="분리막")


@pytest.mark.parametrize("words", ["세파", "SEPA", "battery sep", "분리"])
def test_suggestions_come_in_the_readers_language(
    client: Client, separator: Any, words: str
) -> None:
    separator.synonyms_ko = ["세파레이터"]
    separator.synonyms_ja = ["sepa膜"]
    separator.save()
    answer = client.get(
        reverse("companies:directory_suggestions"), {"q": words}, headers={"Accept-Language": "ja"}
    )
    assert (
        '<option value="セパレータ">분리막 · battery separators</option>' in answer.content.decode()
    )


def test_a_firm_is_put_on_the_never_meet_list_from_its_page(client: Client) -> None:
    member, other = MembershipFactory(), CompanyFactory(country="JP")
    hidden = CompanyFactory(is_name_hidden=True)
    client.force_login(member.user)
    page = reverse("companies:company", args=[other.pk])
    address = reverse("companies:company_block", args=[other.pk])
    assert address in client.get(page).content.decode()
    client.post(address)
    assert [block.blocked for block in member.company.blocks.all()] == [other]
    # The list names its firms: who hides the name cannot be put on it from the page.
    assert client.post(reverse("companies:company_block", args=[hidden.pk])).status_code == 404
    own = reverse("companies:company_block", args=[member.company_id])
    assert client.post(own).status_code == 302
    assert member.company.blocks.count() == 1
