"""A firm comes in: registered once, joined or claimed when it is here, submitted when complete."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.errors import RuleViolated, StateChanged
from companies import services
from companies.choices import CompanyState, JoinKind, JoinState, MemberRole
from companies.models import Company, Membership
from companies.names import fold
from mailing.models import Message
from tests.factories import (
    CompanyFactory,
    MembershipFactory,
    RegionFactory,
    SectorFactory,
    StaffFactory,
    UserFactory,
    japanese_number,
    korean_number,
)

pytestmark = pytest.mark.django_db

NUMBER = korean_number(77)


@pytest.fixture
def person(client: Client) -> User:
    user = UserFactory(language="ko")
    client.force_login(user)
    return user


def typed(**changes: object) -> dict[str, object]:
    return {
        "official_number": f"{NUMBER[:3]}-{NUMBER[3:5]}-{NUMBER[5:]}",
        "name": "주식회사 다리소재",
        "name_en": "Dari Materials",
        "website": "dari.example",
        "sectors": [SectorFactory().pk],
        "region": RegionFactory(code="KR-11").pk,
        "about": "감광 소재를 만듭니다.",
        **changes,
    }


def unsaved(number: str = NUMBER, **fields: str) -> Company:
    return Company(country="KR", official_number=number, name_ko="다리소재(주)", **fields)


def test_a_person_registers_a_firm_and_owns_it(client: Client, person: User) -> None:
    answer = client.post(reverse("companies:register"), typed())
    company = Company.objects.get(official_number=NUMBER)
    assert answer.status_code == 302
    assert (company.state, company.name_key) == (CompanyState.DRAFT, "다리소재")
    assert company.website == "https://dari.example"
    assert company.memberships.get().role == MemberRole.OWNER
    assert "주식회사 다리소재" in client.get(answer.url).content.decode()


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"official_number": "123-45-6789"}, "official_number", "has 10 digits"),
        (
            {"official_number": NUMBER[:9] + str((int(NUMBER[9]) + 1) % 10)},
            "official_number",
            "add up",
        ),
        ({"official_number": "1101110000002"}, "official_number", "of 10 digits"),
        ({"official_number": "①②③"}, "official_number", "has 10 digits"),
        ({"official_number": ""}, "official_number", "required"),
        ({"name": ""}, "name", "legal name"),
        ({"name": "가" * 161}, "name", "160"),
        ({"about": " "}, "about", "required"),
        ({"region": "no"}, "region", "valid choice"),
        ({"sectors": []}, "sectors", "required"),
        ({"website": "no address"}, "website", "URL"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    client: Client, changes: dict[str, object], field: str, said: str
) -> None:
    client.force_login(UserFactory())
    answer = client.post(reverse("companies:register"), typed(**changes))
    assert answer.status_code == 422
    assert said in " ".join(answer.context["form"].errors[field])
    assert "Dari Materials" in answer.content.decode()
    assert not Company.objects.exists()


@pytest.mark.parametrize("language", ["ko", "ja"])
def test_errors_speak_the_readers_language_and_lose_nothing(client: Client, language: str) -> None:
    client.force_login(UserFactory(language=language))
    answer = client.post(
        reverse("companies:register"), typed(sectors=[], name_en="Ｄａｒｉ & <Co>")
    )
    page = answer.content.decode()
    assert f'lang="{language}"' in page
    assert "Ｄａｒｉ &amp; &lt;Co&gt;" in page
    required = {"ko": "필수 항목입니다", "ja": "この項目は必須です"}[language]
    assert required in page


@pytest.mark.parametrize(
    ("country", "number", "bare"),
    [
        ("KR", "１２４－８１－００９９８", "1248100998"),
        ("JP", "T 3010-4010-2274-6", "3010401022746"),
        ("JP", "3010401022746", "3010401022746"),
    ],
)
def test_numbers_are_taken_as_people_write_them(
    client: Client, person: User, country: str, number: str, bare: str
) -> None:
    region = RegionFactory(code=f"{country}-23").pk
    page = reverse("companies:register")
    client.post(page, typed(official_number=number, name="架橋素材", region=region))
    company = Company.objects.get()
    assert (company.country, company.official_number) == (country, bare)
    assert company.native_name == "架橋素材"


def test_the_region_lies_in_the_country_of_the_number(client: Client, person: User) -> None:
    answer = client.post(
        reverse("companies:register"), typed(region=RegionFactory(code="JP-23").pk)
    )
    assert answer.context["form"].has_error("region")


def test_the_number_is_checked_while_one_types(client: Client) -> None:
    client.force_login(UserFactory())
    page = reverse("companies:number_check")
    fresh = client.post(page, {"official_number": NUMBER})
    assert "no firm is registered under it" in fresh.content.decode()
    wrong = client.post(page, {"official_number": "1"})
    assert "10 digits" in wrong.content.decode()
    here = CompanyFactory(official_number=NUMBER, state=CompanyState.DRAFT)
    found = client.post(page, {"official_number": NUMBER})
    assert reverse("companies:join", args=[here.pk]) in found.content.decode()
    assert here.name_ko not in found.content.decode()


def test_the_same_number_leads_to_the_firm_that_is_here(client: Client, person: User) -> None:
    here = CompanyFactory(official_number=NUMBER, with_owner=True, state=CompanyState.DRAFT)
    assert client.get(reverse("companies:join", args=[here.pk])).status_code == 404
    # Whoever knows no more than the number is led there as well, also without script.
    answer = client.post(reverse("companies:register"), {"official_number": NUMBER})
    assert answer.url == reverse("companies:join", args=[here.pk])
    answer = client.post(reverse("companies:register"), typed(name="전혀 다른 이름"))
    assert answer.url == reverse("companies:join", args=[here.pk])
    assert client.get(answer.url).status_code == 200
    client.post(answer.url, {"message": "구매팀 김하나"})
    request = here.join_requests.get()
    assert (request.kind, request.user) == (JoinKind.JOIN, person)
    assert Company.objects.count() == 1


def test_a_record_of_a_public_list_is_claimed(client: Client, person: User) -> None:
    record = CompanyFactory(unclaimed=True, name_ko="㈜다리소재", name_key=fold("㈜다리소재"))
    answer = client.post(reverse("companies:register"), typed())
    assert answer.context["namesake"] == record
    assert "Dari Materials" in answer.content.decode()
    claim = reverse("companies:claim", args=[record.pk])
    assert client.post(claim, {"message": "대표"}).status_code == 422
    assert client.post(claim, {"message": "대표", "official_number": "12"}).status_code == 422
    client.post(claim, {"message": "대표", "official_number": NUMBER})
    request = record.join_requests.get()
    assert (request.kind, request.official_number) == (JoinKind.CLAIM, NUMBER)

    services.decide_join_request(
        request=request, is_accepted=True, actor=StaffFactory(), now=timezone.now()
    )
    record.refresh_from_db()
    assert (record.state, record.official_number) == (CompanyState.DRAFT, NUMBER)
    assert record.memberships.get().role == MemberRole.OWNER


def test_a_namesake_may_be_another_firm(client: Client, person: User) -> None:
    CompanyFactory(unclaimed=True, name_ko="다리소재", name_key="다리소재")
    answer = client.post(reverse("companies:register"), typed(is_another_firm="on"))
    assert answer.status_code == 302
    assert Company.objects.filter(official_number=NUMBER, name_key="다리소재").exists()


def test_the_same_name_under_another_number_is_no_duplicate() -> None:
    CompanyFactory(name_ko="다리소재", name_key="다리소재")
    services.register_company(company=unsaved(), owner=UserFactory(), now=timezone.now())
    assert Company.objects.filter(name_key="다리소재").count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_people_register_one_number_at_once() -> None:
    people = [UserFactory(), UserFactory()]
    start = Barrier(2)

    def register(owner: User) -> bool:
        try:
            start.wait(timeout=30)
            services.register_company(company=unsaved(), owner=owner, now=timezone.now())
        except services.AlreadyRegistered as error:
            return error.is_certain and error.company.official_number == NUMBER
        finally:
            connection.close()
        return False

    with ThreadPoolExecutor(2) as pool:
        refused = list(pool.map(register, people))
    assert sorted(refused) == [False, True]
    company = Company.objects.get()
    assert company.memberships.count() == 1
    assert company.memberships.get().user == people[refused.index(False)]


def test_a_number_that_another_firm_has_cannot_be_claimed() -> None:
    CompanyFactory(official_number=NUMBER)
    record = CompanyFactory(unclaimed=True)
    asked = {"company": record, "user": UserFactory(), "message": "me", "now": timezone.now()}
    with pytest.raises(RuleViolated):
        services.ask_to_join(**asked, official_number=NUMBER)
    with pytest.raises(RuleViolated):
        services.ask_to_join(**asked)
    request = services.ask_to_join(**asked, official_number=korean_number(78))
    CompanyFactory(official_number=korean_number(78))
    with pytest.raises(RuleViolated):
        services.decide_join_request(
            request=request, is_accepted=True, actor=StaffFactory(), now=timezone.now()
        )
    request.refresh_from_db()
    record.refresh_from_db()
    assert (request.state, record.state) == (JoinState.OPEN, CompanyState.UNCLAIMED)


def test_the_first_accepted_claim_owns_the_record_and_decides_the_others() -> None:
    record = CompanyFactory(unclaimed=True, official_number=NUMBER)
    first, second = (
        services.ask_to_join(company=record, user=UserFactory(), message="", now=timezone.now())
        for _each in range(2)
    )
    staff = StaffFactory()
    services.decide_join_request(request=first, is_accepted=True, actor=staff, now=timezone.now())
    second.refresh_from_db()
    assert (second.kind, second.state) == (JoinKind.JOIN, JoinState.OPEN)
    with pytest.raises(StateChanged):
        services.decide_join_request(
            request=first, is_accepted=False, actor=staff, now=timezone.now()
        )
    assert Membership.objects.filter(company=record).count() == 1


def test_asking_twice_is_one_request_and_members_need_not_ask() -> None:
    company = CompanyFactory(with_owner=True)
    user = UserFactory()
    asked = {"company": company, "user": user, "message": "hello", "now": timezone.now()}
    assert services.ask_to_join(**asked) == services.ask_to_join(**asked)
    with pytest.raises(RuleViolated):
        services.ask_to_join(**{**asked, "user": company.memberships.get().user})


def test_nobody_is_mailed_about_an_unclaimed_record() -> None:
    record = CompanyFactory(unclaimed=True, official_number=NUMBER)
    services.ask_to_join(company=record, user=UserFactory(), message="", now=timezone.now())
    assert not Message.objects.exists()


def test_a_profile_is_completed_and_submitted(client: Client) -> None:
    company = CompanyFactory(
        country="JP",
        official_number=japanese_number(5),
        state=CompanyState.DRAFT,
        with_owner=True,
    )
    client.force_login(company.memberships.get().user)
    client.post(reverse("companies:submit"))
    company.refresh_from_db()
    assert company.state == CompanyState.DRAFT

    region = RegionFactory(code="JP-23")
    answer = client.post(
        reverse("companies:profile_edit"),
        {
            "name_ja": company.name_ja,
            "sectors": [SectorFactory().pk],
            "region": region.pk,
            "about_ja": "愛知県の半導体材料メーカーです。",
            "introductions_per_month": 3,
            "is_matching_enabled": "on",
            "has_partner_experience": "no",
        },
    )
    assert answer.status_code == 302
    client.post(reverse("companies:submit"))
    company.refresh_from_db()
    assert company.state == CompanyState.SUBMITTED
    assert company.submitted_at is not None
    assert company.has_partner_experience is False
    with pytest.raises(StateChanged):
        services.submit_company(
            company=company, actor=company.memberships.get().user, now=timezone.now()
        )


def test_the_checked_name_stays_as_it_was_checked(client: Client) -> None:
    company = CompanyFactory(with_owner=True)
    client.force_login(company.memberships.get().user)
    client.post(
        reverse("companies:profile_edit"),
        {
            "name_ko": "삼성전자",
            "sectors": [SectorFactory().pk],
            "introductions_per_month": 0,
            "name_ja": "ダリ素材",
        },
    )
    before = company.name_ko
    company.refresh_from_db()
    assert (company.name_ko, company.name_ja) == (before, "ダリ素材")
    assert company.introductions_per_month == 0
    assert company.is_matching_enabled is False


def test_a_person_of_two_firms_chooses_the_page_of_one(client: Client, person: User) -> None:
    first, second = (MembershipFactory(user=person).company for _each in range(2))
    page = reverse("companies:profile")
    assert client.get(page).context["company"] == first
    assert client.get(page, {"company": str(second.pk)}).context["company"] == second
    assert client.get(page).context["company"] == second
    assert client.get(page, {"company": str(CompanyFactory().pk)}).status_code == 404
    assert client.get(page, {"company": "nonsense"}).status_code == 404
