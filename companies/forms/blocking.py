"""Whom a firm never wants to meet."""

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.choices import BlockReason


class BlockSearchForm(forms.Form):
    q = forms.CharField(label=_("Name or official number"), max_length=100, required=False)


class BlockForm(forms.Form):
    """The firm that was found, and why; nobody outside one's own firm learns the reason."""

    firm = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=_("Reason, for yourselves"),
        choices=[("", _("not said")), *BlockReason.choices],
        required=False,
    )
