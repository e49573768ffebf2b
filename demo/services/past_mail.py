"""The mails of the past: most are taken back, those that somebody will look at go out."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from demo.logins import DEMO_LOGINS
from mailing.choices import MessageState
from mailing.models import Message
from mailing.services import cancel_messages

STILL_NEWS: Final = timedelta(days=9)


def cancel_past_mail(*, now: datetime) -> int:
    """Cancel what waits about old affairs of others; return how many mails that were.

    The story writes every mail, but no server was there to take it at its time. What is recent,
    or belongs to a match or firm of a demo log-in, stays in the outbox: the worker delivers it
    when the demo starts. The rest says honestly that it was never sent.
    """
    waiting = Message.objects.filter(state=MessageState.QUEUED).exclude(context_key="").order_by()
    wanted = Q(to__in=[login.email for login in DEMO_LOGINS]) | Q(created_at__gte=now - STILL_NEWS)
    kept = waiting.filter(wanted).values("context_key")
    keys = waiting.exclude(context_key__in=kept).values_list("context_key", flat=True).distinct()
    return sum(cancel_messages(context_key=key, now=now) for key in list(keys))
