"""Filters of the supply gap map."""

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.choices import RiskReason
from insights.choices import GoodsLevel
from insights.queries.gaps import Wanted
from matching.choices import Direction
from taxonomy.models import Sector


class GapFilterForm(forms.Form):
    """A GET form: a filter that makes no sense is passed over, the others count."""

    q = forms.CharField(label=_("Goods or HS code"), required=False, max_length=100)
    level = forms.ChoiceField(label=_("View"), choices=GoodsLevel.choices, required=False)
    sector = forms.ModelChoiceField(
        Sector.objects.all(), label=_("Sector"), required=False, empty_label=_("all sectors")
    )
    direction = forms.ChoiceField(
        label=_("Direction"), choices=[("", _("both")), *Direction.choices], required=False
    )
    risk = forms.ChoiceField(
        label=_("Risk"), choices=[("", _("any")), *RiskReason.choices], required=False
    )
    single = forms.BooleanField(label=_("Single-sourced only"), required=False)
    covered = forms.BooleanField(label=_("Also goods without a gap"), required=False)

    def wanted(self) -> Wanted:
        self.is_valid()
        given = self.cleaned_data
        return Wanted(
            level=given.get("level") or GoodsLevel.CONCEPT,
            sector=given.get("sector"),
            direction=given.get("direction", ""),
            risk=given.get("risk", ""),
            is_single=given.get("single", False),
            with_covered=given.get("covered", False),
            q=given.get("q", "").strip(),
        )
