"""What the audit trail tells of people (see `common.trail`)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.choices import ConsentEnd, ConsentKind, ConsentWay, StaffRole
from accounts.models import Consent, StaffInvitation, User
from common.trail import Label, Named, Noun


def _people(rows: "models.QuerySet[User]") -> Iterable[tuple[Any, Named]]:
    for user in rows:
        page = (
            "" if user.erased_at or user.is_system else reverse("accounts:person", args=[user.pk])
        )
        yield user.pk, Named(user.display_name, page)


def _consents(rows: "models.QuerySet[Consent]") -> Iterable[tuple[Any, Named]]:
    for consent in rows.select_related("user"):
        yield (
            consent.pk,
            Named(
                f"{consent.user.display_name} · {consent.get_kind_display()}",
                reverse("accounts:consent_proof", args=[consent.pk]),
            ),
        )


def _exports(rows: "models.QuerySet[Any]") -> Iterable[tuple[Any, Named]]:
    for export in rows.select_related("user"):
        yield export.pk, Named(export.user.display_name)


def _invitations(rows: "models.QuerySet[StaffInvitation]") -> Iterable[tuple[Any, Named]]:
    for invitation in rows:
        yield invitation.pk, Named(invitation.email)


NOUNS: Final = {
    "accounts.user": Noun(_("person"), _people, StaffRole.ADMINISTRATOR),
    "accounts.consent": Noun(_("consent"), _consents, StaffRole.ADMINISTRATOR),
    "accounts.staffinvitation": Noun(
        _("invitation of staff"), _invitations, StaffRole.ADMINISTRATOR
    ),
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
    "register.exported": _("consent register exported"),
    "session.ended": _("session ended by an administrator"),
    "staff.appointed": _("staff role given"),
    "staff.invited": _("invited to work for the association"),
    "staff.invitation_withdrawn": _("invitation of staff withdrawn"),
    "staff.joined": _("began to work for the association"),
    "staff.role_changed": _("staff role changed"),
    "staff.role_ended": _("staff role ended"),
    "staff.deactivated": _("account switched off"),
    "staff.reactivated": _("account switched on again"),
    "staff.work_handed_back": _("work in hand given back"),
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
    "sessions": _("Sessions"),
    "matches": _("Matches"),
}
WORDS: Final[Mapping[str, Mapping[str, Label]]] = {
    "consent.kind": dict(ConsentKind.choices),
    "consent.way": dict(ConsentWay.choices),
    "consent.ended_by": dict(ConsentEnd.choices),
    "staff.role": {**dict(StaffRole.choices)},
    "staff.was": {**dict(StaffRole.choices)},
    "scope": {"person": _("the person's own"), "firm": _("the firm's")},
}
