"""Firms that may be one and the same: found by what they have in common, judged by staff."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q

from accounts.models import User
from common import audit
from companies.choices import GONE, CompanySource
from companies.domains import domain_of_address, domain_of_website
from companies.models import Company, Duplicate, JoinRequest, Membership

# Folded names this close say something; from here to the same name it says more and more.
SIMILAR_NAME: Final = 0.6
# How much each speaks for one firm: the whole is 1 - (1 - a)(1 - b) …
WEIGHTS: Final = {"website": 0.6, "mail": 0.5, "stock_code": 0.7, "claim": 0.9}
NAME_WEIGHTS: Final = (0.3, 0.8)
# Two official numbers are two firms, unless a Korean firm has registered two of its places.
TWO_NUMBERS: Final = 0.5
# So many domains are looked for one by one; for more of them all firms are read.
FEW_DOMAINS: Final = 8
# What is less alike is not worth a look.
LEAST_SCORE: Final = 0.25
BATCH: Final = 500


@dataclass(slots=True)
class Likeness:
    """What two firms have in common: {code: text}."""

    evidence: dict[str, str] = field(default_factory=dict)
    name: float = 0.0

    @property
    def score(self) -> float:
        apart = 1.0
        for code in self.evidence:
            apart *= 1 - WEIGHTS.get(code, 0)
        if self.name:
            low, high = NAME_WEIGHTS
            share = (self.name - SIMILAR_NAME) / (1 - SIMILAR_NAME)
            apart *= 1 - (low + (high - low) * share)
        return round((1 - apart) * (TWO_NUMBERS if "numbers_differ" in self.evidence else 1), 4)


Pairs = dict[tuple[UUID, UUID], Likeness]


def likenesses(firms: Sequence[Company]) -> Pairs:
    """{(first, second): what they have in common} between `firms` and all others of a country."""
    found: Pairs = defaultdict(Likeness)
    for one, other, similarity in _named_alike([firm.pk for firm in firms]):
        pair = found[_in_order(one, other)]
        pair.name = similarity
        pair.evidence["name"] = str(round(similarity * 100))
    for firm, other, code, text in (*_domains_shared(firms), *_codes_shared(firms)):
        found[_in_order(firm, other)].evidence[code] = text
    _tell_numbers(found)
    return {key: pair for key, pair in found.items() if pair.score >= LEAST_SCORE}


def find_duplicates(*, now: datetime, limit: int = 4 * BATCH) -> int:
    """Compare the firms that are new or have changed since they were last compared, at most
    `limit` of them, batch by batch. Returns how many firms were compared.

    What staff have dismissed stays dismissed; what is no longer alike is forgotten.
    """
    done = 0
    while done < limit:
        firms = list(
            Company.objects.exclude(state__in=GONE)
            .exclude(source=CompanySource.ASSOCIATION)
            .filter(Q(duplicates_at=None) | Q(duplicates_at__lt=F("updated_at")))
            .order_by("pk")[:BATCH]
        )
        if not firms:
            break
        _remember(firms, likenesses(firms), now=now)
        done += len(firms)
    return done


@transaction.atomic
def _remember(firms: Sequence[Company], found: Pairs, *, now: datetime) -> None:
    keys = [firm.pk for firm in firms]
    told = Duplicate.objects.filter(Q(first__in=keys) | Q(second__in=keys), dismissed_at=None)
    gone = [row.pk for row in told.order_by("pk") if (row.first_id, row.second_id) not in found]
    Duplicate.objects.filter(pk__in=gone).delete()
    Duplicate.objects.bulk_create(
        [
            Duplicate(
                first_id=first,
                second_id=second,
                score=pair.score,
                evidence=_as_rows(pair),
                found_at=now,
            )
            for (first, second), pair in sorted(found.items())
        ],
        update_conflicts=True,
        unique_fields=["first", "second"],
        update_fields=["score", "evidence"],
    )
    Company.objects.filter(pk__in=keys).update(duplicates_at=now)


def possible_duplicates(company: Company, *, now: datetime) -> list[Duplicate]:
    """Firms that may be `company`, as of now, the likeliest first; those that staff have said to
    be another come last. Unsaved rows for what no task has found yet."""
    found = likenesses([company])
    stored = {
        (row.first_id, row.second_id): row
        for row in Duplicate.objects.filter(Q(first=company) | Q(second=company)).select_related(
            "dismissed_by"
        )
    }
    others = Company.objects.in_bulk({pk for pair in found for pk in pair} - {company.pk})
    others[company.pk] = company
    rows = []
    for (first, second), pair in found.items():
        row = stored.get((first, second)) or Duplicate(found_at=now)
        row.first, row.second = others[first], others[second]
        row.score, row.evidence = pair.score, _as_rows(pair)
        rows.append(row)
    return sorted(rows, key=lambda row: (row.dismissed_at is not None, -row.score, str(row.pk)))


def dismiss_duplicate(*, one: Company, other: Company, actor: User, now: datetime) -> Duplicate:
    """Remember that these are two firms: they are not shown as one again."""
    first, second = _in_order(one.pk, other.pk)
    with transaction.atomic():
        row, _is_new = Duplicate.objects.update_or_create(
            first_id=first,
            second_id=second,
            defaults={"dismissed_at": now, "dismissed_by": actor},
            create_defaults={
                "score": 0,
                "found_at": now,
                "dismissed_at": now,
                "dismissed_by": actor,
            },
        )
        for firm in (one, other):
            audit.record("company.not_duplicate", firm, actor=actor, now=now)
    return row


def _as_rows(pair: Likeness) -> list[dict[str, str]]:
    return [{"code": code, "text": text} for code, text in pair.evidence.items()]


def _in_order(one: UUID, other: UUID) -> tuple[UUID, UUID]:
    return (one, other) if one < other else (other, one)


def _named_alike(keys: list[UUID]) -> list[tuple[UUID, UUID, float]]:
    """Pairs of firms of one country with names alike, by the index of pieces of names."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [str(SIMILAR_NAME)]
        )
        cursor.execute(
            "SELECT one.id, other.id, similarity(one.name_key, other.name_key)"
            " FROM companies_company one JOIN companies_company other"
            " ON other.name_key %% one.name_key AND other.country = one.country"
            " WHERE one.id = ANY(%s) AND other.id <> one.id AND NOT other.state = ANY(%s)"
            " AND other.source <> %s",
            [keys, list(GONE), CompanySource.ASSOCIATION],
        )
        return list(cursor.fetchall())


def _domains_shared(firms: Sequence[Company]) -> Iterable[tuple[UUID, UUID, str, str]]:
    """(firm, other, code, domain): the same website, or mail addresses at the same domain."""
    countries = {firm.country for firm in firms}
    alive = Q(country__in=countries) & ~Q(state__in=GONE) & ~Q(source=CompanySource.ASSOCIATION)
    mine = _domains(
        [(firm.pk, firm.country, firm.website) for firm in firms],
        _addresses(Q(company__in=[firm.pk for firm in firms])),
    )
    domains = {domain for _country, domain in mine}
    if not domains:
        return
    at_site, at_mail = ~Q(website=""), Q(company__country__in=countries)
    if len(domains) <= FEW_DOMAINS:
        at_site, at_mail = Q(), Q()
        for domain in domains:
            at_site |= Q(website__icontains=domain)
            at_mail |= Q(user__email__iendswith=domain)
    sites = Company.objects.filter(alive, at_site).order_by()
    theirs = _domains(
        sites.values_list("pk", "country", "website"),
        _addresses(at_mail & ~Q(company__state__in=GONE)),
    )
    for key, here in mine.items():
        for firm, of_mine in here.items():
            for other, of_theirs in theirs.get(key, {}).items():
                if other != firm:
                    both = {"website"} == {of_mine, of_theirs}
                    yield firm, other, "website" if both else "mail", key[1]


def _addresses(which: Q) -> Iterable[tuple[UUID, str, str]]:
    members = Membership.objects.filter(which).order_by()
    return members.values_list("company_id", "company__country", "user__email")


def _domains(
    sites: Iterable[tuple[UUID, str, str]], addresses: Iterable[tuple[UUID, str, str]]
) -> dict[tuple[str, str], dict[UUID, str]]:
    """{(country, domain): {firm: "website" or "mail"}}; shared domains are nobody's."""
    found: dict[tuple[str, str], dict[UUID, str]] = defaultdict(dict)
    for firm, country, address in addresses:
        if domain := domain_of_address(address):
            found[country, domain][firm] = "mail"
    for firm, country, site in sites:
        if domain := domain_of_website(site):
            found[country, domain][firm] = "website"
    return found


def _codes_shared(firms: Sequence[Company]) -> Iterable[tuple[UUID, UUID, str, str]]:
    """(firm, other, code, text): the same stock code, or a claim under the other's number."""
    listed = {(firm.country, firm.stock_code): firm.pk for firm in firms if firm.stock_code}
    codes = [code for _country, code in listed]
    others = Company.objects.filter(stock_code__in=codes).exclude(state__in=GONE).order_by()
    for other, country, code in others.values_list("pk", "country", "stock_code"):
        firm = listed.get((country, code))
        if firm not in (None, other):
            yield firm, other, "stock_code", code
    numbers = {(f.country, f.official_number): f.pk for f in firms if f.official_number}
    asked: Any = JoinRequest.objects.exclude(official_number="").exclude(company__state__in=GONE)
    claims = asked.filter(official_number__in=[number for _country, number in numbers]).order_by()
    for other, country, number in claims.values_list(
        "company_id", "company__country", "official_number"
    ):
        firm = numbers.get((country, number))
        if firm not in (None, other):
            yield firm, other, "claim", number
    keys = [firm.pk for firm in firms]
    for other, country, number in asked.filter(company__in=keys).values_list(
        "company_id", "company__country", "official_number"
    ):
        holder = Company.objects.filter(country=country, official_number=number)
        for firm in holder.exclude(state__in=GONE).exclude(pk=other).values_list("pk", flat=True):
            yield firm, other, "claim", number


def _tell_numbers(found: Pairs) -> None:
    """Note where both firms have official numbers: nobody has two, with one exception."""
    keys = {pk for pair in found for pk in pair}
    numbers = dict(Company.objects.filter(pk__in=keys).values_list("pk", "official_number"))
    for (first, second), pair in found.items():
        if numbers.get(first) and numbers.get(second):
            pair.evidence["numbers_differ"] = ""
