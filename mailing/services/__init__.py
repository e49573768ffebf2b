"""Everything that writes to the outbox or to the list of refused addresses."""

from mailing.services.delivery import deliver_message, recover_stuck_messages
from mailing.services.outbox import cancel_messages, settle_message, write_message
from mailing.services.refusals import lift_suppression, refuse_mail, resume_mail, suppress

__all__ = [
    "cancel_messages",
    "deliver_message",
    "lift_suppression",
    "recover_stuck_messages",
    "refuse_mail",
    "resume_mail",
    "settle_message",
    "suppress",
    "write_message",
]
