import pytest
from django.utils import timezone

from common.models import AuditEvent
from taxonomy.models import Concept, Region
from taxonomy.queries import search_concepts
from taxonomy.reading import ReferenceData, read_reference_data
from taxonomy.revising import apply_revision, propose_edit
from taxonomy.services import load_reference_data
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def data() -> ReferenceData:
    return read_reference_data()


def test_loading_twice_changes_nothing(data: ReferenceData) -> None:
    first = load_reference_data(data=data)
    assert first["concepts"].created == len(data.concepts)
    second = load_reference_data(data=data)
    assert all(
        result.created == result.changed == result.retired == 0 for result in second.values()
    )
    assert Region.objects.filter(country="JP").count() == 47
    assert Concept.objects.get(code="photoresist").parent is not None


def test_what_staff_edited_stays(data: ReferenceData) -> None:
    load_reference_data(data=data)
    concept = Concept.objects.get(code="photoresist")
    concept.label_en = "resist, as our staff call it"
    staff = StaffFactory()
    revision = propose_edit(concept=concept, actor=staff, now=timezone.now())
    type(revision).objects.update(state="weighed")
    revision.refresh_from_db()
    apply_revision(revision=revision, actor=staff, now=timezone.now())
    result = load_reference_data(data=data)
    assert result["concepts"].kept_edited == 1
    assert Concept.objects.get(code="photoresist").label_en == "resist, as our staff call it"
    assert AuditEvent.objects.get(verb="concept.edited").data["code"] == "photoresist"


def test_a_concept_that_left_the_files_is_retired_and_comes_back(data: ReferenceData) -> None:
    load_reference_data(data=data)
    leaf = next(
        row
        for row in reversed(data.concepts)
        if row["code"] not in {r["parent"] for r in data.concepts}
    )
    fewer = ReferenceData(data.tables, [row for row in data.concepts if row is not leaf])
    assert load_reference_data(data=fewer)["concepts"].retired == 1
    assert not Concept.objects.get(code=leaf["code"]).is_active
    load_reference_data(data=data)
    assert Concept.objects.get(code=leaf["code"]).is_active


def test_concepts_are_found_by_label_synonym_and_code(data: ReferenceData) -> None:
    load_reference_data(data=data)
    for query in ("감광액", "フォトレジスト", "Photoresist", "ﾌｫﾄﾚｼﾞｽﾄ"):
        assert "photoresist" in [concept.code for concept in search_concepts(query)[:10]], query
    exact = Concept.objects.get(code="photoresist")
    assert search_concepts(exact.label_ja).first() == exact
    with_code = Concept.objects.exclude(hs6=[]).order_by("code").first()
    assert with_code is not None
    assert with_code in search_concepts(with_code.hs6[0][:4])
    assert {c.sector.code for c in search_concepts("", sector="bio") if c.sector} == {"bio"}
    assert not search_concepts("no such word anywhere").exists()
