"""Whether what we write arrives, and how fast it leaves."""

from typing import Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from insights.definitions.kinds import Breakdown, Figure, Group, Measure, Section, Source, Text
from mailing.choices import MessageState, SuppressionReason

_ROWS: Final = Source.MAILS


def _state(code: str, label: Text, counted: Text, *states: str) -> Figure:
    return Figure(code, label, counted, _ROWS, where=Q(state__in=states))


OUTBOX: Final = (
    Figure("mail_written", _("mails written"), _("Mails of all kinds that were written."), _ROWS),
    _state(
        "mail_sent",
        _("mails sent"),
        _("Mails that the mail server or the provider took."),
        MessageState.SENT,
    ),
    _state(
        "mail_waiting",
        _("mails waiting"),
        _("Mails that wait for their time, or are being handed over."),
        MessageState.QUEUED,
        MessageState.SENDING,
    ),
    _state(
        "mail_uncertain",
        _("mails of uncertain fate"),
        _("Mails of which nobody knows whether they were taken; a person has to decide."),
        MessageState.UNCERTAIN,
    ),
    _state(
        "mail_failed",
        _("mails failed"),
        _("Mails that could not be handed over."),
        MessageState.FAILED,
    ),
    _state(
        "mail_suppressed",
        _("mails to refused addresses"),
        _("Mails that were not sent because the address had refused them or does not work."),
        MessageState.SUPPRESSED,
    ),
    _state(
        "mail_cancelled",
        _("mails cancelled"),
        _("Mails that were taken back before they went out."),
        MessageState.CANCELLED,
    ),
)
STANDING: Final = tuple(figure.code for figure in OUTBOX[1:])

AFTERWARDS: Final = (
    Figure(
        "mail_delivered",
        _("delivered, as the provider says"),
        _("Mails of which the provider told that they arrived."),
        _ROWS,
        where=Q(delivered_at__isnull=False),
    ),
    Figure(
        "mail_bounced",
        _("came back"),
        _("Mails of which the provider told that the address does not work."),
        _ROWS,
        where=Q(is_bounced=True),
    ),
    Figure(
        "mail_complained",
        _("called unwanted"),
        _("Mails that their recipients called unwanted, as the provider told."),
        _ROWS,
        where=Q(is_complained=True),
    ),
    Figure(
        "mail_bounced_share",
        _("came back, of all written"),
        _("The mails that came back out of all mails written."),
        _ROWS,
        Measure.SHARE,
        part="mail_bounced",
        of="mail_written",
    ),
    Figure(
        "mail_complained_share",
        _("called unwanted, of all written"),
        _("The mails called unwanted out of all mails written."),
        _ROWS,
        Measure.SHARE,
        part="mail_complained",
        of="mail_written",
    ),
    Figure(
        "mail_unsubscribed",
        _("addresses unsubscribed"),
        _("Addresses whose person refused one category of mail, and has not taken that back."),
        Source.REFUSALS,
        where=Q(reason=SuppressionReason.UNSUBSCRIBED),
    ),
    Figure(
        "mail_dead",
        _("addresses that do not work"),
        _("Addresses that are not written to any more because mails came back."),
        Source.REFUSALS,
        where=Q(reason__in=[SuppressionReason.BOUNCED, SuppressionReason.COMES_BACK]),
    ),
)
_DELAY: Final = _(
    "The time from the moment a mail might go out to its hand-over to the mail server, of the mails"
    " sent."
)
_DELAYED: Final = Q(state=MessageState.SENT, delay__isnull=False)
SPEED: Final = (
    Figure(
        "mail_delay_median",
        _("until handed over, median"),
        _DELAY,
        _ROWS,
        Measure.MEDIAN,
        _DELAYED,
        "delay",
    ),
    Figure(
        "mail_delay_p90",
        _("until handed over, 9 of 10 within"),
        _DELAY,
        _ROWS,
        Measure.P90,
        _DELAYED,
        "delay",
    ),
)
FIGURES: Final = (*OUTBOX, *AFTERWARDS, *SPEED)
_SHOWN: Final = ("mail_written", "mail_sent", "mail_failed", "mail_uncertain", "mail_bounced")

GROUP: Final = Group(
    "mail",
    _("Mail"),
    _(
        "Whether mails arrive. Whether somebody opens a mail is not tracked: no picture is loaded"
        " and no link is counted."
    ),
    (
        Section(_("Outbox"), tuple(figure.code for figure in OUTBOX)),
        Section(_("What came back"), tuple(figure.code for figure in AFTERWARDS)),
        Section(_("How fast"), tuple(figure.code for figure in SPEED)),
    ),
    (
        Breakdown("month", _("By month"), _SHOWN, "line"),
        Breakdown("day", _("By day, the last 31 of the range"), _SHOWN, "line"),
        Breakdown("kind", _("By kind"), _SHOWN, ""),
        Breakdown("language", _("By language"), _SHOWN),
    ),
)
