"""Shapes of what staff write down and ask about one match."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from matching.choices import Side

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
