"""Firms drawn from the catalogue, and the two showcase firms that the demo's log-ins belong to."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Any, Final

from companies.choices import MemberRole
from demo.generator.catalogue import Catalogue, Template
from demo.generator.chance import random_uuid, weighted
from demo.generator.items import draw_need, draw_offering
from demo.generator.names import FirmName, Names, official_numbers
from demo.generator.people import draw_people
from demo.generator.plans import CertificatePlan, FirmPlan, ItemPlan, PersonPlan
from demo.logins import MEMBER_EN, OWNER_JA, OWNER_KO, DemoLogin
from taxonomy.choices import Country

LANGUAGE: Final = {Country.KR: "ko", Country.JP: "ja"}
# With few firms only some products occur, so that most needs find an offering abroad.
FIRMS_PER_PRODUCT: Final = 4
SHOWCASE_SECTOR: Final = "semiconductors"
SHOWCASE_ITEMS: Final = 5
SENTENCE_JOIN: Final = {"ko": " ", "ja": "", "en": " "}
# The third sentence of `export` says that the firm has not traded with the other country yet.
NOT_TRADED_YET: Final = 2


def plan_firms(*, catalogue: Catalogue, firms: int, rng: Random, today: date) -> Iterator[FirmPlan]:
    """`firms` Korean and as many Japanese firms, alternating, the sectors in turn.

    The first of each country is its showcase firm: what one of the two offers, the other needs.
    The same `rng` state and day yield the same firms. Raises IndexError when names run out
    (beyond 16,000 a country).
    """
    products = _products(catalogue, firms, rng)
    makers = {
        country: _Maker(catalogue, country, products, Random(rng.random()), today)
        for country in Country
    }
    sectors = [SHOWCASE_SECTOR, *(each for each in catalogue.sectors if each != SHOWCASE_SECTOR)]
    crosswise = products[SHOWCASE_SECTOR][: 2 * SHOWCASE_ITEMS]
    ours, theirs = crosswise[:SHOWCASE_ITEMS], crosswise[SHOWCASE_ITEMS:]
    for index in range(firms):
        for country in Country:
            if index == 0:
                offered, needed = (ours, theirs) if country == Country.KR else (theirs, ours)
                yield makers[country].showcase(offered, needed)
            else:
                yield makers[country].firm(sectors[index % len(sectors)])


def _products(catalogue: Catalogue, firms: int, rng: Random) -> Mapping[str, tuple[Template, ...]]:
    """The templates in use, by sector."""
    wanted = max(2 * SHOWCASE_ITEMS, firms // FIRMS_PER_PRODUCT)
    return {
        sector: tuple(rng.sample(templates, min(wanted, len(templates))))
        for sector, templates in catalogue.templates.items()
    }


class _Maker:
    """Draws the firms of one country."""

    def __init__(
        self,
        catalogue: Catalogue,
        country: Country,
        products: Mapping[str, tuple[Template, ...]],
        rng: Random,
        today: date,
    ) -> None:
        self._catalogue = catalogue
        self._country = country
        self._language = LANGUAGE[country]
        self._products = products
        self._rng = rng
        self._today = today
        self._names = Names(catalogue, country, rng)
        self._numbers = official_numbers(country, rng)
        self._places = [row for row in catalogue.places if row["region"].startswith(country)]
        self._issuers = [row for row in catalogue.issuers if row["country"] == country]
        self._partner_regions = tuple(
            dict.fromkeys(
                row["region"] for row in catalogue.places if row["region"].startswith(country.other)
            )
        )

    def firm(self, sector: str) -> FirmPlan:
        rng = self._rng
        sectors = [sector]
        if rng.random() < 0.15:
            sectors.append(rng.choice([each for each in self._products if each != sector]))
        pool = [template for each in sectors for template in self._products[each]]
        # Some firms only sell, some only buy; nobody has nothing to say.
        offered = rng.sample(pool, rng.choices((0, 1, 2, 3), (10, 35, 35, 20))[0])
        rest = [template for template in pool if template not in offered]
        needed = rng.sample(rest, rng.choices((0, 1, 2), (15, 55, 30))[0] if offered else 2)
        return self._plan(sectors, offered, needed)

    def showcase(self, offered: Sequence[Template], needed: Sequence[Template]) -> FirmPlan:
        """The firm of the demo's log-ins: shows its name, has room for many introductions."""
        logins = (OWNER_KO, MEMBER_EN) if self._country == Country.KR else (OWNER_JA,)
        return self._plan([SHOWCASE_SECTOR], offered, needed, logins)

    def _plan(
        self,
        sectors: Sequence[str],
        offered: Sequence[Template],
        needed: Sequence[Template],
        logins: Sequence[DemoLogin] = (),
    ) -> FirmPlan:
        rng = self._rng
        name = self._names.draw(sectors[0])
        people = draw_people(self._catalogue, self._country, name.domain, rng)
        if logins:
            people = _with_logins(people, logins)
        place = weighted(rng, self._places, [float(row["weight"]) for row in self._places])
        offerings = tuple(
            draw_offering(self._catalogue, template, self._language, rng, self._today)
            for template in offered
        )
        return FirmPlan(
            id=random_uuid(rng),
            country=self._country,
            language=self._language,
            is_showcase=bool(logins),
            values=self._values(name, sectors[0], place, people, is_showcase=bool(logins)),
            region=place["region"],
            sectors=tuple(sectors),
            people=people,
            certificates=self._certificates(offerings),
            offerings=offerings,
            needs=tuple(
                draw_need(
                    self._catalogue,
                    template,
                    self._language,
                    self._partner_regions,
                    rng,
                    self._today,
                )
                for template in needed
            ),
        )

    def _values(
        self,
        name: FirmName,
        sector: str,
        place: Mapping[str, str],
        people: Sequence[PersonPlan],
        *,
        is_showcase: bool,
    ) -> dict[str, Any]:
        rng = self._rng
        employees = self._employees()
        founded_on = date(rng.randint(1961, self._today.year - 3), rng.randint(1, 12), 1)
        export = rng.randrange(4)
        abouts = self._abouts(sector, place, employees, founded_on.year, export)
        is_korean = self._country == Country.KR
        where = (
            f" 산업로 {rng.randint(2, 480)}"
            if is_korean
            else f"{rng.randint(1, 29)}-{rng.randint(1, 40)}"
        )
        return {
            "official_number": next(self._numbers),
            f"name_{self._language}": name.native,
            "name_en": name.english,
            "name_kana": name.kana,
            "website": f"https://www.{name.domain}",
            "address": place["place"] + where,
            "founded_on": founded_on,
            "representative": people[0].name,
            "employees": employees,
            **{f"about_{language}": text for language, text in abouts.items()},
            "has_partner_experience": export != NOT_TRADED_YET if rng.random() < 0.9 else None,
            "introductions_per_month": 30 if is_showcase else rng.choice((3, 5, 5, 5, 8)),
            "is_name_hidden": not is_showcase and rng.random() < 0.2,
        }

    def _employees(self) -> int:
        bands = self._catalogue.employee_bands
        column = f"weight_{self._country.lower()}"
        band = weighted(self._rng, bands, [float(row[column]) for row in bands])
        return self._rng.randint(int(band["low"]), int(band["high"]))

    def _abouts(
        self, sector: str, place: Mapping[str, str], employees: int, year: int, export: int
    ) -> dict[str, str]:
        """About texts, the firm's own language always, English for every third firm."""
        rng = self._rng
        profiles = self._catalogue.profiles
        has_english = rng.random() < 0.35
        abouts = {}
        for language in (self._language, *(["en"] if has_english else [])):
            general = profiles["general"][language]
            sentences = [rng.choice(general["opening"])]
            own = profiles["sectors"][sector][language]
            sentences += rng.sample(own, min(len(own), rng.randint(1, 2)))
            if "quality" in general and rng.random() < 0.7:
                sentences.append(rng.choice(general["quality"]))
            if "export" in general:
                sentences.append(general["export"][export])
            if rng.random() < 0.7:
                sentences.append(rng.choice(general["wish"]))
            sentences.append(profiles["notice"][language])
            abouts[language] = (
                SENTENCE_JOIN[language]
                .join(sentences)
                .format(
                    year=year,
                    place=place["place_en" if language == "en" else "place"],
                    employees=employees,
                    share=rng.randint(5, 80),
                )
            )
        return abouts

    def _certificates(self, offerings: Sequence[ItemPlan]) -> tuple[CertificatePlan, ...]:
        """Papers for most certifications that the offerings name; a few run out soon."""
        rng = self._rng
        named = dict.fromkeys(
            code for offering in offerings for code in offering.related["certifications"]
        )
        serial = count(rng.randint(1000, 8000))
        certificates = []
        for code in named:
            if rng.random() < 0.75:
                issued_on = self._today - timedelta(days=rng.randint(40, 1050))
                certificates.append(
                    CertificatePlan(
                        certification=code,
                        number=f"DEMO-{issued_on.year}-{next(serial)}",
                        issuer=rng.choice(self._issuers)[self._language],
                        issued_on=issued_on,
                        expires_on=issued_on + timedelta(days=3 * 365),
                    )
                )
        return tuple(certificates)


def _with_logins(
    people: Sequence[PersonPlan], logins: Sequence[DemoLogin]
) -> tuple[PersonPlan, ...]:
    """The log-ins take the places of the firm's first people: owner, then editor."""
    roles = (MemberRole.OWNER, MemberRole.EDITOR)
    placed = [
        PersonPlan(
            name=login.name,
            name_kana="ハスミ トオル" if login is OWNER_JA else "",
            title=people[0].title if login.language != "en" else "Manager, Overseas Sales",
            phone=people[0].phone,
            email=login.email,
            language=login.language,
            role=role,
        )
        for login, role in zip(logins, roles, strict=False)
    ]
    return (*placed, *people[len(placed) :])
