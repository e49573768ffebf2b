"""What readers of the audit trail ask it."""

from collections import defaultdict
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.queries.trail import TrailFilter
from common.trail import Label, vocabulary

Choices = list[tuple[Any, Any]]


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class TrailForm(forms.Form):
    """A filter that cannot be read is said so and left out; the others hold."""

    who = forms.CharField(label=_("Person: name or e-mail"), required=False, max_length=100)
    verb = forms.ChoiceField(label=_("What was done"), required=False)
    object_type = forms.ChoiceField(label=_("Kind of object"), required=False)
    since = day_field(_("From (day)"))
    until = day_field(_("To (day)"))
    words = forms.CharField(label=_("Words in reason and details"), required=False, max_length=100)
    by_system = forms.BooleanField(label=_("Only by the system itself"), required=False)
    person = forms.IntegerField(required=False, widget=forms.HiddenInput)
    object_id = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, hidden_kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = vocabulary()
        kinds = [
            (kind, noun.label) for kind, noun in known.nouns.items() if kind not in hidden_kinds
        ]
        self.fields["object_type"].choices = [("", _("all")), *sorted(kinds, key=_by_label)]  # type: ignore[attr-defined]
        self.fields["verb"].choices = [("", _("all")), *_grouped_verbs()]  # type: ignore[attr-defined]

    @property
    def wanted(self) -> TrailFilter:
        self.is_valid()
        return TrailFilter(**{name: value for name, value in self.cleaned_data.items() if value})


def _grouped_verbs() -> Choices:
    """By the verb's noun, which is a group of the list; both in the reader's order."""
    groups: dict[str, Choices] = defaultdict(list)
    for verb, label in vocabulary().verbs.items():
        groups[verb.partition(".")[0]].append((verb, label))
    return [
        (GROUPS.get(noun, noun), sorted(verbs, key=_by_label)) for noun, verbs in groups.items()
    ]


def _by_label(choice: tuple[Any, Any]) -> str:
    return str(choice[1])


GROUPS: Final[dict[str, Label]] = {
    "account": _("account"),
    "audit": _("audit trail"),
    "consent": _("consent"),
    "export": _("copy of data"),
    "staff": _("staff"),
    "session": _("log-ins"),
    "register": _("consent register"),
    "address": _("mail address"),
    "announcement": _("news by mail"),
    "message": _("mail"),
    "preference": _("choice of mails"),
    "concept": _("concept of the taxonomy"),
    "company": _("company"),
    "offering": _("offering"),
    "need": _("need"),
    "import": _("import"),
    "match": _("match"),
    "question": _("question about an outcome"),
    "policy": _("matching policy"),
    "run": _("matching run"),
    "note": _("note"),
    "thread": _("conversation"),
    "call": _("call"),
    "token": _("token"),
    "system": _("system"),
    "uses": _("uses of tokens"),
}
