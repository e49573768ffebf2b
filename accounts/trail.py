"""What the audit trail tells of people (see `common.trail`)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.choices import ConsentEnd, ConsentKind, ConsentWay, StaffRole
from accounts.models import Consent, User
from common.trail import Label, Named, Noun


def _people(rows: "models.QuerySet[User]") -> Iterable[tuple[Any, Named]]:
    for user in rows:
        yield user.pk, Named(user.display_name)


def _consents(rows: "models.QuerySet[Consent]") -> Iterable[tuple[Any, Named]]:
    for consent in rows.select_related("user"):
        yield consent.pk, Named(f"{consent.user.display_name} · {consent.get_kind_display()}")


def _exports(rows: "models.QuerySet[Any]") -> Iterable[tuple[Any, Named]]:
    for export in rows.select_related("user"):
        yield export.pk, Named(export.user.display_name)


NOUNS: Final = {
    "accounts.user": Noun(_("person"), _people, StaffRole.ADMINISTRATOR),
    "accounts.consent": Noun(_("consent"), _consents, StaffRole.ADMINISTRATOR),
    "accounts.dataexport": Noun(_("copy of data"), _exports, StaffRole.ADMINISTRATOR),
}
VERBS: Final[Mapping[str, Label]] = {
    "account.opened": _("account opened"),
    "account.erasure_asked": _("erasure of the account asked for"),
    "account.erasure_cancelled": _("erasure called off"),
    "account.erased": _("person erased"),
    "audit.exported": _("audit trail exported"),
    "consent.given": _("consent given"),
    "consent.renewed": _("consent renewed"),
    "consent.withdrawn": _("consent withdrawn"),
    "consent.ended": _("consent ended, not being renewed"),
    "export.asked": _("copy of data asked for"),
    "export.downloaded": _("copy of data downloaded"),
    "staff.appointed": _("staff role given"),
}
FACTS: Final[Mapping[str, Label]] = {
    "reason": _("Reason"),
    "kind": _("Kind"),
    "wording": _("Wording"),
    "scope": _("Whose data"),
    "role": _("Role"),
    "was": _("Before"),
    "before": _("Before"),
    "user": _("Number of the person"),
    "how": _("How"),
    "way": _("How"),
    "format": _("Format"),
    "filters": _("Filters"),
    "rows": _("Rows"),
}
WORDS: Final[Mapping[str, Mapping[str, Label]]] = {
    "consent.kind": dict(ConsentKind.choices),
    "consent.way": dict(ConsentWay.choices),
    "consent.ended_by": dict(ConsentEnd.choices),
    "staff.role": {**dict(StaffRole.choices)},
    "staff.was": {**dict(StaffRole.choices)},
    "scope": {"person": _("the person's own"), "firm": _("the firm's")},
}
