"""Two records of one firm become one, with all that hangs on them; and apart again."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged
from common.transitions import move
from companies.choices import GONE, CompanySource, CompanyState, ImportState
from companies.mails import write_merged, write_unmerged
from companies.models import Company, CompanyMerge
from companies.services import merge_journal
from companies.services.merge_journal import Journal
from companies.services.merge_rules import RULES, Merging, keys_to_company, stays
from companies.services.registration import set_name_key
from companies.signals import company_entered, firms_merged, firms_unmerged, merge_built_on

# What the staff choose for each: the survivor's value or the absorbed record's.
CHOSEN: Final = (
    *("official_number", "name_ko", "name_ja", "name_en", "name_kana"),
    *("website", "region", "address", "founded_on", "representative", "employees"),
    *("industry", "stock_code", "about_ko", "about_ja", "about_en", "has_partner_experience"),
    *("introductions_per_month", "is_name_hidden"),
)
UNDER_WAY: Final = (ImportState.CHECKING, ImportState.QUEUED, ImportState.RUNNING)


@dataclass(frozen=True, slots=True)
class MergePreview:
    """`changes`: {(model, what): how many rows}, with what moved, joined, was removed or ended."""

    changes: Counter[tuple[str, str]]


class MergeBuiltOn(RuleViolated):
    """`found`: {code: how many} of what has come of the merge since."""

    def __init__(self, found: Mapping[str, int]) -> None:
        super().__init__(_("Something was built on this merge since."))
        self.found = dict(found)


def merge_obstacle(survivor: Company, absorbed: Company) -> Any:
    """Why the two cannot be put together this way round; empty when they can."""
    states = {survivor.state, absorbed.state}
    if survivor.pk == absorbed.pk:
        return _("A firm cannot be merged with itself.")
    if survivor.country != absorbed.country:
        return _("Firms of two countries are two firms.")
    if states & set(GONE):
        return _("One of the two is closed or merged already.")
    if CompanyState.SUSPENDED in states:
        return _("End the suspension first: a merge must not hide it.")
    if absorbed.state == CompanyState.VERIFIED and survivor.state != CompanyState.VERIFIED:
        return _("The verified firm must be the one that stays.")
    if survivor.state == CompanyState.UNCLAIMED and absorbed.state != CompanyState.UNCLAIMED:
        return _("The firm that people have registered must be the one that stays.")
    if CompanySource.ASSOCIATION in (survivor.source, absorbed.source):
        return _("An account of the association is no firm.")
    return ""


def preview_merge(
    *, survivor: Company, absorbed: Company, fields: Mapping[str, str], actor: User, now: datetime
) -> MergePreview:
    """What `merge_companies` would do, found by doing it and taking it back."""
    journal = Journal()
    with transaction.atomic():
        merge_companies(
            survivor=survivor,
            absorbed=absorbed,
            fields=fields,
            note="",
            actor=actor,
            journal=journal,
            now=now,
        )
        transaction.set_rollback(True)
    changes = Counter((change["row"], _kind_of(change)) for change in journal.changes)
    changes.update(journal.told)
    return MergePreview(changes)


def merge_companies(
    *,
    survivor: Company,
    absorbed: Company,
    fields: Mapping[str, str],
    note: str,
    actor: User,
    journal: Journal | None = None,
    now: datetime,
) -> CompanyMerge:
    """Put `absorbed` into `survivor`: people, items, matches, papers and all else move there.

    `fields`: {field of CHOSEN: "absorbed"} for the values to take from the absorbed record; the
    survivor keeps its own otherwise. The absorbed record stays, in the state `merged`, with its
    history; its address leads to the survivor. Matches that the two now have twice, with
    themselves or with a firm either has blocked are withdrawn. Everybody of both firms is told.
    Can be undone until `undo_until`. Raises RuleViolated (`merge_obstacle`, or an import of either
    is under way) and StateChanged when somebody was first.
    """
    with transaction.atomic():
        survivor, absorbed = _locked(survivor.pk, absorbed.pk)
        if absorbed.state == CompanyState.MERGED or survivor.state == CompanyState.MERGED:
            raise StateChanged(_("Somebody has merged this firm already."), state=absorbed.state)
        if obstacle := merge_obstacle(survivor, absorbed):
            raise RuleViolated(obstacle)
        if any(firm.imports.filter(state__in=UNDER_WAY).exists() for firm in (survivor, absorbed)):
            raise RuleViolated(_("An import of one of the firms is under way. Wait for its end."))
        came = {member.user_id for member in absorbed.memberships.all()}
        journal = journal or Journal()
        merging = Merging(survivor, absorbed, journal, actor, now)
        taken = {name: getattr(absorbed, name) for name in CHOSEN if fields.get(name) == "absorbed"}
        with journal.watching(absorbed):
            move(
                absorbed,
                to=CompanyState.MERGED,
                allowed=dict.fromkeys(CompanyState.values, (CompanyState.MERGED,)),
                merged_into=survivor,
                renewal_asked_at=None,
            )
        _take(merging, taken)
        for key, (model, field) in sorted(keys_to_company().items()):
            # A test sees to it that every key has a rule.
            RULES.get(key, stays)(merging, model, field)
        merge = CompanyMerge(
            survivor=survivor,
            absorbed=absorbed,
            note=note,
            by=actor,
            at=now,
            undo_until=now + timedelta(days=settings.MERGE_UNDO_DAYS),
        )
        firms_merged.send(sender=CompanyMerge, merge=merge, journal=journal, now=now)
        merge.changes = journal.changes
        merge.save(force_insert=True)
        _renew_search(survivor, absorbed)
        for firm in (survivor, absorbed):
            audit.record(
                "company.merged",
                firm,
                actor=actor,
                now=now,
                survivor=str(survivor.pk),
                absorbed=str(absorbed.pk),
                taken=sorted(taken),
            )
        if survivor.state == CompanyState.VERIFIED:
            company_entered.send(sender=Company, company_id=survivor.pk, now=now)
        write_merged(merge, came=came, now=now)
    return merge


def undo_merge(*, merge: CompanyMerge, actor: User, now: datetime) -> CompanyMerge:
    """Put everything back as it was before the merge, and tell everybody.

    Raises StateChanged when it was undone or the time is over, MergeBuiltOn when rows of the
    merge have changed since or something has come of them.
    """
    with transaction.atomic():
        survivor, absorbed = _locked(merge.survivor_id, merge.absorbed_id)
        merge = CompanyMerge.objects.select_for_update(of=("self",)).get(pk=merge.pk)
        if not merge.may_be_undone(now):
            raise StateChanged(_("This merge can no longer be undone."))
        if found := what_was_built(merge):
            raise MergeBuiltOn(found)
        try:
            with transaction.atomic():
                merge_journal.put_back(merge.changes)
        except IntegrityError as error:
            raise MergeBuiltOn({"number": 1}) from error
        _renew_search(survivor, absorbed)
        merge.undone_at, merge.undone_by = now, actor
        merge.save(update_fields=["undone_at", "undone_by"])
        for firm in (survivor, absorbed):
            firm.refresh_from_db()
            audit.record("company.unmerged", firm, actor=actor, now=now)
            if firm.state == CompanyState.VERIFIED:
                company_entered.send(sender=Company, company_id=firm.pk, now=now)
        merge.survivor, merge.absorbed = survivor, absorbed
        firms_unmerged.send(sender=CompanyMerge, merge=merge, now=now)
        write_unmerged(merge, now=now)
    return merge


def what_was_built(merge: CompanyMerge) -> dict[str, int]:
    """{row's model or a higher app's code: how many}, what keeps the merge from being undone."""
    found = merge_journal.moved_on(merge.changes)
    for _receiver, told in merge_built_on.send(sender=CompanyMerge, merge=merge):
        found.update(dict(cast(list[tuple[str, int]], told)))
    return dict(+found)


def _locked(survivor_id: UUID, absorbed_id: UUID) -> tuple[Company, Company]:
    """Both firms, held in the order in which everybody holds firms."""
    rows = Company.objects.select_for_update(no_key=True).filter(pk__in=(survivor_id, absorbed_id))
    firms = {firm.pk: firm for firm in rows.order_by("pk")}
    return firms[survivor_id], firms[absorbed_id]


def _renew_search(*firms: Company) -> None:
    """The database writes the search rows of firms that are touched; a row that has moved touches
    only the firm that it moved to."""
    Company.objects.filter(pk__in=[firm.pk for firm in firms]).update(state=F("state"))


def _take(merging: Merging, taken: dict[str, Any]) -> None:
    """The survivor takes over the chosen values, and its name's key with them."""
    survivor = merging.survivor
    if not taken:
        return
    for name, value in taken.items():
        setattr(survivor, name, value)
    set_name_key(survivor)
    mine = Company.objects.filter(pk=survivor.pk)
    try:
        with transaction.atomic():
            merging.journal.update(mine, **taken, name_key=survivor.name_key)
    except IntegrityError as error:
        raise RuleViolated(_("The merged firm would have no name, or a number twice.")) from error
    survivor.refresh_from_db()


def _kind_of(change: dict[str, Any]) -> str:
    """What happened to a row, as the preview words it."""
    if change["before"] is None:
        return "added"
    if change["after"] is None:
        return "removed"
    after = change["after"]
    if "company_id" in after or "blocked_id" in after:
        return "moved"
    return str(after.get("state", "changed"))
