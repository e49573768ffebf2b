"""Firms and their items: who reads what, and writes that nobody loses."""

import json

import pytest
from django.utils import timezone

from companies.models import Company, Need, Offering
from tests.api.callers import english_owner, program
from tests.factories import (
    CompanyFactory,
    ConceptFactory,
    MembershipFactory,
    NeedFactory,
    OfferingFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm():
    return CompanyFactory(with_owner=True)


@pytest.fixture
def owner(firm):
    return program(english_owner(firm), "firm")


def send(client, method, path, body, **headers):
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return client.generic(method, path, json.dumps(body), "application/json", headers=named)


def test_a_firm_reads_its_own_whole_and_others_as_the_directory_shows_them(firm, owner):
    other = CompanyFactory(country="JP", about_ko="문의 sales@dari.example.jp", employees=12)
    hidden = CompanyFactory(country="JP", is_name_hidden=True, website="https://h.example.jp/")
    draft = CompanyFactory(state="draft")
    own = owner.get(f"/api/v1/companies/{firm.pk}/").json()
    assert own["official_number"] == firm.official_number
    seen = owner.get(f"/api/v1/companies/{other.pk}/").json()
    assert "official_number" not in seen
    assert "sales@" not in seen["about_ko"]
    assert seen["employees"] == 12
    blind = owner.get(f"/api/v1/companies/{hidden.pk}/").content.decode()
    for text in (hidden.name_ja, hidden.name_en, hidden.official_number, "h.example.jp"):
        assert not text or text not in blind
    assert owner.get(f"/api/v1/companies/{draft.pk}/").status_code == 404
    named = owner.get(f"/api/v1/companies/?official_number={other.official_number}").json()
    assert named["results"] == []


def test_people_without_a_verified_firm_see_less():
    other = CompanyFactory(employees=12)
    seen = program(UserFactory(), "firm").get(f"/api/v1/companies/{other.pk}/").json()
    assert "employees" not in seen


def test_staff_see_every_firm():
    unclaimed = CompanyFactory(unclaimed=True)
    staff = program(StaffFactory(), "reviewer")
    assert staff.get(f"/api/v1/companies/{unclaimed.pk}/").json()["state"] == "unclaimed"
    assert [row["id"] for row in staff.get("/api/v1/companies/?state=unclaimed").json()["results"]]


def test_a_change_names_the_version_it_read(firm, owner):
    address = f"/api/v1/companies/{firm.pk}/"
    tag = owner.get(address)["ETag"]
    assert send(owner, "PATCH", address, {"employees": 5}).status_code == 428
    done = send(owner, "PATCH", address, {"employees": 5}, If_Match=tag)
    assert (done.status_code, done.json()["employees"]) == (200, 5)
    lost = send(owner, "PATCH", address, {"employees": 6}, If_Match=tag)
    assert (lost.status_code, lost.json()["code"]) == (412, "precondition-failed")
    again = send(owner, "PATCH", address, {"employees": 6}, If_Match=done["ETag"])
    assert again.status_code == 200
    kept = send(owner, "PATCH", address, {"official_number": "1"}, If_Match=again["ETag"])
    assert kept.json()["official_number"] == firm.official_number


def test_who_may_not_change_a_firm(firm):
    viewer = MembershipFactory(company=firm, role="viewer").user
    address = f"/api/v1/companies/{firm.pk}/"
    for person, scope in ((viewer, "firm"), (UserFactory(), "firm"), (StaffFactory(), "reviewer")):
        answer = send(program(person, scope), "PATCH", address, {"employees": 5}, If_Match="*")
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(("kind", "model"), [("offerings", Offering), ("needs", Need)])
def test_an_item_is_written_read_changed_closed_and_reopened(firm, owner, kind, model):
    ConceptFactory(code="resist")
    body = {
        "company": str(firm.pk), "language": "ko", "title_ko": "포토레지스트", "text_ko": "설명",
        "cooperation": ["supply"], "concepts": ["resist"], "hs6": ["370790"],
    }  # fmt: skip
    made = send(owner, "POST", f"/api/v1/{kind}/", body)
    assert made.status_code == 201, made.json()
    item = model.objects.get()
    assert made["Location"] == f"/api/v1/{kind}/{item.pk}/"
    assert list(item.concepts.values_list("code", flat=True)) == ["resist"]
    changed = send(owner, "PATCH", made["Location"], {"lead_time_days": 30}, If_Match=made["ETag"])
    assert changed.json()["lead_time_days"] == 30
    assert changed.json()["concepts"] == ["resist"]
    assert send(owner, "POST", f"{made['Location']}close/", {}).json()["state"] == "closed"
    twice = send(owner, "POST", f"{made['Location']}close/", {})
    assert (twice.status_code, twice.json()["code"]) == (409, "state-changed")
    assert send(owner, "POST", f"{made['Location']}reopen/", {}).json()["state"] == "open"


def test_a_faulty_item_names_each_field(firm, owner):
    body = {
        "company": str(CompanyFactory().pk), "language": "ko", "cooperation": ["love"],
        "concepts": ["nothing"], "hs6": ["37"],
    }  # fmt: skip
    answer = send(owner, "POST", "/api/v1/offerings/", body)
    assert answer.status_code == 422
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"/company", "/cooperation/0", "/concepts", "/hs6/0"}
    assert Offering.objects.count() == 0


def test_items_of_others_are_not_there(owner):
    for item, kind in ((OfferingFactory(), "offerings"), (NeedFactory(), "needs")):
        assert owner.get(f"/api/v1/{kind}/{item.pk}/").status_code == 404
        assert owner.get(f"/api/v1/{kind}/").json()["results"] == []
        staff = program(StaffFactory(), "reviewer")
        assert staff.get(f"/api/v1/{kind}/{item.pk}/").status_code == 200


@pytest.mark.parametrize("kind", ["companies", "offerings", "needs"])
def test_lists_ask_the_same_number_of_queries(kind, django_assert_max_num_queries):
    staff = program(StaffFactory(), "reviewer")
    make = {"companies": CompanyFactory, "offerings": OfferingFactory, "needs": NeedFactory}[kind]
    for number in (1, 3):
        make.create_batch(number)
        with django_assert_max_num_queries(11):
            assert staff.get(f"/api/v1/{kind}/").status_code == 200
    assert Company.objects.filter(created_at__lte=timezone.now()).exists()
