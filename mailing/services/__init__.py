"""Everything that writes to the outbox or to the list of refused addresses."""

from mailing.services.delivery import deliver_message, recover_stuck_messages
from mailing.services.events import News, record_event
from mailing.services.outbox import cancel_messages, settle_message, write_message
from mailing.services.preferences import choose_match_mail
from mailing.services.refusals import LIFTABLE, lift_suppression, refuse_mail, resume_mail, suppress

__all__ = [
    "LIFTABLE",
    "News",
    "cancel_messages",
    "choose_match_mail",
    "deliver_message",
    "lift_suppression",
    "record_event",
    "recover_stuck_messages",
    "refuse_mail",
    "resume_mail",
    "settle_message",
    "suppress",
    "write_message",
]
