"""What the audit trail tells of the taxonomy (see `common.trail`)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.localisation import pick
from common.trail import Label, Named, Noun
from taxonomy.models import Concept


def _concepts(rows: "models.QuerySet[Concept]") -> Iterable[tuple[Any, Named]]:
    for concept in rows:
        text, language = pick(concept, "label")
        yield (
            concept.pk,
            Named(text, reverse("taxonomy:concept_edit", args=[concept.code]), language),
        )


NOUNS: Final = {"taxonomy.concept": Noun(_("concept of the taxonomy"), _concepts)}
VERBS: Final[Mapping[str, Label]] = {
    "concept.created": _("concept added"),
    "concept.edited": _("concept changed"),
}
FACTS: Final[Mapping[str, Label]] = {"code": _("Code"), "kind": _("Kind"), "revision": _("Change")}
