"""What people have typed and not sent: kept on the server until the form is sent or given up."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.errors import RuleViolated, StateChanged
from companies.models import FormDraft

KEPT_FOR: Final = timedelta(days=60)
# `typed_at` is reckoned from an age: on a slow network the same moment comes out so much earlier.
LEEWAY: Final = timedelta(seconds=5)
MOST_CHARACTERS: Final = 200_000
# Nobody has so many forms open; more would be somebody using us as a store.
MOST_DRAFTS: Final = 200


def keep_draft(
    *,
    user: User,
    key: str,
    fields: Mapping[str, Any],
    device: str,
    typed_at: datetime,
    now: datetime,
) -> FormDraft:
    """Keep what was typed at `typed_at`; of two devices the one that was typed on last wins.

    Raises RuleViolated for what is no form's content or too much of it, and StateChanged when a
    later draft is there.
    """
    if len(json.dumps(fields)) > MOST_CHARACTERS:
        raise RuleViolated(_("This is too much to be kept as a draft."))
    typed_at = min(typed_at, now)
    content = {
        "fields": dict(fields),
        "device": device,
        "typed_at": typed_at,
        "expires_at": now + KEPT_FOR,
    }
    with transaction.atomic():
        # One at a time for each person: two tabs that write at once do not both insert.
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        held = FormDraft.objects.filter(user=user)
        if (draft := held.filter(key=key).first()) is None:
            if held.count() >= MOST_DRAFTS:
                held.order_by("typed_at", "pk")[0].delete()
            return FormDraft.objects.create(user=user, key=key, **content)
        if draft.typed_at > typed_at + LEEWAY:
            raise StateChanged(_("Something newer was typed on another device."))
        for name, value in content.items():
            setattr(draft, name, value)
        draft.save()
    return draft


def forget_draft(*, user: User, key: str) -> None:
    """The form was sent, or its draft given up."""
    FormDraft.objects.filter(user=user, key=key).delete()


def forget_old_drafts(*, now: datetime) -> int:
    """Drop what nobody has come back to. Returns how many."""
    return FormDraft.objects.filter(expires_at__lte=now).delete()[0]
