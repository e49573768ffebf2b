"""What the audit trail tells of counts of the market and of what staff do about its gaps."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.formatting import moment_text
from common.trail import Label, Named, Noun
from insights.choices import ApproachResult, ApproachWay
from insights.models import Approach, GapReport, TradeUpload


def _reports(rows: "models.QuerySet[GapReport]") -> Iterable[tuple[Any, Named]]:
    for report in rows.only("pk", "requested_at"):
        yield report.pk, Named(moment_text(report.requested_at), reverse("insights:gaps"))


def _approaches(rows: "models.QuerySet[Approach]") -> Iterable[tuple[Any, Named]]:
    for approach in rows.select_related("company"):
        path = reverse("insights:approach", args=[approach.pk])
        yield approach.pk, Named(approach.company.display_name, path, "zxx")


def _trade_files(rows: "models.QuerySet[TradeUpload]") -> Iterable[tuple[Any, Named]]:
    for upload in rows.only("pk", "source", "retrieved_on"):
        yield upload.pk, Named(str(upload), reverse("insights:trade"), "zxx")


NOUNS: Final = {
    "insights.gapreport": Noun(_("count of the supply gaps"), _reports),
    "insights.approach": Noun(_("approach to a firm"), _approaches),
    "insights.tradeupload": Noun(_("file of trade statistics"), _trade_files),
}
VERBS: Final[Mapping[str, Label]] = {
    "gap_report.requested": _("count of the supply gaps requested"),
    "approach.recorded": _("approach to an unclaimed firm recorded"),
    "trade_file.checked": _("file of trade statistics checked"),
    "trade_file.used": _("file of trade statistics put to use"),
    "approach.settled": _("result of an approach recorded"),
}
FACTS: Final[Mapping[str, Label]] = {
    "way": _("Way"),
    "goods": _("Goods"),
    "result": _("Result"),
    "file": _("File"),
    "figures": _("Figures"),
    "bad_rows": _("Bad rows"),
}
WORDS: Final[Mapping[str, Mapping[str, Label]]] = {
    "approach.way": dict(ApproachWay.choices),
    "approach.result": dict(ApproachResult.choices),
}
