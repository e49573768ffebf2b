"""What a chunk of imported firms would make new, change, or find unchanged. Reads only."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from companies.choices import GONE, CompanySource, CompanyState, Cooperation, ItemState
from companies.importing.journal import STAMP
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
NAME_KEY_LENGTH: Final = 200
# What the account under which a list's enquiries stand is called in that list.
ACCOUNT_ID: Final = "account"
# A row that is changed, and what it was before: {field: old value}.
Changed = tuple[Any, dict[str, Any]]
Wanted = tuple[Company, str, ImportedItem]
# What the regions were called before they became special self-governing provinces.
FORMER_REGIONS: Final = {
    "강원도": "강원특별자치도",
    "전라북도": "전북특별자치도",
    "제주도": "제주특별자치도",
}


@dataclass(slots=True)
class ItemPlan:
    """Items of one model: to be made, to be written anew, to be closed."""

    model: type[Item]
    new: list[Any] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    gone: list[Changed] = field(default_factory=list)


@dataclass(slots=True)
class FirmPlan:
    """`lines`: where in the list a firm stands; `firms`: which firm each line means."""

    created: list[Company] = field(default_factory=list)
    updated: list[Changed] = field(default_factory=list)
    unchanged: int = 0
    items: list[ItemPlan] = field(default_factory=list)
    lines: dict[UUID, int] = field(default_factory=dict)
    firms: dict[int, Company] = field(default_factory=dict)


def plan_firms(firms: Sequence[ImportedCompany], *, now: datetime) -> FirmPlan:
    """What the list says against what is here.

    A firm that people have registered or claimed is left alone: their own words win. A firm that
    another list brought is only filled where it is blank.
    """
    plan = FirmPlan()
    present = _present(firms)
    regions = _region_ids((firm.region_name for firm in firms), country=firms[0].country)
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
            plan.created.append(company)
            present.add(company)
            owned.append((company, firm))
        elif company.state != CompanyState.UNCLAIMED:
            plan.unchanged += 1
        else:
            is_own_list = company.source_list == firm.source_list
            if before := _fill(company, values, may_overwrite=is_own_list):
                before |= {STAMP: company.updated_at, "name_key": company.name_key}
                company.name_key = _name_key(company)
                company.updated_at = now
                plan.updated.append((company, before))
            else:
                plan.unchanged += 1
            if is_own_list:
                owned.append((company, firm))
        plan.lines[company.pk] = firm.line
        plan.firms[firm.line] = company
    for model, name in ((Offering, "offerings"), (Need, "needs")):
        wanted = [
            (company, firm.language, item)
            for company, firm in owned
            for item in getattr(firm, name)
        ]
        plan.items.append(plan_items(model, wanted, may_close=True, now=now))
    return plan


def plan_enquiries(
    enquiries: Sequence[ImportedCompany], seen: set[str], *, now: datetime
) -> ItemPlan:
    """What a list of wishes would make new or change; `seen`: the wishes of earlier rows."""
    first = enquiries[0]
    account = Company.objects.filter(source_list=first.source_list, source_id=ACCOUNT_ID).first()
    plan = plan_items(
        Need,
        [(account or Company(), each.language, item) for each in enquiries for item in each.needs],
        now=now,
    )
    plan.new = [item for item in plan.new if item.source_id not in seen]
    seen.update(item.source_id for item in plan.new)
    return plan


def plan_items(
    model: type[Offering] | type[Need],
    wanted: Sequence[Wanted],
    *,
    may_close: bool = False,
    now: datetime,
) -> ItemPlan:
    """The items that are not there yet, those that stand in the list again or with another text,
    and, with `may_close`, those that the list no longer names. A firm for which it names nothing
    keeps its items: blanks never erase."""
    plan = ItemPlan(model)
    there = _items_of(model, {company.pk for company, _language, _item in wanted})
    new: dict[tuple[UUID, str], Any] = {}
    for company, language, item in wanted:
        key = (company.pk, item.source_id)
        if (old := there.get(key)) is None:
            text = {f"title_{language}": item.title, f"text_{language}": item.text}
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
        elif old.state == ItemState.CLOSED or text_of(old, "text") != item.text:
            name = f"text_{old.language}"
            before = {STAMP: old.updated_at, "state": old.state, name: getattr(old, name)}
            setattr(old, name, item.text)
            old.state = ItemState.OPEN
            old.updated_at = now
            plan.changed.append((old, before))
    plan.new = list(new.values())
    if may_close:
        kept = {(company.pk, item.source_id) for company, _language, item in wanted}
        for key, old in there.items():
            if key not in kept and old.state == ItemState.OPEN:
                plan.gone.append((old, {STAMP: old.updated_at, "state": old.state}))
                old.state = ItemState.CLOSED
                old.updated_at = now
    return plan


def text_of(item: Item, field: str) -> str:
    return str(getattr(item, f"{field}_{item.language}"))


def _items_of(
    model: type[Offering] | type[Need], companies: Collection[UUID]
) -> dict[tuple[UUID, str], Any]:
    found = model._default_manager.filter(company__in=companies).exclude(source_id="")
    return {(item.company_id, item.source_id): item for item in found}


class _Present:
    """The firms that are here already, found by number, then by list entry, then by name."""

    def __init__(self, companies: Iterable[Company]) -> None:
        self.by_number: dict[str, Company] = {}
        self.by_entry: dict[str, Company] = {}
        self.by_name: dict[str, list[Company]] = defaultdict(list)
        for company in companies:
            self.add(company)

    def add(self, company: Company) -> None:
        # A closed firm counts by its list entry alone: no list brings it back. One that another
        # has absorbed counts by its number as well, so that no list brings it in once more.
        if company.state == CompanyState.MERGED and company.official_number:
            self.by_number.setdefault(company.official_number, company)
        if company.state not in GONE:
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


def _fill(company: Company, values: dict[str, Any], *, may_overwrite: bool) -> dict[str, Any]:
    """Set what the list tells; blanks of the list never erase. Returns {field: old value}."""
    before = {}
    for name in FIELDS:
        value, old = values[name], getattr(company, name)
        if value in ("", None) or value == old or (old not in ("", None) and not may_overwrite):
            continue
        before[name] = old
        setattr(company, name, value)
    return before


def _region_ids(names: Iterable[str], *, country: str) -> dict[str, int]:
    """{what the list says: region of the firms' country}: a region's label, its old name, the
    beginning of one ("서울"), or an address that begins with one."""
    regions = Region.objects.filter(country=country).values_list("pk", "label_ko", "label_ja")
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
