"""Which changes of a run are shown."""

from django import forms
from django.utils.translation import gettext_lazy as _

from matching.choices import ChangeCause, ChangeKind, Direction


class RunChangeForm(forms.Form):
    kind = forms.ChoiceField(choices=ChangeKind.choices, required=False, widget=forms.HiddenInput)
    cause = forms.ChoiceField(
        label=_("Why"), choices=[("", _("All reasons")), *ChangeCause.choices], required=False
    )
    direction = forms.ChoiceField(
        label=_("Direction"),
        choices=[("", _("Both directions")), *Direction.choices],
        required=False,
    )

    @property
    def wanted(self) -> dict[str, str]:
        """What is asked for; nonsense asks for nothing."""
        told = self.cleaned_data if self.is_valid() else {}
        return {
            "kind": told.get("kind") or ChangeKind.CAME.value,
            "cause": told.get("cause", ""),
            "direction": told.get("direction", ""),
        }
