"""The secret address of a person's calendar: made, made anew, shut."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated
from dialogue.models import CalendarFeed


@transaction.atomic
def open_feed(*, user: User, now: datetime) -> CalendarFeed:
    """A new address; every earlier one is void from now on."""
    feed, is_first = CalendarFeed.objects.get_or_create(user=user, defaults={"made_at": now})
    if not is_first:
        CalendarFeed.objects.filter(pk=feed.pk).update(
            version=F("version") + 1, is_open=True, made_at=now
        )
        feed.refresh_from_db()
    audit.record("calendar.opened", user, actor=user, now=now)
    return feed


@transaction.atomic
def shut_feed(*, user: User, now: datetime) -> None:
    """The address leads nowhere from now on. Raises RuleViolated when there is none."""
    if not CalendarFeed.objects.filter(user=user, is_open=True).update(is_open=False):
        raise RuleViolated(_("There is no calendar address to shut."))
    audit.record("calendar.shut", user, actor=user, now=now)
