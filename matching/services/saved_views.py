"""Saved views of the review queue: filters under a name, one's own or everybody's."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated
from common.permissions import require
from matching.models import DefaultView, SavedView
from matching.permissions import can_change_view, can_share_views

# More would be no help, and each is counted.
MOST_VIEWS: Final = 30


def save_view(
    *, name: str, query: Mapping[str, str], is_shared: bool, owner: User, now: datetime
) -> SavedView:
    """Keep a filter under a name; one of the owner's with that name is replaced.

    Raises RuleViolated without a name or above MOST_VIEWS, PermissionDenied when somebody below
    supervisor shares.
    """
    if not name.strip():
        raise RuleViolated(_("Give the view a name."))
    if is_shared:
        require(can_share_views(owner))
    own = SavedView.objects.filter(owner=owner)
    if own.count() >= MOST_VIEWS and not own.filter(name=name.strip()).exists():
        raise RuleViolated(
            _("You have %(number)s views already. Remove one first.") % {"number": MOST_VIEWS}
        )
    with transaction.atomic():
        view, _is_new = SavedView.objects.update_or_create(
            owner=owner,
            name=name.strip(),
            defaults={"query": dict(query), "is_shared": is_shared, "created_at": now},
        )
        audit.record("review_view.saved", view, actor=owner, now=now, is_shared=is_shared)
    return view


def share_view(*, view: SavedView, is_shared: bool, actor: User, now: datetime) -> SavedView:
    """Show the view to everybody, or to its owner alone again. Who had it as their default keeps
    none then."""
    require(can_share_views(actor))
    with transaction.atomic():
        SavedView.objects.filter(pk=view.pk).update(is_shared=is_shared)
        if not is_shared:
            DefaultView.objects.filter(view=view).exclude(user=view.owner_id).delete()
        view.is_shared = is_shared
        audit.record("review_view.shared", view, actor=actor, now=now, is_shared=is_shared)
    return view


def remove_view(*, view: SavedView, actor: User, now: datetime) -> None:
    """Remove an own view, or as a supervisor a shared one."""
    require(can_change_view(actor, view))
    with transaction.atomic():
        audit.record("review_view.removed", view, actor=actor, now=now, name=view.name)
        view.delete()


def set_default_view(*, view: SavedView | None, user: User) -> None:
    """The queue of `user` opens with this view; None: with everything."""
    if view is None:
        DefaultView.objects.filter(user=user).delete()
        return
    try:
        with transaction.atomic():
            DefaultView.objects.update_or_create(user=user, defaults={"view": view})
    except IntegrityError:
        raise RuleViolated(_("This view has just been removed.")) from None
