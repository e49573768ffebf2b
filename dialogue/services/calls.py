"""Agreeing on a call: times are proposed, one is accepted, and everybody is told."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged
from common.transitions import move
from dialogue import call_mails
from dialogue.calendars import working_day_before
from dialogue.choices import (
    CALL_HORIZON,
    CALL_SLOTS,
    CALL_STEP,
    CALL_TRANSITIONS,
    PROPOSAL_TRANSITIONS,
    CallLength,
    CallPlace,
    CallState,
    ProposalState,
)
from dialogue.models import Call, Proposal, Slot, Thread
from dialogue.models.call import CURRENT
from dialogue.permissions import closed_because
from matching.choices import Side

OVERTAKEN = _("These times were answered or replaced in the meantime. See below what holds now.")
REMINDER_AT = time(9)
# No row of days off is longer than this.
LONGEST_BREAK = timedelta(days=14)


def propose_call(
    *,
    thread: Thread,
    side: Side,
    by: User,
    slots: Sequence[datetime],
    minutes: int,
    place: str,
    url: str = "",
    now: datetime,
) -> Proposal:
    """Propose one to three times to the other side, which is told by mail.

    What was proposed before, by either side, can no longer be accepted; an agreed time holds
    until another one is accepted. Proposing the same again changes nothing. Raises RuleViolated
    for times that are past, too far ahead or not on the half hour, and for a link that is no
    web address.
    """
    if reason := closed_because(thread):
        raise RuleViolated(reason)
    wanted = _checked(slots, now)
    if minutes not in CallLength or place not in CallPlace:
        raise RuleViolated(_("Choose how long the call takes and where it is held."))
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise RuleViolated(_("The link has to begin with http:// or https://."))
    with transaction.atomic():
        Thread.objects.select_for_update().get(pk=thread.pk)
        _end_past_calls(thread, now)
        call = Call.objects.select_for_update().filter(thread=thread, state__in=CURRENT).first()
        if call is None:
            call = Call.objects.create(thread=thread, minutes=minutes, created_at=now)
        open_one = call.proposals.filter(state=ProposalState.OPEN).first()
        if open_one is not None:
            same = (open_one.side, open_one.minutes, open_one.place, open_one.url) == (
                side,
                minutes,
                place,
                url,
            )
            if same and [slot.starts_at for slot in open_one.slots.all()] == wanted:
                return open_one
            move(open_one, to=ProposalState.REPLACED, allowed=PROPOSAL_TRANSITIONS)
        proposal = Proposal.objects.create(
            call=call, side=side, by=by, minutes=minutes, place=place, url=url, created_at=now
        )
        Slot.objects.bulk_create(Slot(proposal=proposal, starts_at=each) for each in wanted)
        audit.record("call.proposed", thread.match, actor=by, now=now, call=str(call.pk))
        call_mails.write_proposed(proposal, now=now)
    return proposal


def accept_slot(*, slot: Slot, side: Side, by: User, now: datetime) -> Call:
    """Agree to one proposed time; both sides get it for their calendars.

    Of several people who accept at once, or while other times are being proposed, one wins; the
    others get StateChanged, with a sentence. Accepting the agreed time again changes nothing.
    """
    with transaction.atomic():
        proposal = Proposal.objects.select_related("call").get(pk=slot.proposal_id)
        call = Call.objects.select_for_update().get(pk=proposal.call_id)
        proposal.refresh_from_db()
        if proposal.side == side:
            raise RuleViolated(_("The other firm chooses among the times you proposed."))
        if proposal.state == ProposalState.ACCEPTED and call.starts_at == slot.starts_at:
            return call
        if slot.starts_at <= now:
            raise StateChanged(_("This time is over. Propose others."))
        if proposal.state != ProposalState.OPEN or call.state not in CURRENT:
            raise StateChanged(OVERTAKEN)
        move(proposal, to=ProposalState.ACCEPTED, allowed=PROPOSAL_TRANSITIONS)
        was_agreed = call.state == CallState.AGREED
        move(
            call,
            to=CallState.AGREED,
            allowed=CALL_TRANSITIONS,
            starts_at=slot.starts_at,
            minutes=proposal.minutes,
            place=proposal.place,
            url=proposal.url,
            sequence=call.sequence + was_agreed,
            agreed_at=now,
            reminded_at=None,
        )
        audit.record("call.agreed", call.thread.match, actor=by, now=now, call=str(call.pk))
        call_mails.write_agreed(call, was_agreed=was_agreed, now=now)
    return call


def cancel_call(*, call: Call, side: Side, by: User, now: datetime) -> Call:
    """Call off what was proposed or agreed; who had it in the calendar is told."""
    with transaction.atomic():
        call = Call.objects.select_for_update().get(pk=call.pk)
        was_agreed = call.state == CallState.AGREED
        move(
            call,
            to=CallState.CANCELLED,
            allowed=CALL_TRANSITIONS,
            sequence=call.sequence + 1,
            cancelled_at=now,
        )
        call.proposals.filter(state=ProposalState.OPEN).update(state=ProposalState.CANCELLED)
        audit.record("call.cancelled", call.thread.match, actor=by, now=now, call=str(call.pk))
        call_mails.write_cancelled(call, side=side, was_agreed=was_agreed, now=now)
    return call


def remind_of_calls(*, now: datetime) -> int:
    """From 9 o'clock of the last working day before a call, one mail to both sides; how many calls.

    A call that was agreed after that hour needs no reminder.
    """
    coming = Call.objects.filter(
        state=CallState.AGREED,
        reminded_at=None,
        starts_at__gt=now,
        starts_at__lte=now + LONGEST_BREAK,
    )
    reminded = 0
    for call in coming.order_by("starts_at", "pk"):
        due = reminder_at(call)
        if due > now:
            continue
        with transaction.atomic():
            claimed = Call.objects.filter(
                pk=call.pk, state=CallState.AGREED, reminded_at=None, sequence=call.sequence
            ).update(reminded_at=now)
            if claimed and call.agreed_at is not None and call.agreed_at < due:
                call_mails.write_reminder(call, now=now)
                reminded += 1
    return reminded


def end_calls(*, now: datetime) -> int:
    """Agreed calls whose time is over are over."""
    return _end_past_calls(None, now)


def reminder_at(call: Call) -> datetime:
    if call.starts_at is None:
        raise ValueError("No time is agreed.")
    day = working_day_before(timezone.localtime(call.starts_at).date())
    return timezone.make_aware(datetime.combine(day, REMINDER_AT))


def _end_past_calls(thread: Thread | None, now: datetime) -> int:
    begun = Call.objects.filter(state=CallState.AGREED, starts_at__lte=now)
    if thread is not None:
        begun = begun.filter(thread=thread)
    over = [call.pk for call in begun if call.ends_at is not None and call.ends_at <= now]
    Proposal.objects.filter(call__in=over, state=ProposalState.OPEN).update(
        state=ProposalState.CANCELLED
    )
    return Call.objects.filter(pk__in=over, state=CallState.AGREED).update(state=CallState.HELD)


def _checked(slots: Sequence[datetime], now: datetime) -> list[datetime]:
    wanted = sorted(set(slots))
    if not 1 <= len(wanted) <= CALL_SLOTS:
        raise RuleViolated(_("Propose one to %(most)s times.") % {"most": CALL_SLOTS})
    for starts_at in wanted:
        if starts_at <= now:
            raise RuleViolated(_("Choose a time that is still to come."))
        if starts_at > now + CALL_HORIZON:
            raise RuleViolated(_("Choose a time within the next six months."))
        if starts_at.minute % (CALL_STEP.seconds // 60) or starts_at.second:
            raise RuleViolated(_("Calls begin on the hour or the half hour."))
    return wanted
