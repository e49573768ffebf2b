"""Never again: asked privately, with or without the reason."""

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.choices import BlockReason


class BlockMatchForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Reason, for yourselves"),
        choices=[("", _("not said")), *BlockReason.choices],
        required=False,
        help_text=_("The other firm learns neither the reason nor that it is on your list."),
    )
