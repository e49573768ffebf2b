"""Rows for tests: valid by default, and only what the test names differs.

Firms are verified, items open, matches proposed between a Korean offering and a Japanese need.
Times are around the real now, so that pages (which read the clock) agree with them.
"""

from datetime import timedelta
from functools import cache
from typing import Any

import factory
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory, Trait
from factory.django import DjangoModelFactory

from accounts.choices import ConsentKind, StaffRole
from accounts.models import Consent, User
from companies.choices import CompanyState, ItemState, MemberRole
from companies.models import Company, Membership, Need, Offering
from matching.choices import Direction, MatchState, PolicyState, RunState
from matching.models import Match, MatchPolicy, MatchRun
from taxonomy.choices import ConceptKind, Country, Dimension
from taxonomy.models import Certification, Concept, Currency, Region, Sector, Unit

PASSWORD = "only-for-tests-2026"
WEIGHTS = {"product": 5.0, "hs": 1.0, "certifications": 1.0}


@cache
def password_hash() -> str:
    """Hashed once: hashing is slow on purpose."""
    return make_password(PASSWORD)


def korean_number(serial: int) -> str:
    """A valid business registration number (10 digits, the check digit last)."""
    digits = f"{100000000 + serial:09d}"
    weights = (1, 3, 7, 1, 3, 7, 1, 3, 5)
    total = sum(w * int(d) for w, d in zip(weights, digits, strict=True)) + int(digits[8]) * 5 // 10
    return f"{digits}{-total % 10}"


def japanese_number(serial: int) -> str:
    """A valid corporate number (13 digits, the check digit first)."""
    digits = f"{100000000000 + serial:012d}"
    total = sum(int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return f"{9 - total % 9}{digits}"


# --- Reference data ---------------------------------------------------------------------------


class NamedFactory(DjangoModelFactory):
    class Meta:
        abstract = True
        django_get_or_create = ("code",)

    label_ko = LazyAttribute(lambda row: f"{row.code} 한국어")
    label_ja = LazyAttribute(lambda row: f"{row.code} 日本語")
    label_en = LazyAttribute(lambda row: f"{row.code} english")


class SectorFactory(NamedFactory):
    class Meta:
        model = Sector

    code = "semiconductors"


class ConceptFactory(NamedFactory):
    class Meta:
        model = Concept

    code = Sequence("concept_{}".format)
    kind = ConceptKind.PRODUCT


class CertificationFactory(NamedFactory):
    class Meta:
        model = Certification

    code = "iso_9001"


class RegionFactory(NamedFactory):
    class Meta:
        model = Region

    code = "KR-11"
    country = LazyAttribute(lambda row: row.code[:2])


class UnitFactory(NamedFactory):
    class Meta:
        model = Unit

    code = "piece"
    dimension = Dimension.COUNT


class CurrencyFactory(NamedFactory):
    class Meta:
        model = Currency

    code = "USD"


# --- People and firms -------------------------------------------------------------------------


class UserFactory(DjangoModelFactory):
    """A person with a verified e-mail address; logs in with PASSWORD.

    `verified=False` leaves the address unverified; `consents=[…]` are given now.
    """

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = Sequence("person{}@firm.example".format)
    name = Sequence("Person {}".format)
    password = LazyFunction(password_hash)
    language = "en"

    @factory.post_generation
    def verified(user: User, create: bool, given: bool | None, **kwargs: Any) -> None:
        if create:
            EmailAddress.objects.create(
                user=user, email=user.email, primary=True, verified=given is not False
            )

    @factory.post_generation
    def consents(user: User, create: bool, given: list[str] | None, **kwargs: Any) -> None:
        for kind in (given or []) if create else []:
            ConsentFactory(user=user, kind=kind)


class StaffFactory(UserFactory):
    """A reviewer of the association; give `staff_role` for more."""

    email = Sequence("staff{}@association.example".format)
    staff_role = StaffRole.REVIEWER


class ConsentFactory(DjangoModelFactory):
    class Meta:
        model = Consent

    user = SubFactory(UserFactory)
    kind = ConsentKind.CROSS_BORDER
    wording_version = "2026-11"
    language = "en"
    given_at = LazyFunction(timezone.now)


class CompanyFactory(DjangoModelFactory):
    """A verified Korean firm; `country="JP"` makes it Japanese.

    Traits: `unclaimed` (from a public list), `with_owner` (a member who gets its mail, in the
    firm's own language, with both consents a match needs).
    """

    class Meta:
        model = Company
        skip_postgeneration_save = True

    class Params:
        unclaimed = Trait(
            state=CompanyState.UNCLAIMED,
            source="import",
            source_list="public-list",
            source_id=Sequence(str),
            official_number="",
            verified_at=None,
            verified_until=None,
        )
        with_owner = Trait(
            owner=factory.RelatedFactory(
                "tests.factories.MembershipFactory",
                factory_related_name="company",
                user__language=SelfAttribute("..company.native_language"),
                user__consents=[ConsentKind.TERMS, ConsentKind.CROSS_BORDER],
            )
        )
        serial = Sequence(int)

    country = Country.KR
    official_number = LazyAttribute(
        lambda firm: (
            korean_number(firm.serial)
            if firm.country == Country.KR
            else japanese_number(firm.serial)
        )
    )
    name_ko = LazyAttribute(
        lambda firm: f"주식회사 한빛{firm.serial}" if firm.country == Country.KR else ""
    )
    name_ja = LazyAttribute(
        lambda firm: f"株式会社あかり{firm.serial}" if firm.country == Country.JP else ""
    )
    name_en = LazyAttribute(lambda firm: f"{firm.country} Works {firm.serial}")
    name_key = LazyAttribute(lambda firm: f"{firm.country.lower()}works{firm.serial}")
    state = CompanyState.VERIFIED
    verified_at = LazyFunction(lambda: timezone.now() - timedelta(days=30))
    verified_until = LazyFunction(lambda: timezone.now() + timedelta(days=335))
    created_at = LazyFunction(lambda: timezone.now() - timedelta(days=60))

    @factory.post_generation
    def sectors(firm: Company, create: bool, given: list[Sector] | None, **kwargs: Any) -> None:
        if create and given:
            firm.sectors.set(given)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership
        skip_postgeneration_save = True

    company = SubFactory(CompanyFactory)
    user = SubFactory(UserFactory)
    role = MemberRole.OWNER
    created_at = LazyFunction(timezone.now)


# --- Items ------------------------------------------------------------------------------------


class ItemFactory(DjangoModelFactory):
    """Open, for supply, one concept; `concepts`, `certifications` take lists of rows."""

    class Meta:
        abstract = True
        skip_postgeneration_save = True

    state = ItemState.OPEN
    language = LazyAttribute(lambda item: item.company.native_language)
    title_en = "ArF photoresist"
    text_en = "Photoresist for ArF immersion lithography."
    cooperation = LazyFunction(lambda: ["supply"])
    material_at = LazyFunction(lambda: timezone.now() - timedelta(days=20))
    created_at = LazyFunction(lambda: timezone.now() - timedelta(days=20))

    @factory.post_generation
    def concepts(item: Any, create: bool, given: list[Concept] | None, **kwargs: Any) -> None:
        if create:
            item.concepts.set([ConceptFactory(code="photoresist")] if given is None else given)

    @factory.post_generation
    def certifications(
        item: Any,
        create: bool,
        given: list[Certification] | None,
        **kwargs: Any,
    ) -> None:
        if create and given:
            item.certifications.set(given)


class OfferingFactory(ItemFactory):
    class Meta:
        model = Offering

    company = SubFactory(CompanyFactory, with_owner=True)


class NeedFactory(ItemFactory):
    class Meta:
        model = Need

    company = SubFactory(CompanyFactory, country=Country.JP, with_owner=True)


# --- Matching ---------------------------------------------------------------------------------


class PolicyFactory(DjangoModelFactory):
    """The active policy: a second call returns it; `state="draft", version=2` for another."""

    class Meta:
        model = MatchPolicy
        django_get_or_create = ("version",)

    name = "Test"
    version = 1
    state = PolicyState.ACTIVE
    weights = LazyFunction(WEIGHTS.copy)
    created_at = LazyFunction(timezone.now)
    activated_at = LazyFunction(timezone.now)


class RunFactory(DjangoModelFactory):
    class Meta:
        model = MatchRun

    policy = SubFactory(PolicyFactory)
    state = RunState.COMPLETED
    created_at = LazyFunction(timezone.now)
    finished_at = LazyFunction(timezone.now)


class MatchFactory(DjangoModelFactory):
    """Proposed, Korea sells to Japan, each firm with an owner who gets mail."""

    class Meta:
        model = Match

    need = SubFactory(NeedFactory)
    offering = SubFactory(OfferingFactory)
    direction = Direction.KR_TO_JP
    state = MatchState.PROPOSED
    score = 0.8
    confidence = 0.5
    value = LazyAttribute(lambda match: match.score * match.confidence)
    # Nobody is tired and nothing is urgent.
    priority = LazyAttribute(lambda match: match.value)
    rank = 1
    criteria = LazyFunction(lambda: {"product": 0.8, "hs": None})
    parts = LazyFunction(lambda: {"product": 0.8})
    reasons = LazyFunction(lambda: {"fits": [], "accepts": [], "missing": []})
    created_at = LazyFunction(timezone.now)
