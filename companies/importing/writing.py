"""Imported firms → rows of the database, a chunk at a time, in a handful of statements."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from companies import tagging
from companies.choices import CompanySource, CompanyState, Cooperation, ItemState
from companies.importing.rows import ImportedCompany, ImportedItem
from companies.models import Company, Item, Need, Offering
from companies.names import fold
from taxonomy.models import Region

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

    A firm that people have registered or claimed is left alone: their own words win. A firm that
    another list brought is only filled where it is blank. Idempotent.
    """
    enquiries = [firm for firm in firms if firm.source_id == "enquiries" and not firm.values]
    listed = [firm for firm in firms if firm.values]
    result = ChunkResult()
    if enquiries:
        account = _association_account(enquiries[0], now=now)
        wanted = [
            (account, enquiry.language, item) for enquiry in enquiries for item in enquiry.needs
        ]
        count = _write_items(Need, wanted, {account}, now=now, is_whole=False)
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
            company.name_key = fold(company.native_name)
            created.append(company)
            present.add(company)
            owned.append((company, firm))
        elif company.state != CompanyState.UNCLAIMED:
            unchanged += 1
        else:
            is_own_list = company.source_list == firm.source_list
            if _fill(company, values, may_overwrite=is_own_list):
                company.name_key = fold(company.native_name)
                updated.append(company)
            else:
                unchanged += 1
            if is_own_list:
                owned.append((company, firm))
    Company.objects.bulk_create(created)
    Company.objects.bulk_update(updated, [*(f.removesuffix("_id") for f in FIELDS), "name_key"])
    companies = {company for company, _firm in owned}
    items = 0
    for model, name in ((Offering, "offerings"), (Need, "needs")):
        wanted = [
            (company, firm.language, item)
            for company, firm in owned
            for item in getattr(firm, name)
        ]
        items += _write_items(model, wanted, companies, now=now)
    _set_sectors(created)
    return ChunkResult(created=len(created), updated=len(updated), unchanged=unchanged, items=items)


class _Present:
    """The firms that are here already, found by number, then by list entry, then by name."""

    def __init__(self, companies: Iterable[Company]) -> None:
        self.by_number: dict[tuple[str, str], Company] = {}
        self.by_entry: dict[tuple[str, str], Company] = {}
        self.by_name: dict[tuple[str, str], Company] = {}
        for company in companies:
            self.add(company)

    def add(self, company: Company) -> None:
        if company.official_number:
            self.by_number[company.country, company.official_number] = company
        else:
            self.by_name.setdefault((company.country, company.name_key), company)
        if company.source_list:
            self.by_entry[company.source_list, company.source_id] = company

    def find(self, firm: ImportedCompany) -> Company | None:
        if firm.official_number:
            found = self.by_number.get((firm.country, firm.official_number))
            if found is not None:
                return found
        entry = self.by_entry.get((firm.source_list, firm.source_id))
        if entry is not None:
            return entry
        same_name = self.by_name.get((firm.country, _native_key(firm)))
        # Within one list two entries of one name are two firms: the list itself tells them apart.
        if same_name is not None and same_name.source_list != firm.source_list:
            return same_name
        return None


def _present(firms: Sequence[ImportedCompany]) -> _Present:
    numbers = [firm.official_number for firm in firms if firm.official_number]
    entries = [firm.source_id for firm in firms]
    keys = [_native_key(firm) for firm in firms]
    # Closed firms count by their list entry alone: a closed firm is not brought back by a list.
    alive = Company.objects.exclude(state=CompanyState.CLOSED)
    found = [
        *alive.filter(country=firms[0].country, name_key__in=keys).order_by("pk"),
        *alive.filter(country=firms[0].country, official_number__in=numbers),
        *Company.objects.filter(source_list=firms[0].source_list, source_id__in=entries),
    ]
    unique = {company.pk: company for company in found}
    return _Present(unique.values())


def _native_key(firm: ImportedCompany) -> str:
    order = (
        ("name_ko", "name_en", "name_ja")
        if firm.country == "KR"
        else ("name_ja", "name_en", "name_ko")
    )
    return fold(next((firm.values[name] for name in order if firm.values.get(name)), ""))


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
    """{what the list says: region}: its label, its old name, or an address that begins with it."""
    regions = Region.objects.values_list("pk", "label_ko", "label_ja")
    labels = {label: pk for pk, ko, ja in regions for label in (ko, ja)}
    labels |= {old: labels[today] for old, today in FORMER_REGIONS.items() if today in labels}
    found = {}
    for name in set(names):
        text = unicodedata.normalize("NFKC", name).strip()
        match = labels.get(text) or next(
            (pk for label, pk in labels.items() if text.startswith(label)), None
        )
        if match is not None:
            found[name] = match
    return found


def _write_items(
    model: type[Offering] | type[Need],
    wanted: Sequence[tuple[Company, str, ImportedItem]],
    companies: set[Company],
    *,
    now: datetime,
    is_whole: bool = True,
) -> int:
    """Create the items that are not there yet, tagged with their concepts; close those that left
    the list (`is_whole`: the list names all items of these firms). Returns how many are new."""
    there: dict[tuple[Any, str], Item] = {
        (item.company_id, item.source_id): item
        for item in model._default_manager.filter(company__in=companies).exclude(source_id="")
    }
    new: list[Any] = []
    kept: set[tuple[Any, str]] = set()
    for company, language, item in wanted:
        key = (company.pk, item.source_id)
        if key in there or key in kept:
            kept.add(key)
            continue
        kept.add(key)
        new.append(
            model(
                company=company,
                source_id=item.source_id,
                language=language,
                state=ItemState.OPEN,
                cooperation=[Cooperation.SUPPLY],
                material_at=now,
                created_at=now,
                updated_at=now,
                **{f"title_{language}": item.title, f"text_{language}": item.text},
            )
        )
    model._default_manager.bulk_create(new, batch_size=1000)
    through = model.concepts.through
    name = f"{model._meta.model_name}_id"
    tags = tagging.tag([f"{_text(item, 'title')}\n{_text(item, 'text')}" for item in new])
    through._default_manager.bulk_create(
        [
            through(**{name: item.pk, "concept_id": concept})
            for item, concepts in zip(new, tags, strict=True)
            for concept in concepts
        ],
        batch_size=2000,
    )
    if is_whole:
        gone = [
            item.pk
            for key, item in there.items()
            if key not in kept and item.state == ItemState.OPEN
        ]
        back = [
            item.pk for key, item in there.items() if key in kept and item.state == ItemState.CLOSED
        ]
        model._default_manager.filter(pk__in=gone).update(state=ItemState.CLOSED)
        model._default_manager.filter(pk__in=back).update(state=ItemState.OPEN)
    return len(new)


def _text(item: Item, field: str) -> str:
    return str(getattr(item, f"{field}_{item.language}"))


def _set_sectors(companies: Sequence[Company]) -> None:
    """A listed firm's sectors are those its products speak of most."""
    votes: dict[Any, Counter[int]] = defaultdict(Counter)
    tagged = Offering.concepts.through._default_manager.filter(
        offering__company__in=companies, concept__sector__isnull=False
    ).values_list("offering__company_id", "concept__sector_id")
    for company_id, sector_id in tagged:
        votes[company_id][sector_id] += 1
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
