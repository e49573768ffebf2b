"""The pages about the API: what `type` of a problem leads to."""

import pytest
from django.test import Client

from api.advice import ADVICE
from api.errors import KINDS
from portal.operations import groups

pytestmark = pytest.mark.django_db


def test_every_kind_of_problem_has_its_advice() -> None:
    assert list(ADVICE) == list(KINDS)


@pytest.mark.parametrize("code", KINDS)
def test_the_type_of_a_problem_is_a_page_in_three_languages(client: Client, code: str) -> None:
    told = []
    for language in ("ko", "ja", "en"):
        headers = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": language}
        page = client.get(f"/api/v1/problems/{code}/", headers=headers)
        assert page.status_code == 200
        assert page["Content-Type"].startswith("text/html")
        assert f'<html lang="{language}">' in page.content.decode()
        kind = client.get(
            f"/api/v1/problems/{code}/",
            headers={"Accept": "application/json", "Accept-Language": language},
        )
        assert kind["Content-Language"] == language
        body = kind.json()
        assert (body["code"], body["status"]) == (code, KINDS[code][0])
        assert f"<code>{code}</code>" in page.content.decode()
        told.append((body["title"], body["meaning"], body["remedy"]))
    assert len({text for texts in told for text in texts}) == 9


def test_a_refusal_leads_to_its_page(client: Client) -> None:
    refused = client.get("/api/v1/me/", headers={"Accept": "application/json"}).json()
    page = client.get(refused["type"])
    assert page.status_code == 200
    assert refused["code"] in page.content.decode()
    assert client.get("/api/v1/problems/none/").status_code == 404


def test_all_of_them_are_listed(client: Client) -> None:
    listed = client.get("/api/v1/problems/", headers={"Accept": "application/json"}).json()
    assert [kind["code"] for kind in listed["problems"]] == list(KINDS)


def test_choices_are_shown_once() -> None:
    """As a list of codes; what the description makes of them for programs is left out."""
    fields = [
        field
        for group in groups()
        for operation in group.operations
        for field in (*operation.parameters, *operation.body)
    ]
    assert [field.name for field in fields if "* `" in field.about] == []
    assert any(field.choices for field in fields)
