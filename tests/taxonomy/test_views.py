from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.choices import StaffRole
from companies import tasks
from taxonomy.models import Concept, Revision
from tests.factories import ConceptFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def supervisor(client: Client) -> Client:
    client.force_login(StaffFactory(staff_role=StaffRole.SUPERVISOR))
    return client


def form_of(concept: Concept, **changes: object) -> dict[str, object]:
    return {
        "code": concept.code,
        "kind": concept.kind,
        "label_ko": concept.label_ko,
        "label_ja": concept.label_ja,
        "label_en": concept.label_en,
        "is_active": "on",
        **changes,
    }


def confirm(client: Client, answer: Any) -> Revision:
    """Look at the effect, and save."""
    assert answer.status_code == 302
    revision = Revision.objects.latest("pk")
    tasks.weigh_revision(revision_id=revision.pk)
    assert "Save the change" in client.get(answer.url).content.decode()
    client.post(reverse("taxonomy:revision_apply", args=[revision.pk]))
    tasks.apply_revision(revision_id=revision.pk)
    revision.refresh_from_db()
    assert revision.state == "applied"
    return revision


def test_staff_see_the_list_and_only_supervisors_the_editor(client: Client) -> None:
    concept = ConceptFactory(label_ja="露光装置")
    client.force_login(StaffFactory())
    page = client.get(reverse("taxonomy:concepts"), {"q": "露光"})
    assert concept.label_ja in page.content.decode()
    refused = client.get(reverse("taxonomy:concept_edit", args=[concept.code]))
    assert refused.status_code == 403


def test_strangers_find_nothing(client: Client) -> None:
    assert client.get(reverse("taxonomy:concepts")).status_code == 404
    client.force_login(UserFactory())
    assert client.get(reverse("taxonomy:concepts")).status_code == 404


def test_a_supervisor_saves_synonyms_a_line_each(supervisor: Client) -> None:
    concept = ConceptFactory()
    answer = supervisor.post(
        reverse("taxonomy:concept_edit", args=[concept.code]),
        form_of(concept, synonyms_ko="감광제\n 포토레지 \n", hs6="3707.90"),
    )
    confirm(supervisor, answer)
    concept.refresh_from_db()
    assert concept.synonyms_ko == ["감광제", "포토레지"]
    assert concept.hs6 == ["370790"]
    assert concept.edited_at is not None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("synonyms_ja", "取られた語"),
        ("parent", "nowhere"),
        ("hs6", "37"),
        ("synonyms_en", "x" * 121),
    ],
)
def test_bad_input_comes_back_with_the_words(supervisor: Client, field: str, value: str) -> None:
    ConceptFactory(label_ja="取られた語")
    concept = ConceptFactory()
    answer = supervisor.post(
        reverse("taxonomy:concept_edit", args=[concept.code]), form_of(concept, **{field: value})
    )
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert value in answer.content.decode()
    concept.refresh_from_db()
    assert concept.edited_at is None


def test_a_concept_cannot_stand_below_itself(supervisor: Client) -> None:
    top = ConceptFactory()
    below = ConceptFactory(parent=top)
    answer = supervisor.post(
        reverse("taxonomy:concept_edit", args=[top.code]), form_of(top, parent=below.code)
    )
    assert "parent" in answer.context["form"].errors


def test_a_new_concept_is_made(supervisor: Client) -> None:
    answer = supervisor.post(
        reverse("taxonomy:concept_new"),
        {
            "code": "glass_core",
            "kind": "product",
            "label_ko": "유리 코어 기판",
            "label_ja": "ガラスコア基板",
            "label_en": "glass core substrate",
            "is_active": "on",
        },
    )
    confirm(supervisor, answer)
    assert Concept.objects.filter(code="glass_core").exists()


def test_the_picker_answers_members_in_their_language(client: Client) -> None:
    concept = ConceptFactory(label_ko="연마액", label_ja="研磨液", label_en="polishing slurry")
    assert client.get(reverse("taxonomy:concept_search")).status_code == 302
    client.force_login(UserFactory(language="ja"))
    found = client.get(reverse("taxonomy:concept_search"), {"q": "연마"}).json()
    assert found["results"] == [{"id": concept.pk, "text": "研磨液", "hint": ""}]
