"""One bad value, sent every way there is, is refused in the same words at the same field."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation

from common.localisation import LANGUAGES
from companies.choices import ItemKind
from companies.importing.catalogue import fields_of, label_of
from companies.models import ImportJob, Need, Offering
from companies.rules import FAULTS
from companies.services import import_work
from companies.services.reverting import revert_import, work_revert
from tests.api.callers import english_owner, inside, program
from tests.companies.lists import csv_bytes
from tests.factories import (
    CompanyFactory,
    ConceptFactory,
    CurrencyFactory,
    OfferingFactory,
    RegionFactory,
    SectorFactory,
    UnitFactory,
)

pytestmark = pytest.mark.django_db
GOOD = {"title_ko": "감광액", "text_ko": "노광용입니다.", "cooperation": ["supply"],
        "concepts": ["resist"], "lead_time_days": 30}  # fmt: skip
LISTED = fields_of(ItemKind.OFFERING)
CODED = {"concepts": ConceptFactory, "unit": UnitFactory, "currency": CurrencyFactory,
         "wish_regions": RegionFactory}  # fmt: skip
CASES = [
    ({"title_ko": ""}, "title_ko", "own_title_missing"),
    ({"text_ko": ""}, "text_ko", "text_missing"),
    ({"hs6": [f"3707{n:02}" for n in range(21)]}, "hs6", "too_many_codes"),
    ({"price_min": "5", "price_max": "4", "currency": "KRW"}, "price_max", "price_order"),
    ({"price_min": "5"}, "currency", "currency_missing"),
    ({"minimum_order": "5"}, "unit", "unit_missing"),
    ({"price_max": "-1", "currency": "KRW"}, "price_max", "negative"),
    ({"annual_volume": "-1", "unit": "kg"}, "annual_volume", "negative"),
]
UNLISTED = [
    ({"concepts": []}, "concepts", "concept_missing"),
    ({"hs6": ["37"]}, "hs6", "not_six_digits"),
    ({"wish_regions": ["KR-11"]}, "wish_regions", "wish_at_home"),
]


@pytest.fixture
def firm():
    ConceptFactory(code="resist", label_ko="감광제")
    UnitFactory(code="kg")
    CurrencyFactory(code="KRW")
    RegionFactory(code="KR-11")
    return CompanyFactory(with_owner=True)


@pytest.fixture
def owner(firm):
    return english_owner(firm)


def send(client, method, path, body, **headers):
    return client.generic(method, path, json.dumps(body), "application/json", headers=headers)


def by_page(owner, firm, values, page="companies:offering_new", **more):
    posted = dict(values)
    for name, factory in CODED.items():
        if name in values:
            codes = values[name] if isinstance(values[name], list) else [values[name]]
            posted[name] = [factory(code=code).pk for code in codes]
    if "hs6" in values:
        posted["hs6"] = ", ".join(values["hs6"])
    answer = inside(owner).post(reverse(page), posted | more)
    assert answer.status_code == 422
    return {(name, text) for name, found in answer.context["form"].errors.items() for text in found}


def by_api(owner, firm, values, kind="offerings"):
    body = {"company": str(firm.pk), "language": "ko", **values}
    answer = send(program(owner, "firm"), "POST", f"/api/v1/{kind}/", body)
    assert answer.status_code == 422
    return {(each["pointer"].split("/")[1], each["detail"]) for each in answer.json()["errors"]}


def by_bulk(owner, firm, values, kind="offerings"):
    whose = {"company": str(firm.pk), "language": "ko"}
    rows = [whose | GOOD | {"reference": "A-1"}, whose | values | {"reference": "A-2"}]
    answer = send(program(owner, "firm"), "POST", f"/api/v1/{kind}/bulk/", {"rows": rows}).json()
    good, bad = answer["results"]
    assert (good["status"], bad["status"]) == ("created", "invalid"), answer
    return {(each["pointer"].split("/")[3], each["detail"]) for each in bad["errors"]}


def listed(owner, *rows):
    """The firm's own list, checked, through the pages."""
    cells = [
        [";".join(row[name]) if isinstance(row.get(name), list) else row.get(name, "")
         for name in LISTED]
        for row in rows
    ]  # fmt: skip
    client = inside(owner)
    file = SimpleUploadedFile(
        "list.csv", csv_bytes(cells, header=[label_of(name, "en") for name in LISTED])
    )
    client.post(reverse("companies:own_import_new", args=["offering"]), {"file": file})
    job = ImportJob.objects.latest("created_at")
    columns = {f"column_{position}": code for position, code in job.columns.items()}
    assert set(columns.values()) == set(LISTED)
    client.post(reverse("companies:own_import_detail", args=[job.pk]), columns)
    return import_work.check_import(job=ImportJob.objects.get(pk=job.pk), clock=timezone.now)


def by_list(owner, firm, values):
    job = listed(owner, GOOD | {"title_ko": "다른 것"}, values)
    told = program(owner, "firm").get(f"/api/v1/imports/{job.pk}/errors/").json()["results"]
    assert {each["line"] for each in told} == {3}
    fields = {label_of(name, "en"): name for name in LISTED}
    return {(fields[each["column"]], each["detail"]) for each in told}


@pytest.mark.parametrize("way", [by_page, by_api, by_bulk, by_list])
@pytest.mark.parametrize(("bad", "field", "code"), CASES)
def test_items_are_held_to_one_rule(owner, firm, way, bad, field, code):
    assert way(owner, firm, GOOD | bad) == {(field, str(FAULTS[code]))}
    assert not Offering.objects.exclude(source_id="A-1").exists()


@pytest.mark.parametrize("way", [by_page, by_api, by_bulk])
@pytest.mark.parametrize(("bad", "field", "code"), UNLISTED)
def test_items_of_forms_are_held_to_one_rule(owner, firm, way, bad, field, code):
    assert way(owner, firm, GOOD | bad) == {(field, str(FAULTS[code]))}


def test_needs_name_a_country_by_its_letters(owner, firm):
    bad = GOOD | {"current_source_country": "China"}
    told = {("current_source_country", str(FAULTS["not_a_country_code"]))}
    assert by_api(owner, firm, bad, "needs") == by_bulk(owner, firm, bad, "needs") == told
    choices = {"seats": 3, "is_single_sourced": "unknown", "accepts_substitutes": "unknown"}
    assert by_page(owner, firm, bad, "companies:need_new", **choices) == told
    assert not Need.objects.exclude(source_id="A-1").exists()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("way", [by_page, by_api, by_bulk, by_list])
def test_in_the_language_of_whoever_sent_it(owner, firm, way, language):
    owner.language = language
    owner.save()
    told = way(owner, firm, GOOD | {"text_ko": ""})
    with translation.override(language):
        assert told == {("text_ko", str(FAULTS["text_missing"]))}
    assert (told == {("text_ko", "Describe it in at least one language.")}) == (language == "en")


def test_a_language_has_a_title(owner, firm):
    bad = GOOD | {"language": "ja"}
    assert {field for field, _said in by_api(owner, firm, bad)} == {"language"}
    assert {field for field, _said in by_bulk(owner, firm, bad)} == {"language"}


def test_a_changed_item_is_judged_as_it_would_stand(owner, firm):
    krw = CurrencyFactory(code="KRW")
    item = OfferingFactory(company=firm, price_max=9, currency=krw, machine_made=[])
    address, client = f"/api/v1/offerings/{item.pk}/", program(owner, "firm")

    def change(**values):
        return send(client, "PATCH", address, values, **{"If-Match": "*"})

    for values, code in (
        ({"price_min": "10"}, "price_order"),
        ({"currency": None}, "currency_missing"),
        ({"text_en": ""}, "text_missing"),
        ({"concepts": []}, "concept_missing"),
    ):
        answer = change(**values)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
    before = Offering.objects.get().material_at
    # What says the same as before is no change, let alone one that opens declined pairs again.
    assert change(price_max="9", text_en=item.text_en).status_code == 200
    assert change(valid_until="2030-01-01").status_code == 200
    assert Offering.objects.get().material_at == before
    assert change(title_en="", title_ja="感光剤").json()["language"] == "ja"
    assert Offering.objects.get().material_at > before


def test_whoever_writes_over_a_machines_words_makes_them_their_own(owner, firm):
    def item(number):
        return OfferingFactory(
            company=firm, source_id=f"A-{number}", title_ko="감광액", text_ko="설명",
            title_ja="訳した題", text_ja="訳した文", machine_made=["title_ja", "text_ja"],
        )  # fmt: skip

    paged, patched, bulked, imported = map(item, range(4))
    new = {"title_ja": "感光剤", "text_ja": "訳した文"}
    posted = {**new, "title_ko": "감광액", "text_ko": "설명", "cooperation": ["supply"],
              "concepts": [paged.concepts.get().pk]}  # fmt: skip
    edit = reverse("companies:offering_edit", args=[paged.pk])
    assert inside(owner).post(edit, posted).status_code == 302
    client = program(owner, "firm")
    address = f"/api/v1/offerings/{patched.pk}/"
    assert send(client, "PATCH", address, new, **{"If-Match": "*"}).status_code == 200
    row = {"id": str(bulked.pk), **new}
    assert send(client, "POST", "/api/v1/offerings/bulk/", {"rows": [row]}).json()["updated"] == 1
    job = listed(owner, {"source_id": "A-3", "title_ko": "감광액", "hs6": "370790", **new})
    inside(owner).post(reverse("companies:own_import_start", args=[job.pk]))
    import_work.run_import(job=ImportJob.objects.get(pk=job.pk), clock=timezone.now)
    for written in (paged, patched, bulked, imported):
        written.refresh_from_db()
        assert (written.title_ja, written.machine_made) == ("感光剤", ["text_ja"])
    job.refresh_from_db()
    revert_import(job=job, reason="x", is_for_worker=False, actor=owner, now=timezone.now())
    work_revert(job=job, clock=timezone.now)
    imported.refresh_from_db()
    assert (imported.title_ja, imported.machine_made) == ("訳した題", ["title_ja", "text_ja"])


def test_a_row_of_a_list_is_judged_beside_what_is_stored(owner, firm):
    """A known article needs no text again, and may not get a lowest price above its highest."""
    for number in (1, 2):
        OfferingFactory(company=firm, source_id=f"A-{number}", title_ko=f"감광액 {number}",
                        price_max=9, currency=CurrencyFactory(code="KRW"))  # fmt: skip
    rows = [
        {"source_id": f"A-{number}", "title_ko": f"감광액 {number}", "concepts": "resist",
         "price_min": price, "currency": "KRW"}
        for number, price in ((1, "10"), (2, "8"), (3, "7"))
    ]  # fmt: skip
    rows.append({**rows[2], "source_id": "A-4", "text_ko": "노광용입니다."})
    job = listed(owner, *rows)
    faults = {(each.line, each.column, each.code) for each in job.errors.all()}
    assert faults == {
        (2, "Highest price", "price_order"),
        (4, "Description (Korean)", "text_missing"),
    }
    assert (job.rows_total, job.rows_bad, job.forecast["updated"]) == (4, 2, 1)
    inside(owner).post(reverse("companies:own_import_start", args=[job.pk]))
    job = import_work.run_import(job=ImportJob.objects.get(pk=job.pk), clock=timezone.now)
    assert (job.created_count, job.updated_count, job.rows_done) == (1, 1, 2)
    prices = dict(Offering.objects.values_list("source_id", "price_min"))
    assert prices == {"A-1": None, "A-2": 8, "A-4": 7}


@pytest.mark.parametrize(
    ("bad", "field", "code"),
    [
        ({"region": "JP-13"}, "region", "region_abroad"),
        ({"sectors": []}, "sectors", "sectors_missing"),
    ],
)
def test_firms_are_held_to_one_rule(owner, firm, bad, field, code):
    abroad, sector = RegionFactory(code="JP-13"), SectorFactory()
    firm.sectors.set([sector])
    answer = send(program(owner, "firm"), "PATCH", f"/api/v1/companies/{firm.pk}/", bad,
                  **{"If-Match": "*"})  # fmt: skip
    told = answer.json()["errors"]
    assert [(each["pointer"], each["code"], each["detail"]) for each in told] == [
        (f"/{field}", code, str(FAULTS[code]))
    ]
    profile = {"sectors": [sector.pk], "introductions_per_month": 5, "name_ko": firm.name_ko}
    posted = profile | ({"region": abroad.pk} if "region" in bad else {"sectors": []})
    page = inside(owner).post(reverse("companies:profile_edit"), posted)
    assert page.context["form"].errors == {field: [str(FAULTS[code])]}
    assert list(firm.sectors.all()) == [sector]
