"""The people of a firm."""

from random import Random

from demo.generator.catalogue import Catalogue
from demo.generator.chance import weighted
from demo.generator.plans import PersonPlan
from taxonomy.choices import Country


def draw_people(
    catalogue: Catalogue, country: str, domain: str, rng: Random
) -> tuple[PersonPlan, ...]:
    """An owner, often an editor, seldom a viewer; addresses distinct within the firm."""
    roles = ["owner", *(["editor"] if rng.random() < 0.4 else [])]
    if rng.random() < 0.1:
        roles.append("viewer")
    people: list[PersonPlan] = []
    taken: set[str] = set()
    for role in roles:
        person = _draw_person(catalogue, country, domain, role, rng)
        while person.email in taken:
            person = _draw_person(catalogue, country, domain, role, rng)
        taken.add(person.email)
        people.append(person)
    return tuple(people)


def _draw_person(
    catalogue: Catalogue, country: str, domain: str, role: str, rng: Random
) -> PersonPlan:
    family, given = (
        rng.choice([row for row in catalogue.people if (row["country"], row["part"]) == kind])
        for kind in ((country, "family"), (country, "given"))
    )
    titles = [row for row in catalogue.job_titles if row["member_role"] == role]
    title = weighted(rng, titles, [float(row["weight"]) for row in titles])
    is_korean = country == Country.KR
    gap = "" if is_korean else " "
    local_part = f"{given['roman']}.{family['roman']}".lower().replace("-", "").replace(" ", "")
    return PersonPlan(
        name=f"{family['name']}{gap}{given['name']}",
        name_kana="" if is_korean else f"{family['kana']} {given['kana']}",
        title=title["ko" if is_korean else "ja"],
        phone=_phone(is_korean, rng),
        email=f"{local_part}@{domain}",
        # A few people abroad would rather read English.
        language="en" if rng.random() < 0.03 else ("ko" if is_korean else "ja"),
        role=role,
    )


def _phone(is_korean: bool, rng: Random) -> str:
    """No subscriber has them: Korea gives out no 0000 block, Japan no city code 00."""
    last = f"{rng.randrange(10_000):04d}"
    return f"+82-2-0000-{last}" if is_korean else f"+81-3-0000-{last}"
