"""Offerings and needs: written, suggested for, changed materially, closed and opened again."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from companies import services
from companies.choices import CompanyState, ItemState, MemberRole
from companies.models import Company, Need, Offering
from companies.signals import item_changed, item_closed
from taxonomy.models import Concept
from tests.factories import (
    CertificationFactory,
    CompanyFactory,
    ConceptFactory,
    CurrencyFactory,
    MembershipFactory,
    NeedFactory,
    OfferingFactory,
    RegionFactory,
    StaffFactory,
    UnitFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(client: Client) -> Company:
    company = CompanyFactory(with_owner=True)
    client.force_login(company.memberships.get().user)
    return company


@pytest.fixture
def heard() -> Any:
    """What the layers above are told."""
    told: list[tuple[str, object]] = []

    def changed(sender: type, item_id: object, **kwargs: object) -> None:
        told.append(("changed", item_id))

    def closed(sender: type, item_id: object, **kwargs: object) -> None:
        told.append(("closed", item_id))

    item_changed.connect(changed)
    item_closed.connect(closed)
    return lambda: (told, changed, closed)[0]


def typed(**changes: object) -> dict[str, object]:
    return {
        "title_ko": "ArF 포토레지스트",
        "text_ko": "액침 노광용 감광액입니다.",
        "cooperation": ["supply"],
        "concepts": [ConceptFactory(code="photoresist").pk],
        **changes,
    }


def need(**changes: object) -> dict[str, object]:
    three_state = {"is_single_sourced": "true", "accepts_substitutes": "unknown"}
    return typed(**{"seats": 3, **three_state, **changes})


def test_a_firm_writes_an_offering(client: Client, company: Company, heard: Any) -> None:
    answer = client.post(
        reverse("companies:offering_new"),
        typed(
            hs6="3707.90, 285000",
            annual_volume="12000",
            unit=UnitFactory().pk,
            price_min="10",
            price_max="12.50",
            currency=CurrencyFactory().pk,
            certifications=[CertificationFactory().pk],
            wish_regions=[RegionFactory(code="JP-23").pk],
        ),
    )
    offering = Offering.objects.get()
    assert answer.status_code == 302
    assert (offering.company, offering.language, offering.state) == (company, "ko", ItemState.OPEN)
    assert offering.hs6 == ["370790", "285000"]
    assert [concept.code for concept in offering.concepts.all()] == ["photoresist"]
    assert heard() == [("changed", offering.pk)]
    assert "ArF 포토레지스트" in client.get(answer.url).content.decode()


def test_a_firm_writes_a_need_with_its_supply_chain(client: Client, company: Company) -> None:
    demanded = CertificationFactory(code="iatf_16949")
    client.post(
        reverse("companies:need_new"),
        need(
            required_certifications=[demanded.pk],
            current_source_country="tw",
            max_lead_time_days=60,
        ),
    )
    written = Need.objects.get()
    assert list(written.required_certifications.all()) == [demanded]
    assert (written.current_source_country, written.seats) == ("TW", 3)
    assert (written.is_single_sourced, written.accepts_substitutes) == (True, None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title_ko": "", "title_en": ""}, "title_ko"),
        ({"text_ko": "", "text_ja": ""}, "text_ko"),
        ({"title_ko": "가" * 201}, "title_ko"),
        ({"concepts": [], "title_ko": "?", "text_ko": "?"}, "concepts"),
        ({"concepts": ["999999"]}, "concepts"),
        ({"hs6": "37"}, "hs6"),
        ({"cooperation": []}, "cooperation"),
        ({"price_min": "5", "price_max": "4"}, "price_max"),
        ({"price_min": "5"}, "currency"),
        ({"annual_volume": "5"}, "unit"),
        ({"annual_volume": "-5"}, "annual_volume"),
        ({"annual_volume": "many"}, "annual_volume"),
        ({"valid_until": "2026-13-40"}, "valid_until"),
        ({"current_source_country": "China"}, "current_source_country"),
        ({"seats": "0"}, "seats"),
    ],
)
def test_bad_input_comes_back_whole(
    client: Client, company: Company, changes: dict[str, object], field: str
) -> None:
    answer = client.post(
        reverse("companies:need_new"),
        need(**{"text_ja": "日本語の説明", "wish_min_employees": "4711", **changes}),
    )
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not answer.context["form"].non_field_errors()
    page = answer.content.decode()
    assert 'value="4711"' in page
    assert 'aria-invalid="true"' in page
    assert not Need.objects.exists()


@pytest.mark.parametrize("language", ["ko", "ja"])
def test_errors_are_in_the_readers_language(client: Client, language: str) -> None:
    member = MembershipFactory(user__language=language)
    client.force_login(member.user)
    page = client.post(reverse("companies:offering_new"), typed(cooperation=[], text_en="kept"))
    words = {"ko": "필수 항목입니다", "ja": "この項目は必須です"}[language]
    assert words in page.content.decode()
    assert "kept" in page.content.decode()


def test_words_of_the_text_suggest_concepts(client: Client, company: Company) -> None:
    slurry = ConceptFactory(
        code="cmp_slurry", label_ko="CMP 슬러리", label_ja="CMPスラリー", label_en="CMP slurry"
    )
    Concept.objects.filter(pk=slurry.pk).update(hs6=["340590"])
    User.objects.update(language="en")
    written = {"title_ko": "반도체 연마용 CMP 슬러리", "text_ko": ""}
    suggest = reverse("companies:concept_suggest", args=["offering"])
    page = client.post(suggest, written).content.decode()
    assert "“CMP 슬러리” stands in your text" in page
    assert 'CMP slurry · <span lang="ja">CMPスラリー</span>' in page
    assert f'<option value="{slurry.pk}"' not in page
    assert "field-error" not in page
    tapped = client.post(f"{suggest}?add={slurry.pk}", written).content.decode()
    assert f'<option value="{slurry.pk}" selected' in tapped
    assert "stands in your text" not in tapped
    assert "3405.90" in tapped
    written["concepts"] = str(slurry.pk)
    tapped = client.post(f"{suggest}?code=340590", written).content.decode()
    assert 'value="340590"' in tapped
    assert f'<option value="{slurry.pk}" selected' in tapped
    assert "stands under" not in tapped
    without = client.post(
        reverse("companies:offering_new"),
        typed(concepts=[], title_ko="반도체 연마용 CMP 슬러리"),
    )
    assert without.status_code == 422
    assert f'<option value="{slurry.pk}" selected' in without.content.decode()
    assert list(without.context["form"].errors) == ["concepts"]
    assert not Offering.objects.exists()


def test_only_a_material_change_opens_declined_pairs_again(
    client: Client, company: Company, heard: Any
) -> None:
    offering = OfferingFactory(company=company, title_ko="ArF 포토레지스트")
    page = reverse("companies:offering_edit", args=[offering.pk])
    same = typed(
        title_en=offering.title_en, text_en=offering.text_en, text_ko="", title_ko=offering.title_ko
    )
    later = timezone.localdate() + timedelta(days=30)
    assert client.post(page, {**same, "valid_until": str(later)}).status_code == 302
    before = offering.material_at
    offering.refresh_from_db()
    assert (offering.material_at, offering.valid_until) == (before, later)
    assert heard() == []
    client.post(page, {**same, "valid_until": str(later), "lead_time_days": "20"})
    offering.refresh_from_db()
    assert offering.material_at > before
    assert heard() == [("changed", offering.pk)]


def test_items_close_and_open_again(client: Client, company: Company, heard: Any) -> None:
    offering = OfferingFactory(company=company)
    close = reverse("companies:item_close", args=["offering", offering.pk])
    reopen = reverse("companies:item_reopen", args=["offering", offering.pk])
    assert client.get(close).status_code == 405
    client.post(close)
    offering.refresh_from_db()
    assert offering.state == ItemState.CLOSED
    told = client.post(close, follow=True)
    assert [message.level_tag for message in told.context["messages"]][-1:] == ["warning"]
    client.post(reopen)
    offering.refresh_from_db()
    assert offering.state == ItemState.OPEN
    assert heard() == [("closed", offering.pk), ("changed", offering.pk)]


def test_certificates_are_listed_once_and_taken_off(
    client: Client, company: Company, heard: Any
) -> None:
    offering = OfferingFactory(company=company)
    page = reverse("companies:certificates")
    iso = CertificationFactory()
    assert client.post(page, {"certification": iso.pk, "number": "A-1"}).status_code == 302
    again = client.post(page, {"certification": iso.pk, "number": "A-1"})
    assert "number" in again.context["form"].errors
    dates = {"issued_on": "2026-05-01", "expires_on": "2026-04-01"}
    wrong = client.post(page, {"certification": iso.pk, "number": "A-2", **dates})
    assert "expires_on" in wrong.context["form"].errors
    held = company.certificates.get()
    assert heard() == [("changed", offering.pk)]
    client.force_login(MembershipFactory().user)
    remove = reverse("companies:certificate_remove", args=[held.pk])
    assert client.post(remove).status_code == 404
    client.force_login(company.memberships.get().user)
    client.post(remove)
    assert not company.certificates.exists()


def test_a_firm_never_meets_whom_it_blocks(client: Client, company: Company) -> None:
    rival = CompanyFactory(country="JP")
    page = reverse("companies:blocks")
    compatriot = CompanyFactory(country="KR")
    for words, firm in ((rival.official_number[1:], rival), (compatriot.name_en, compatriot)):
        answer = client.post(f"{page}?q={words}", {"firm": firm.pk})
        assert answer.status_code == 422
    assert client.post(page, {"firm": rival.pk}).status_code == 422
    for words in (f"T{rival.official_number}", rival.name_en):
        client.post(f"{page}?q={words}", {"firm": rival.pk, "reason": "parted"})
    block = company.blocks.get()
    assert block.blocked == rival
    remove = reverse("companies:block_remove", args=[block.pk])
    client.force_login(MembershipFactory(company=rival).user)
    assert client.post(remove).status_code == 404
    client.force_login(company.memberships.get().user)
    client.post(remove)
    assert not company.blocks.exists()


def test_leaving_the_matching_is_told(client: Client, company: Company) -> None:
    changed = {"changed": ["is_matching_enabled"], "actor": company.memberships.get().user}
    company.is_matching_enabled = False
    services.save_company(company=company, now=timezone.now(), **changed)
    company.refresh_from_db()
    assert company.is_matching_enabled is False


def test_strangers_find_no_item_and_viewers_may_not_write(client: Client) -> None:
    written = NeedFactory()
    pages = [
        reverse("companies:need_edit", args=[written.pk]),
        reverse("companies:item_close", args=["need", written.pk]),
        reverse("companies:item_reopen", args=["need", written.pk]),
    ]
    viewer = MembershipFactory(company=written.company, role=MemberRole.VIEWER)
    for user, status in (
        (MembershipFactory().user, 404),
        (viewer.user, 403),
        (StaffFactory(), 403),
    ):
        client.force_login(user)
        assert [client.post(page, need()).status_code for page in pages] == [status] * 3
    client.force_login(viewer.user)
    assert written.title in client.get(reverse("companies:items")).content.decode()


def test_a_suspended_firm_changes_nothing(client: Client, company: Company) -> None:
    Company.objects.filter(pk=company.pk).update(state=CompanyState.SUSPENDED)
    for name in ("offering_new", "need_new", "profile_edit"):
        assert client.get(reverse(f"companies:{name}")).status_code == 403
    assert client.get(reverse("companies:items")).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_same_of_the_database_for_any_number_of_items(
    client: Client, company: Company, django_assert_num_queries: Any, count: int
) -> None:
    for _each in range(count):
        OfferingFactory(company=company)
        NeedFactory(company=company, concepts=[ConceptFactory()])
    client.get(reverse("companies:items"))
    with django_assert_num_queries(13):
        client.get(reverse("companies:items"))


def test_a_person_without_a_firm_is_led_to_the_registration(client: Client) -> None:
    client.force_login(UserFactory())
    assert client.get(reverse("companies:items")).url == reverse("companies:register")
