"""The generator alone: no database."""

from datetime import date
from random import Random
from typing import Final

import pytest

from companies.names import fold
from companies.numbers import clean_number
from demo.generator.catalogue import Catalogue, Template, Wording, read_catalogue
from demo.generator.firms import plan_firms
from demo.generator.names import Names
from demo.generator.plans import FirmPlan
from demo.logins import DEMO_LOGINS
from taxonomy.reading import read_reference_data

TODAY: Final = date(2026, 11, 22)


def draw(firms: int, seed: int = 1) -> list[FirmPlan]:
    return list(plan_firms(catalogue=read_catalogue(), firms=firms, rng=Random(seed), today=TODAY))


@pytest.fixture(scope="module")
def plans() -> list[FirmPlan]:
    return draw(60)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogue()


def wordings(catalogue: Catalogue) -> list[tuple[Template, Wording]]:
    return [
        (template, wording)
        for templates in catalogue.templates.values()
        for template in templates
        for wording in (*template.offering.values(), *template.need.values())
    ]


def test_one_seed_yields_the_same_firms(plans: list[FirmPlan]) -> None:
    assert draw(60) == plans
    assert draw(60, seed=2) != plans


def test_as_many_firms_of_each_country_and_sector(plans: list[FirmPlan]) -> None:
    for country in ("KR", "JP"):
        firms = [plan for plan in plans if plan.country == country]
        assert len(firms) == 60
        counts = [sum(f.sectors[0] == sector for f in firms) for sector in read_catalogue().sectors]
        assert counts == [15, 15, 15, 15]


def test_official_numbers_add_up_and_belong_to_nobody(plans: list[FirmPlan]) -> None:
    numbers = [(plan.values["official_number"], plan.country) for plan in plans]
    assert len(set(numbers)) == len(numbers)
    for number, country in numbers:
        assert clean_number(number, country) == number
        # Tax offices count from 101; no registry has the code 9999.
        assert number[:3] < "100" if country == "KR" else number[1:5] == "9999"


def test_names_are_distinct_also_without_legal_form(plans: list[FirmPlan]) -> None:
    keys = [fold(plan.values[f"name_{plan.language}"]) for plan in plans]
    assert len(set(keys)) == len(plans)
    assert len({plan.values["website"] for plan in plans}) == len(plans)


def test_there_are_names_for_the_full_load(catalogue: Catalogue) -> None:
    for country in ("KR", "JP"):
        names = Names(catalogue, country, Random(1))
        drawn = {names.draw(sector).domain for sector in catalogue.sectors for _each in range(3175)}
        assert len(drawn) == 4 * 3175


def test_every_about_text_says_that_the_firm_is_fictional(
    plans: list[FirmPlan], catalogue: Catalogue
) -> None:
    for plan in plans:
        abouts = {name[-2:]: text for name, text in plan.values.items() if name.startswith("about")}
        assert plan.language in abouts
        for language, text in abouts.items():
            assert text.endswith(catalogue.profiles["notice"][language])


def test_every_address_is_under_example(plans: list[FirmPlan]) -> None:
    addresses = [person.email for plan in plans for person in plan.people]
    addresses += [login.email for login in DEMO_LOGINS]
    assert all(address.endswith(".example") for address in addresses)
    assert all(plan.values["website"].endswith(".example") for plan in plans)
    assert len(set(addresses[: -len(DEMO_LOGINS)])) == len(addresses) - len(DEMO_LOGINS)


def test_texts_are_filled_in(plans: list[FirmPlan]) -> None:
    for plan in plans:
        for item in (*plan.offerings, *plan.needs):
            assert item.values[f"title_{plan.language}"]
            assert item.values[f"text_{plan.language}"]
            texts = [str(value) for value in (*plan.values.values(), *item.values.values())]
            assert not any("{" in text for text in texts)


def test_items_keep_the_forms_rules(plans: list[FirmPlan]) -> None:
    for plan in plans:
        assert plan.offerings or plan.needs
        for item in (*plan.offerings, *plan.needs):
            assert item.related["concepts"]
            assert item.values["cooperation"]
            assert bool(item.unit) == ("annual_volume" in item.values)
            assert bool(item.currency) == ("price_min" in item.values)
            if item.currency:
                assert 0 < item.values["price_min"] <= item.values["price_max"]
            lengths = ((f"title_{plan.language}", 200), (f"text_{plan.language}", 5000))
            assert all(len(item.values[field]) <= most for field, most in lengths)


def test_most_needs_find_an_offering_abroad(plans: list[FirmPlan]) -> None:
    offered = {
        (plan.country, item.related["concepts"][0]) for plan in plans for item in plan.offerings
    }
    needed = [(plan.country, item.related["concepts"][0]) for plan in plans for item in plan.needs]
    found = [("JP" if c == "KR" else "KR", concept) in offered for c, concept in needed]
    assert sum(found) > 0.6 * len(found)


def test_the_showcase_firms_need_what_the_other_offers(plans: list[FirmPlan]) -> None:
    korean, japanese = [plan for plan in plans if plan.is_showcase]
    assert (korean.country, japanese.country) == ("KR", "JP")
    for one, other in ((korean, japanese), (japanese, korean)):
        offered = {code for item in one.offerings for code in item.related["concepts"]}
        needed = [set(item.related["concepts"]) for item in other.needs]
        assert all(concepts & offered for concepts in needed)


def test_every_code_of_the_texts_is_in_the_taxonomy(catalogue: Catalogue) -> None:
    data = read_reference_data()
    tables = {**data.tables, "concepts": data.concepts}
    known = {name: {row["code"] for row in rows} for name, rows in tables.items()}
    assert set(catalogue.sectors) == known["sectors"]
    assert {place["region"] for place in catalogue.places} <= known["regions"]
    for template, wording in wordings(catalogue):
        assert set(wording.concepts) <= known["concepts"], template.code
        assert set(template.certifications) <= known["certifications"], template.code
        assert set(template.required) <= set(template.certifications), template.code
        assert wording.unit in known["units"], template.code
        assert wording.price[2] in known["currencies"], template.code
        assert all(len(code) == 6 and code.isdigit() for code in wording.hs6), template.code
