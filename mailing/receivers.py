"""News that django-anymail has understood and whose sender it has checked."""

from typing import Any, Final

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.dispatch import receiver
from django.utils import timezone

from mailing.choices import EventKind
from mailing.services import News, record_event

KINDS: Final = {
    EventType.DELIVERED: EventKind.DELIVERED,
    EventType.BOUNCED: EventKind.CAME_BACK,
    EventType.DEFERRED: EventKind.CAME_BACK_FOR_NOW,
    EventType.COMPLAINED: EventKind.COMPLAINED,
    EventType.UNSUBSCRIBED: EventKind.REFUSED,
    EventType.REJECTED: EventKind.NOT_SENT,
    EventType.FAILED: EventKind.NOT_SENT,
}
# What says that the address itself does not work; a policy or a virus filter does not.
DEAD: Final = (RejectReason.BOUNCED, RejectReason.INVALID, None)
# Postmark's word for a full mailbox, which anymail does not tell from a dead one.
SOFT: Final = ("SoftBounce",)


@receiver(tracking)
def hear(sender: Any, event: AnymailTrackingEvent, esp_name: str, **kwargs: Any) -> None:
    kind = KINDS.get(event.event_type)
    if kind is None:
        return
    if kind == EventKind.CAME_BACK and (event.reject_reason not in DEAD or _is_soft(event)):
        kind = EventKind.CAME_BACK_FOR_NOW
    now = timezone.now()
    news = News(
        provider=esp_name,
        key=event.event_id or "",
        kind=kind,
        message_id=event.message_id or "",
        recipient=event.recipient or "",
        at=event.timestamp or now,
        detail=event.mta_response or event.description or "",
    )
    record_event(news=news, now=now)


def _is_soft(event: AnymailTrackingEvent) -> bool:
    return isinstance(event.esp_event, dict) and event.esp_event.get("Type") in SOFT
