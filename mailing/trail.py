"""What the audit trail tells of mails (see `common.trail`)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.trail import Label, Named, Noun
from mailing.choices import Category, Decision, Frequency, MessageState, SuppressionReason
from mailing.models import Message


def _messages(rows: "models.QuerySet[Message]") -> Iterable[tuple[Any, Named]]:
    for mail in rows.only("pk", "subject", "language"):
        yield (
            mail.pk,
            Named(mail.subject, reverse("mailing:message", args=[mail.pk]), mail.language),
        )


def _addresses(rows: "models.QuerySet[Any]") -> Iterable[tuple[Any, Named]]:
    for row in rows:
        yield row.pk, Named(row.address)


def _preferences(rows: "models.QuerySet[Any]") -> Iterable[tuple[Any, Named]]:
    for row in rows.select_related("user"):
        yield row.pk, Named(str(row.user))


def _announcements(rows: "models.QuerySet[Any]") -> Iterable[tuple[Any, Named]]:
    for row in rows:
        language = next(iter(row.languages), "")
        yield row.pk, Named(str(row), language=language)


NOUNS: Final = {
    "mailing.message": Noun(_("mail"), _messages),
    "mailing.suppression": Noun(_("mail address"), _addresses),
    "mailing.mailpreference": Noun(_("choice of mails"), _preferences),
    "mailing.announcement": Noun(_("news by mail"), _announcements),
}
VERBS: Final[Mapping[str, Label]] = {
    "address.suppressed": _("address not written to any more"),
    "address.resumed": _("address written to again"),
    "announcement.sent": _("news sent"),
    "announcement.stopped": _("news stopped"),
    "message.settled": _("decided about a mail that went wrong"),
    "preference.changed": _("choice of mails changed"),
}
FACTS: Final[Mapping[str, Label]] = {
    "category": _("Kind of mail"),
    "frequency": _("How often"),
    "cancelled": _("Mails taken back"),
}
WORDS: Final[Mapping[str, Mapping[str, Label]]] = {
    "category": dict(Category.choices),
    "frequency": {**dict(Frequency.choices), "none": _("none")},
    "address.reason": dict(SuppressionReason.choices),
    "message.reason": dict(Decision.choices),
    "message.was": dict(MessageState.choices),
}
