"""Imported firms → rows of the database, a chunk at a time, in a handful of statements."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from companies import tagging
from companies.choices import CompanySource, CompanyState, Cooperation, ItemState
from companies.importing.rows import ImportedCompany, ImportedItem
from companies.models import Company, Item, Need, Offering
from companies.names import fold
from taxonomy.models import Concept, Region

FIELDS: Final = (
    "official_number",
    "name_ko",
    "name_ja",
    "name_en",
    "name_kana",
    "website",
    "address",
    "representative",
    "industry",
    "stock_code",
    "employees",
    "founded_on",
    "region_id",
    "about_ko",
    "about_ja",
)
# The account that the association runs for enquiries it collects: its verification does not lapse
# within the life of a list.
ASSOCIATION_ACCOUNT_YEARS: Final = 20
MAX_SECTORS: Final = 2
NAME_KEY_LENGTH: Final = 200
# One import writes at a time: two lists that name the same firm do not make it twice.
WRITING_LOCK: Final = 4_083_001
# A new item and the ids of its concepts.
Tagged = tuple[Item, list[int]]
# What the regions were called before they became special self-governing provinces.
FORMER_REGIONS: Final = {
    "강원도": "강원특별자치도",
    "전라북도": "전북특별자치도",
    "제주도": "제주특별자치도",
}


@dataclass(frozen=True, slots=True)
class ChunkResult:
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    items: int = 0

    def __add__(self, other: "ChunkResult") -> "ChunkResult":
        return ChunkResult(
            self.created + other.created,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.items + other.items,
        )


def write_chunk(firms: Sequence[ImportedCompany], *, now: datetime) -> ChunkResult:
    """Bring the firms of a chunk in: new, changed, or found unchanged. Call in a transaction.

    Raises IntegrityError when a person registers one of the firms at the same moment.

    A firm that people have registered or claimed is left alone: their own words win. A firm that
    another list brought is only filled where it is blank. Idempotent.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITING_LOCK])
    enquiries = [firm for firm in firms if not firm.values]
    listed = [firm for firm in firms if firm.values]
    result = ChunkResult()
    if enquiries:
        account = _association_account(enquiries[0], now=now)
        wanted = [
            (account, enquiry.language, item) for enquiry in enquiries for item in enquiry.needs
        ]
        count = len(_write_items(Need, wanted, now=now))
        result += ChunkResult(items=count, unchanged=len(enquiries) - count, created=count)
    if listed:
        result += _write_firms(listed, now=now)
    return result


def _write_firms(firms: Sequence[ImportedCompany], *, now: datetime) -> ChunkResult:
    present = _present(firms)
    regions = _region_ids(firm.region_name for firm in firms)
    created: list[Company] = []
    updated: list[Company] = []
    unchanged = 0
    owned: list[tuple[Company, ImportedCompany]] = []
    for firm in firms:
        values = _values(firm, regions)
        company = present.find(firm)
        if company is None:
            company = Company(
                country=firm.country,
                state=CompanyState.UNCLAIMED,
                source=CompanySource.IMPORT,
                source_list=firm.source_list,
                source_id=firm.source_id,
                created_at=now,
                updated_at=now,
                **values,
            )
            company.name_key = _name_key(company)
            created.append(company)
            present.add(company)
            owned.append((company, firm))
        elif company.state != CompanyState.UNCLAIMED:
            unchanged += 1
        else:
            is_own_list = company.source_list == firm.source_list
            if _fill(company, values, may_overwrite=is_own_list):
                company.name_key = _name_key(company)
                company.updated_at = now
                updated.append(company)
            else:
                unchanged += 1
            if is_own_list:
                owned.append((company, firm))
    Company.objects.bulk_create(created)
    columns = [name.removesuffix("_id") for name in FIELDS]
    Company.objects.bulk_update(updated, [*columns, "name_key", "updated_at"])
    new: list[Tagged] = []
    for model, name in ((Offering, "offerings"), (Need, "needs")):
        wanted = [
            (company, firm.language, item)
            for company, firm in owned
            for item in getattr(firm, name)
        ]
        new += _write_items(model, wanted, now=now)
        _close_gone(model, wanted)
    _set_sectors(created, new)
    return ChunkResult(
        created=len(created), updated=len(updated), unchanged=unchanged, items=len(new)
    )


class _Present:
    """The firms that are here already, found by number, then by list entry, then by name."""

    def __init__(self, companies: Iterable[Company]) -> None:
        self.by_number: dict[str, Company] = {}
        self.by_entry: dict[str, Company] = {}
        self.by_name: dict[str, list[Company]] = defaultdict(list)
        for company in companies:
            self.add(company)

    def add(self, company: Company) -> None:
        # A closed firm counts by its list entry alone: no list brings it back.
        if company.state != CompanyState.CLOSED:
            if company.official_number:
                self.by_number[company.official_number] = company
            self.by_name[company.name_key].append(company)
        self.by_entry[f"{company.source_list} {company.source_id}"] = company

    def find(self, firm: ImportedCompany) -> Company | None:
        by_number = self.by_number.get(firm.official_number)
        return (
            by_number
            or self.by_entry.get(f"{firm.source_list} {firm.source_id}")
            or self._namesake(firm)
        )

    def _namesake(self, firm: ImportedCompany) -> Company | None:
        """The one firm of that name, unless the numbers tell the two apart.

        Two entries of one list are two firms: the list itself tells them apart. Where several
        firms bear the name nobody can say which is meant.
        """
        found = [
            company
            for company in self.by_name[_native_key(firm)]
            if company.country == firm.country
            and company.source_list != firm.source_list
            and not (company.official_number and firm.official_number)
        ]
        return found[0] if len(found) == 1 else None


def _present(firms: Sequence[ImportedCompany]) -> _Present:
    country, source_list = firms[0].country, firms[0].source_list
    numbers = [firm.official_number for firm in firms if firm.official_number]
    wanted = (
        Q(country=country, name_key__in=[_native_key(firm) for firm in firms])
        | Q(country=country, official_number__in=numbers)
        | Q(source_list=source_list, source_id__in=[firm.source_id for firm in firms])
    )
    return _Present(Company.objects.filter(wanted).order_by("pk"))


def _native_key(firm: ImportedCompany) -> str:
    order = (
        ("name_ko", "name_en", "name_ja")
        if firm.country == "KR"
        else ("name_ja", "name_en", "name_ko")
    )
    name = next((firm.values[name] for name in order if firm.values.get(name)), "")
    return fold(name)[:NAME_KEY_LENGTH]


def _name_key(company: Company) -> str:
    return fold(company.native_name)[:NAME_KEY_LENGTH]


def _values(firm: ImportedCompany, regions: dict[str, int]) -> dict[str, Any]:
    return {
        **firm.values,
        "official_number": firm.official_number,
        "employees": firm.employees,
        "founded_on": firm.founded_on,
        "region_id": regions.get(firm.region_name),
        "about_ko": firm.about if firm.language == "ko" else "",
        "about_ja": firm.about if firm.language == "ja" else "",
    }


def _fill(company: Company, values: dict[str, Any], *, may_overwrite: bool) -> bool:
    """Set what the list tells; blanks of the list never erase. Returns whether anything changed."""
    is_changed = False
    for name in FIELDS:
        value, old = values[name], getattr(company, name)
        if value in ("", None) or value == old or (old not in ("", None) and not may_overwrite):
            continue
        setattr(company, name, value)
        is_changed = True
    return is_changed


def _region_ids(names: Iterable[str]) -> dict[str, int]:
    """{what the list says: region}: a region's label, its old name, the beginning of one ("서울"),
    or an address that begins with one."""
    regions = Region.objects.values_list("pk", "label_ko", "label_ja")
    labels = {label: pk for pk, ko, ja in regions for label in (ko, ja)}
    labels |= {old: labels[today] for old, today in FORMER_REGIONS.items() if today in labels}
    found = {}
    for name in set(names):
        text = unicodedata.normalize("NFKC", name).strip()
        if text in labels:
            found[name] = labels[text]
        elif len(text) > 1:
            meant = {
                pk
                for label, pk in labels.items()
                if label.startswith(text) or text.startswith(label)
            }
            if len(meant) == 1:
                found[name] = meant.pop()
    return found


def _write_items(
    model: type[Offering] | type[Need],
    wanted: Sequence[tuple[Company, str, ImportedItem]],
    *,
    now: datetime,
) -> list[Tagged]:
    """Create the items that are not there yet, tagged with their concepts, reopen those that
    stand in the list again, renew texts. Returns the new ones."""
    there = _items_of(model, {company for company, _language, _item in wanted})
    new: dict[tuple[UUID, str], Any] = {}
    changed = []
    for company, language, item in wanted:
        key = (company.pk, item.source_id)
        text = {f"title_{language}": item.title, f"text_{language}": item.text}
        if (old := there.get(key)) is None:
            new.setdefault(
                key,
                model(
                    company=company,
                    source_id=item.source_id,
                    language=language,
                    state=ItemState.OPEN,
                    cooperation=[Cooperation.SUPPLY],
                    material_at=now,
                    created_at=now,
                    updated_at=now,
                    **text,
                ),
            )
        elif old.state == ItemState.CLOSED or _text(old, "text") != item.text:
            setattr(old, f"text_{old.language}", item.text)
            old.state = ItemState.OPEN
            old.updated_at = now
            changed.append(old)
    model._default_manager.bulk_create(new.values(), batch_size=1000)
    fields = ["state", "updated_at", "text_ko", "text_ja", "text_en"]
    model._default_manager.bulk_update(changed, fields, batch_size=1000)
    return _tag(model, list(new.values()))


def _tag(model: type[Offering] | type[Need], items: Sequence[Item]) -> list[Tagged]:
    if not items:
        return []
    through: Any = model.concepts.through
    name = f"{model._meta.model_name}_id"
    tags = tagging.tag([f"{_text(item, 'title')}\n{_text(item, 'text')}" for item in items])
    through._default_manager.bulk_create(
        [
            through(**{name: item.pk, "concept_id": concept})
            for item, concepts in zip(items, tags, strict=True)
            for concept in concepts
        ],
        batch_size=2000,
    )
    return list(zip(items, tags, strict=True))


def _close_gone(
    model: type[Offering] | type[Need], wanted: Sequence[tuple[Company, str, ImportedItem]]
) -> None:
    """Close what the list no longer names. A firm for which it names nothing keeps its items:
    blanks never erase."""
    kept = {(company.pk, item.source_id) for company, _language, item in wanted}
    there = _items_of(model, {company for company, _language, _item in wanted})
    gone = [
        item.pk for key, item in there.items() if key not in kept and item.state == ItemState.OPEN
    ]
    model._default_manager.filter(pk__in=gone).update(state=ItemState.CLOSED)


def _items_of(
    model: type[Offering] | type[Need], companies: Iterable[Company]
) -> dict[tuple[UUID, str], Any]:
    found = model._default_manager.filter(company__in=companies).exclude(source_id="")
    return {(item.company_id, item.source_id): item for item in found}


def _text(item: Item, field: str) -> str:
    return str(getattr(item, f"{field}_{item.language}"))


def _set_sectors(companies: Sequence[Company], tagged: Iterable[Tagged]) -> None:
    """A listed firm's sectors are those its items speak of most."""
    concepts = Concept.objects.filter(sector__isnull=False)
    sector_of = dict(concepts.values_list("pk", "sector_id"))
    votes: dict[UUID, Counter[int]] = {company.pk: Counter() for company in companies}
    for item, concept_ids in tagged:
        if item.company_id in votes:
            votes[item.company_id].update(
                sector_of[concept] for concept in concept_ids if concept in sector_of
            )
    through = Company.sectors.through
    through._default_manager.bulk_create(
        [
            through(company_id=company_id, sector_id=sector_id)
            for company_id, counts in votes.items()
            for sector_id, _count in counts.most_common(MAX_SECTORS)
        ]
    )


def _association_account(enquiry: ImportedCompany, *, now: datetime) -> Company:
    """The one account under which a list's enquiries stand, verified by the association itself."""
    account, _is_new = Company.objects.get_or_create(
        source_list=enquiry.source_list,
        source_id="account",
        defaults={
            "country": enquiry.country,
            "source": CompanySource.ASSOCIATION,
            "state": CompanyState.VERIFIED,
            "name_ko": "일본 바이어 문의 (협회 운영 계정)",
            "name_ja": "日本バイヤー引合（協会運営アカウント）",
            "name_en": "Enquiries of Japanese buyers (run by the association)",
            "name_key": fold("日本バイヤー引合（協会運営アカウント）"),
            "introductions_per_month": 100,
            "verified_at": now,
            "verified_until": now + timedelta(days=365 * ASSOCIATION_ACCOUNT_YEARS),
            "created_at": now,
        },
    )
    return account
