"""What the audit trail tells of tokens (see `common.trail`)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.choices import StaffRole
from api.choices import ExportKind, Scope
from api.models import Export, System, Token
from common.trail import Label, Named, Noun


def _tokens(rows: "models.QuerySet[Token]") -> Iterable[tuple[Any, Named]]:
    for token in rows.only("pk", "name", "hint"):
        page = f"{reverse('tokens:uses')}?token={token.pk}"
        yield token.pk, Named(str(token), page, "zxx")


def _systems(rows: "models.QuerySet[System]") -> Iterable[tuple[Any, Named]]:
    for system in rows.select_related("user"):
        yield system.pk, Named(system.user.name, reverse("tokens:system", args=[system.pk]), "zxx")


def _exports(rows: "models.QuerySet[Export]") -> Iterable[tuple[Any, Named]]:
    for export in rows.only("pk", "kind", "began_at"):
        yield export.pk, Named(str(ExportKind(export.kind).label))


NOUNS: Final = {
    "api.token": Noun(_("token"), _tokens, StaffRole.ADMINISTRATOR),
    "api.system": Noun(_("system"), _systems, StaffRole.ADMINISTRATOR),
    "api.export": Noun(_("export"), _exports),
}
VERBS: Final[Mapping[str, Label]] = {
    "token.issued": _("token issued"),
    "token.revoked": _("token revoked"),
    "token.rotated": _("token given a new key"),
    "system.made": _("system taken in"),
    "system.changed": _("system changed"),
    "uses.exported": _("log of uses exported"),
    "export.begun": _("export begun"),
    "export.completed": _("export taken along whole"),
    "export.broken": _("export broken off"),
}
FACTS: Final[Mapping[str, Label]] = {
    "scopes": _("What it may be used for"),
    "networks": _("Networks it may come from"),
    "until": _("Valid until"),
    "by_token": _("By the token"),
    "by_token_id": _("Number of the token"),
    "encoding": _("Encoding"),
    "substituted": _("Substituted signs"),
}
WORDS: Final[Mapping[str, Mapping[str, Label]]] = {
    "scopes": dict(Scope.choices),
    "export.kind": dict(ExportKind.choices),
}
