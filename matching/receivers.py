"""What companies tell of: matching listens, because companies may not know of it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import person_erased, staff_left
from companies.models import Block, Company, CompanyMerge, Item, Need, Offering
from companies.services.merge_journal import Journal
from companies.signals import (
    company_entered,
    company_erased,
    company_left,
    firms_merged,
    firms_parted,
    firms_unmerged,
    import_reverted,
    import_reverting,
    item_changed,
    item_closed,
    items_changed,
    merge_built_on,
)
from matching import services
from matching.locks import Lock, hold
from matching.models import Introduction, StaffNote, StaffQuestion
from matching.services import merging


@receiver(item_changed, dispatch_uid="matching")
def on_item_changed(sender: type[Item], item_id: UUID, now: datetime, **kwargs: Any) -> None:
    company_id = sender.objects.get(pk=item_id).company_id
    on_items_changed(sender, {item_id: company_id}, now)


@receiver(items_changed, dispatch_uid="matching")
def on_items_changed(
    sender: type[Item], companies: Mapping[UUID, UUID], now: datetime, **kwargs: Any
) -> None:
    services.mark_stale(item_type=sender, item_ids=companies.keys())
    services.request_rematches(company_ids=set(companies.values()), now=now)


@receiver(company_entered, dispatch_uid="matching")
def on_company_entered(company_id: UUID, now: datetime, **kwargs: Any) -> None:
    services.request_rematch(company_id=company_id, now=now)


@receiver(item_closed, dispatch_uid="matching")
def on_item_closed(sender: type[Item], item_id: UUID, now: datetime, **kwargs: Any) -> None:
    services.withdraw_item(item_type=sender, item_id=item_id, now=now)


@receiver(company_left, dispatch_uid="matching")
def on_company_left(company_id: UUID, reason: str, now: datetime, **kwargs: Any) -> None:
    services.withdraw_company(company_id=company_id, reason=reason, now=now)


@receiver(firms_merged, dispatch_uid="matching")
def on_firms_merged(merge: CompanyMerge, journal: Journal, now: datetime, **kwargs: Any) -> None:
    merging.settle_merge(merge=merge, journal=journal, now=now)


@receiver(merge_built_on, dispatch_uid="matching")
def on_merge_built_on(merge: CompanyMerge, **kwargs: Any) -> list[tuple[str, int]]:
    return merging.built_on(merge)


@receiver(firms_unmerged, dispatch_uid="matching")
def on_firms_unmerged(merge: CompanyMerge, now: datetime, **kwargs: Any) -> None:
    merging.tell_unmerged(merge=merge, now=now)


@receiver(person_erased, dispatch_uid="matching")
def on_person_erased(user: User, **kwargs: Any) -> None:
    """Nobody is named in an introduction any more; what was answered stays the firm's."""
    Introduction.objects.filter(buyer_contact=user).update(buyer_contact=None)
    Introduction.objects.filter(seller_contact=user).update(seller_contact=None)


@receiver(company_erased, dispatch_uid="matching")
def on_company_erased(company_id: UUID, **kwargs: Any) -> None:
    """Items that never met another are gone with their firm; the others stay for the other side.

    So are the notes on it and what it was asked and answered.
    """
    StaffNote.objects.filter(company=company_id).delete()
    StaffQuestion.objects.filter(company=company_id).delete()
    for model in (Need, Offering):
        model._default_manager.filter(company=company_id, matches=None).delete()


@receiver(firms_parted, dispatch_uid="matching")
def on_firms_parted(
    sender: type[Block], company_id: UUID, blocked_id: UUID, now: datetime, **kwargs: Any
) -> None:
    services.withdraw_pair(company_id=company_id, other_id=blocked_id, now=now)


@receiver(import_reverting, dispatch_uid="matching")
def on_import_reverting(**kwargs: Any) -> None:
    """No run writes a match with an item that is about to go."""
    hold(Lock.PROPOSALS)


@receiver(import_reverted, dispatch_uid="matching")
def on_import_reverted(company_ids: Collection[UUID], now: datetime, **kwargs: Any) -> None:
    """Proposals went with their items: what the firms have left takes their places."""
    there = Company.objects.matchable().filter(pk__in=company_ids).order_by("pk")
    for company_id in there.values_list("pk", flat=True):
        services.request_rematch(company_id=company_id, now=now)


@receiver(staff_left, dispatch_uid="matching")
def on_staff_left(user: User, now: datetime, **kwargs: Any) -> None:
    services.hand_back(user=user, now=now)
