"""The present call of a conversation as one side sees it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from common.localisation import active_language
from dialogue.calendars import DayNote, upcoming_notes, warnings
from dialogue.choices import CallState, ProposalState
from dialogue.models import Call, Proposal, Slot, Thread
from dialogue.models.call import CURRENT
from matching.choices import Side

HOLIDAYS_SHOWN = timedelta(days=62)


@dataclass(frozen=True, slots=True)
class SlotView:
    slot: Slot
    warnings: list[str]
    is_over: bool


@dataclass(frozen=True, slots=True)
class CallView:
    """`proposal` waits for an answer: ours (`is_own`) or theirs. Either part may be missing."""

    call: Call | None
    is_agreed: bool
    is_cancelled: bool
    proposal: Proposal | None
    is_own: bool
    slots: list[SlotView]

    @property
    def can_be_accepted(self) -> bool:
        return any(not view.is_over for view in self.slots)


def call_view(thread: Thread, side: Side | None, *, now: datetime) -> CallView:
    """The current call, else the latest one."""
    calls = Call.objects.filter(thread=thread)
    call = calls.filter(state__in=CURRENT).first() or calls.first()
    proposal = (
        call.proposals.filter(state=ProposalState.OPEN).prefetch_related("slots").first()
        if call
        else None
    )
    return CallView(
        call=call,
        is_agreed=call is not None and call.state == CallState.AGREED,
        is_cancelled=call is not None
        and call.state == CallState.CANCELLED
        and call.starts_at is not None
        and call.starts_at > now,
        proposal=proposal,
        is_own=proposal is not None and proposal.side == side,
        slots=[
            SlotView(
                slot,
                warnings(slot.starts_at, proposal.minutes, active_language()),
                slot.starts_at <= now,
            )
            for slot in proposal.slots.all()
        ]
        if proposal
        else [],
    )


def holidays_ahead(now: datetime) -> list[DayNote]:
    """The public holidays of both countries in the next two months."""
    first = timezone.localdate(now)
    return list(upcoming_notes(first, HOLIDAYS_SHOWN.days, active_language()))
