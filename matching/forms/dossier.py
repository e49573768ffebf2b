"""Shapes of what staff write down and ask about one match."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from matching.choices import QuestionKind, Side
from matching.rules import FAULTS, question_faults

MATCH = "match"


class NoteForm(forms.Form):
    """A note on the match, or on one of its firms: then it stands in all the firm's matches."""

    about = forms.ChoiceField(
        label=_("About"), choices=[(MATCH, _("this match")), *Side.choices], initial=MATCH
    )
    text = forms.CharField(
        label=_("Note"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        help_text=_("Only staff of the association read it."),
    )

    def __init__(self, *args: Any, firms: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if firms:
            names = [(side, firms[side]) for side in Side.values]
            self.fields["about"].choices = [(MATCH, _("this match")), *names]  # type: ignore[attr-defined]


class NoteTextForm(forms.Form):
    text = forms.CharField(
        label=_("Note"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )


class AskForm(forms.Form):
    """A question to one of the firms; the coded ones need no words."""

    side = forms.ChoiceField(label=_("Whom"), choices=Side.choices, widget=forms.RadioSelect)
    kind = forms.ChoiceField(
        label=_("About what"), choices=QuestionKind.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("Own wording, in your language"),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=1000,
        help_text=_("The firm must not learn of the other one, nor that there is a match."),
    )
    words_of_firm = forms.CharField(
        label=_("The same in the firm's language"),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=1000,
        help_text=_("If this is blank, the firm reads your own words as they are."),
    )

    def __init__(self, *args: Any, firms: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if firms:
            self.fields["side"].choices = [  # type: ignore[attr-defined]
                (side, firms[side]) for side in Side.values
            ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        told = {name: cleaned.get(name, "") for name in ("kind", "words", "words_of_firm")}
        for name, code in question_faults(**told).items():
            if name not in self.errors:
                self.add_error(name, FAULTS[code])
        return cleaned


class QuestionAnswerForm(forms.Form):
    answer = forms.CharField(
        label=_("Your answer"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        help_text=_("In Korean, Japanese or English. Only the association reads it."),
    )
