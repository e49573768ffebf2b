"""Words in the lists of firms and items: understood as the directory understands them."""

import pytest
from django.db import connection

from companies.models import Company, Offering
from tests.api.callers import program
from tests.companies.searches import in_step
from tests.factories import (
    CompanyFactory,
    ConceptFactory,
    MembershipFactory,
    NeedFactory,
    OfferingFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    return program(StaffFactory(language="en"), "reviewer")


@pytest.fixture
def goods():
    wide = ConceptFactory(
        code="etchant", label_ko="식각액", label_ja="エッチング液", label_en="etchant"
    )
    return ConceptFactory(
        code="wet_etchant",
        label_ko="습식 식각액",
        label_ja="湿式エッチング液",
        label_en="wet etchant",
        parent=wide,
    )


def ids(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return {row["id"] for row in answer.json()["results"]}


def test_firms_by_a_word_of_another_language(staff, goods):
    firm = CompanyFactory(country="KR", name_ko="가교전자")
    OfferingFactory(company=firm, title_ko="고순도 약액").concepts.set([goods])
    unclaimed = CompanyFactory(country="KR", unclaimed=True, name_ko="가교전자 둘")
    OfferingFactory(company=unclaimed, title_ko="약액").concepts.set([goods])
    other = CompanyFactory(country="JP", name_ja="別の会社")
    in_step()
    for words in ("エッチング液", "etchant", "식각액"):
        assert ids(staff, f"/api/v1/companies/?q={words}") == {str(firm.pk), str(unclaimed.pk)}
    member = program(MembershipFactory(company=other).user, "firm")
    assert ids(member, "/api/v1/companies/?q=etchant") == {str(firm.pk)}
    assert ids(member, "/api/v1/companies/?q=etchant&country=JP") == set()
    assert ids(staff, "/api/v1/companies/?q=etchant&state=unclaimed") == {str(unclaimed.pk)}
    assert ids(staff, "/api/v1/companies/?q=별난물건") == set()
    assert staff.get("/api/v1/companies/?country=XX").status_code == 422


def test_a_hidden_firm_is_not_found_by_its_name(staff, goods):
    hidden = CompanyFactory(country="KR", name_ko="숨은회사", is_name_hidden=True)
    OfferingFactory(company=hidden, title_ko="약액").concepts.set([goods])
    in_step()
    stranger = program(MembershipFactory(company=CompanyFactory()).user, "firm")
    assert ids(stranger, "/api/v1/companies/?q=숨은회사") == set()
    assert ids(stranger, "/api/v1/companies/?q=etchant") == {str(hidden.pk)}
    assert ids(staff, "/api/v1/companies/?q=숨은회사") == {str(hidden.pk)}


@pytest.mark.parametrize(("kind", "make"), [("offerings", OfferingFactory), ("needs", NeedFactory)])
def test_items_by_concept_text_and_code(staff, goods, kind, make):
    tagged = make(title_ko="약액", hs6=["382499"])
    tagged.concepts.set([goods])
    written = make(title_ko="특수 베어링 세트", hs6=["848210"])
    address = f"/api/v1/{kind}/"
    assert ids(staff, f"{address}?q=エッチング液") == {str(tagged.pk)}
    assert ids(staff, f"{address}?q=베어링") == {str(written.pk)}
    assert ids(staff, f"{address}?q=8482") == {str(written.pk)}
    assert ids(staff, f"{address}?q=특수 식각액") == set()
    owner = program(MembershipFactory(company=CompanyFactory()).user, "firm")
    assert ids(owner, f"{address}?q=베어링") == set()


@pytest.mark.parametrize("model", [Company, Offering])
@pytest.mark.parametrize("order", ["created_at", "updated_at"])
def test_the_orders_of_long_lists_are_read_from_an_index(model, order):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_seqscan = off")
        rows = model.objects.order_by(f"-{order}", "-pk")[:50]
        assert "Index Scan Backward" in rows.explain()
