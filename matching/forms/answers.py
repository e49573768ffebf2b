"""Shapes of what firms answer and tell."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.choices import ConsentKind
from accounts.wording import WORDINGS
from matching.choices import AnswerKind, DeclineReason
from matching.rules import FAULTS, answer_faults


class AnswerForm(forms.Form):
    """One of three answers; a decline needs a coded reason. The consent is asked for, unticked,
    only from a person who has not given it, and the answer counts without it as well. `seen`
    names the answer the page was made with."""

    kind = forms.ChoiceField(
        label=_("Your answer"), choices=AnswerKind.choices, widget=forms.RadioSelect
    )
    reason = forms.ChoiceField(
        label=_("Reason, if you decline"),
        choices=DeclineReason.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("The other firm is told this reason, so that it can do better."),
        error_messages={"invalid_choice": FAULTS["reason_missing"]},
    )
    note = forms.CharField(
        label=_("In your own words"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only the association reads this, unless you allow more below."),
    )
    is_note_shared = forms.BooleanField(label=_("The other firm may read my words"), required=False)
    raises_limits = forms.BooleanField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    consent = forms.BooleanField(required=False)

    def __init__(self, *args: Any, asks_consent: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if asks_consent:
            self.fields["consent"].label = str(WORDINGS[ConsentKind.CROSS_BORDER].sentence)
        else:
            del self.fields["consent"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "reason" not in self.errors:
            faults = answer_faults(kind=cleaned.get("kind", ""), reason=cleaned["reason"])
            for name, code in faults.items():
                self.add_error(name, FAULTS[code])
        return cleaned
