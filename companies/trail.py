"""What the audit trail tells of firms and their items (see `common.trail`)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.localisation import pick
from common.trail import Label, Named, Noun
from companies.choices import (
    ItemState,
    MemberRole,
    ProofKind,
    Registry,
    RegistryOutcome,
    ReturnReason,
)
from companies.models import Company, ImportJob
from companies.wording import COMPANY_EVENTS


def _firms(rows: "models.QuerySet[Company]") -> Iterable[tuple[Any, Named]]:
    for firm in rows:
        text, language = pick(firm, "name")
        yield (
            firm.pk,
            Named(text, reverse("companies:verification_detail", args=[firm.pk]), language),
        )


def _items(rows: "models.QuerySet[Any]") -> Iterable[tuple[Any, Named]]:
    """An item has no page of its own for staff: its firm's shows it."""
    for item in rows:
        text, language = pick(item, "title")
        page = reverse("companies:verification_detail", args=[item.company_id])
        yield item.pk, Named(text, page, language)


def _imports(rows: "models.QuerySet[ImportJob]") -> Iterable[tuple[Any, Named]]:
    for job in rows.only("pk", "filename"):
        page = reverse("companies:import_detail", args=[job.pk])
        yield job.pk, Named(job.filename, page, "zxx")


def _of_item(word: str) -> dict[str, Label]:
    return {
        f"{word}.created": _("item added"),
        f"{word}.edited": _("item changed"),
        f"{word}.renewed": _("item renewed"),
        f"{word}.translated": _("item translated by machine"),
        f"{word}.translation_confirmed": _("machine translation confirmed"),
        f"{word}.{ItemState.OPEN}": _("item opened"),
        f"{word}.{ItemState.CLOSED}": _("item closed"),
    }


NOUNS: Final = {
    "companies.company": Noun(_("company"), _firms),
    "companies.offering": Noun(_("offering"), _items),
    "companies.need": Noun(_("need"), _items),
    "companies.importjob": Noun(_("import"), _imports),
}
VERBS: Final[Mapping[str, Label]] = {
    **COMPANY_EVENTS,
    "company.invited": _("a person was invited to join"),
    "company.invitation_withdrawn": _("an invitation was withdrawn"),
    "company.member_added": _("a member joined"),
    "company.closed": _("closed"),
    "company.reopened": _("opened again"),
    "company.erased": _("erased, the time to reopen being up"),
    **_of_item("offering"),
    **_of_item("need"),
    "import.started": _("import started"),
    "import.cancelled": _("import cancelled"),
    "import.finished": _("import finished"),
    "import.revert_asked": _("taking an import back asked for"),
    "import.reverted": _("import taken back"),
    "import.downloaded": _("file of an import downloaded"),
}
FACTS: Final[Mapping[str, Label]] = {
    "changed": _("What was changed"),
    "certification": _("Certification"),
    "blocked": _("Number of the other firm"),
    "invitation": _("Number of the invitation"),
    "registry": _("Public register"),
    "outcome": _("Answer"),
    "domain": _("Domain"),
    "file": _("File"),
    "created": _("Added"),
    "updated": _("Changed"),
    "into": _("Into the language"),
    "until": _("Until"),
    "why": _("Reason in words"),
    "of_rest": _("Only what nothing is built on"),
    "kept": _("Rows kept"),
    "survivor": _("Number of the firm that stays"),
    "absorbed": _("Number of the firm that goes"),
    "taken": _("Taken from the firm that goes"),
}
WORDS: Final[Mapping[str, Mapping[str, Label]]] = {
    "company.reason": dict(ReturnReason.choices),
    "company.role": dict(MemberRole.choices),
    "company.was": dict(MemberRole.choices),
    "company.kind": dict(ProofKind.choices),
    "registry": dict(Registry.choices),
    "company.outcome": dict(RegistryOutcome.choices),
    "changed": {
        str(field.name): field.verbose_name
        for field in Company._meta.concrete_fields
        if not isinstance(field.verbose_name, str)
    },
}
