"""Forms of offerings and needs as people meet them; the list, renewal and the end of items."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.errors import StateChanged
from companies import services
from companies.choices import CompanyState, ItemState
from companies.models import Company, Need, Offering
from companies.services.drafts import keep_draft
from companies.signals import item_changed
from mailing.models import Message
from tests.companies.test_items import typed
from tests.factories import (
    CompanyFactory,
    CurrencyFactory,
    MatchFactory,
    NeedFactory,
    OfferingFactory,
    UnitFactory,
)
from tests.matching.scenes import introduced_match, published_match

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(client: Client) -> Company:
    company = CompanyFactory(with_owner=True)
    client.force_login(company.memberships.get().user)
    return company


def test_three_fields_are_enough_for_a_first_item(client: Client, company: Company) -> None:
    page = client.get(reverse("companies:need_new"))
    required = [field.name for field in page.context["form"] if field.field.required]
    assert required == ["title_ko", "text_ko", "cooperation", "concepts", "seats"]
    # Two of them are filled in already.
    assert page.context["form"]["cooperation"].value() == ["supply"]
    assert page.context["form"]["seats"].value() == 5
    assert page.content.decode().count('<details class="panel fold" open') == 0


def test_numbers_are_understood_as_people_type_them(client: Client, company: Company) -> None:
    won = CurrencyFactory(code="KRW")
    CurrencyFactory(code="USD")
    page = client.get(reverse("companies:offering_new"))
    assert page.context["form"]["currency"].value() == won.pk
    assert [each.code for each in page.context["form"].fields["currency"].queryset][:2] == [
        "KRW",
        "USD",
    ]
    client.post(
        reverse("companies:offering_new"),
        typed(
            annual_volume="１２,０００",
            unit=UnitFactory().pk,
            price_max="1,250.50",
            currency=won.pk,
            lead_time_days=" 45",
        ),
    )
    offering = Offering.objects.get()
    assert (offering.annual_volume, offering.price_max) == (12000, Decimal("1250.50"))
    assert offering.lead_time_days == 45
    client.post(
        reverse("companies:offering_edit", args=[offering.pk]), typed(currency=won.pk, price_max="")
    )
    offering.refresh_from_db()
    assert offering.currency is None


def test_what_is_filled_in_is_not_folded_up(client: Client, company: Company) -> None:
    offering = OfferingFactory(company=company, lead_time_days=30)
    page = client.get(reverse("companies:offering_edit", args=[offering.pk]))
    assert page.context["form"].unfolded == {"terms"}
    wrong = client.post(reverse("companies:offering_new"), typed(wish_min_employees="many"))
    assert "wishes" in wrong.context["form"].unfolded


def test_an_item_is_the_template_of_a_new_one(client: Client, company: Company) -> None:
    offering = OfferingFactory(
        company=company, title_ko="식각액", lead_time_days=30, valid_until=date(2020, 1, 1)
    )
    page = client.get(f"{reverse('companies:offering_new')}?like={offering.pk}")
    form = page.context["form"]
    assert form["title_ko"].value() == "식각액"
    assert form["lead_time_days"].value() == 30
    assert form.chosen_concepts == [str(offering.concepts.get().pk)]
    assert form["valid_until"].value() > timezone.localdate()
    for like in (OfferingFactory().pk, "nothing"):
        assert client.get(f"{reverse('companies:offering_new')}?like={like}").status_code == 404


def test_a_begun_item_is_offered_in_the_list(client: Client, company: Company) -> None:
    user = company.memberships.get().user
    keep_draft(
        user=user,
        key=f"offering-new-{company.pk}",
        fields={"title_ko": {"was": [""], "now": ["식각액 초안"]}},
        device="Chrome, Android",
        typed_at=timezone.now(),
        now=timezone.now(),
    )
    page = client.get(reverse("companies:items")).content.decode()
    assert "식각액 초안" in page
    assert "(Chrome, Android)" in page
    client.post(reverse("companies:offering_new"), typed())
    assert "식각액 초안" not in client.get(reverse("companies:items")).content.decode()


@pytest.mark.parametrize(
    ("today", "until"),
    [
        (date(2026, 11, 22), date(2027, 11, 22)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2026, 12, 31), date(2027, 12, 31)),
    ],
)
def test_a_year_is_a_year(today: date, until: date) -> None:
    assert services.a_year_from(today) == until


def test_an_item_is_renewed_by_one_tap(client: Client, company: Company) -> None:
    heard: list[object] = []

    def listen(sender: type, item_id: object, **kwargs: object) -> None:
        heard.append(item_id)

    item_changed.connect(listen)
    today = timezone.localdate()
    over = OfferingFactory(company=company, valid_until=today - timedelta(days=3))
    current = OfferingFactory(company=company, valid_until=today + timedelta(days=10))
    far = OfferingFactory(company=company, valid_until=today + timedelta(days=100))
    listed = client.get(reverse("companies:items")).content.decode()
    buttons = {
        item.pk: reverse("companies:item_renew", args=["offering", item.pk]) in listed
        for item in (over, current, far)
    }
    assert list(buttons.values()) == [True, True, False]
    for item in (over, current):
        client.post(reverse("companies:item_renew", args=["offering", item.pk]))
        item.refresh_from_db()
        assert item.valid_until == services.a_year_from(today)
    # Only the one that was over takes part again; the other was never out.
    assert heard == [over.pk]
    Offering.objects.filter(pk=current.pk).update(state=ItemState.CLOSED)
    with pytest.raises(StateChanged):
        services.renew_item(item=current, actor=company.memberships.get().user, now=timezone.now())


def test_a_firm_is_told_once_that_items_end(company: Company) -> None:
    now = timezone.now()
    today = timezone.localdate(now)
    soon = NeedFactory(company=company, title_ko="곧 끝나는 수요", valid_until=today)
    OfferingFactory(company=company, valid_until=today + timedelta(days=14))
    OfferingFactory(company=company, valid_until=today + timedelta(days=15))
    OfferingFactory(company=company, valid_until=today - timedelta(days=1))
    OfferingFactory(company=company, state=ItemState.CLOSED, valid_until=today)
    OfferingFactory(company__state=CompanyState.SUSPENDED, valid_until=today)
    assert services.tell_of_ending_items(now=now) == 1
    mail = Message.objects.get(kind="company_items_ending")
    assert (mail.category, mail.language) == ("matches", "ko")
    assert "곧 끝나는 수요" in mail.text
    assert mail.text.count("2026") + mail.text.count("2027") >= 2
    assert services.tell_of_ending_items(now=now + timedelta(hours=1)) == 0
    # A last day that was moved is told of anew.
    Need.objects.filter(pk=soon.pk).update(valid_until=today + timedelta(days=7))
    assert services.tell_of_ending_items(now=now + timedelta(hours=2)) == 1
    assert Message.objects.filter(kind="company_items_ending").count() == 2


def test_the_list_counts_the_matches_the_firm_knows_of(client: Client) -> None:
    match = published_match()
    introduced_match(offering=match.offering, need=NeedFactory())
    MatchFactory(offering=match.offering, need=NeedFactory())
    User.objects.update(language="en")
    client.force_login(match.seller.memberships.get().user)
    page = client.get(reverse("companies:items")).content.decode()
    assert "1 match waits for answers · 1 introduction" in page
