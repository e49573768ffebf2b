"""Shapes of what reviewers ask of the queue: filters, views under a name, many at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.choices import StaffRole
from accounts.models import User
from matching.choices import Direction, RejectReason
from matching.forms.review import RejectForm
from matching.models import MatchPolicy
from matching.queries.queue import FOLDERS, Wanted
from matching.rules import FAULTS
from taxonomy.models import Sector

AGES = (1, 3, 7, 14, 30)


def score_choices() -> list[tuple[str, str]]:
    """Asked for at each rendering: a lazy text with a figure in it would be fixed at import."""
    steps = [(str(n), gettext("%(score)s and above") % {"score": n}) for n in (50, 60, 70, 80, 90)]
    return [("", gettext("Any score")), *steps]


def policy_choices() -> list[tuple[str, str]]:
    found = MatchPolicy.objects.only("version", "name")
    return [("", gettext("Any policy")), *((str(each.version), str(each)) for each in found)]


def age_choices() -> list[tuple[str, str]]:
    steps = [
        (str(n), ngettext("%(n)s day and more", "%(n)s days and more", n) % {"n": n}) for n in AGES
    ]
    return [("", gettext("Any age")), *steps]


def reviewers() -> list[User]:
    """The staff, by name."""
    found = User.objects.filter(is_active=True, is_system=False).exclude(staff_role=StaffRole.NONE)
    return sorted(found, key=lambda user: (user.display_name, user.pk))


def assigned_choices() -> list[tuple[str, str]]:
    return [
        ("", gettext("Mine and nobody’s")),
        ("me", gettext("Mine")),
        ("nobody", gettext("Nobody’s")),
        ("anybody", gettext("Everybody’s")),
        *((str(user.pk), user.display_name) for user in reviewers()),
    ]


class ReviewFilterForm(forms.Form):
    """All fields optional: the address of a filtered queue can be kept and shared."""

    folder = forms.ChoiceField(choices=list(FOLDERS.items()), required=False)
    q = forms.CharField(label=_("Firm or title"), required=False, max_length=100)
    sector = forms.ModelChoiceField(
        label=_("Sector"),
        queryset=Sector.objects.all(),
        to_field_name="code",
        required=False,
        empty_label=_("All sectors"),
    )
    direction = forms.ChoiceField(
        label=_("Direction"),
        choices=[("", _("Both directions")), *Direction.choices],
        required=False,
    )
    min_score = forms.TypedChoiceField(
        label=_("Score"),
        choices=score_choices,
        coerce=int,
        empty_value=None,
        required=False,
    )
    policy = forms.TypedChoiceField(label=_("Policy"), coerce=int, empty_value=None, required=False)
    age = forms.TypedChoiceField(
        label=_("Waiting for"), choices=age_choices, coerce=int, empty_value=None, required=False
    )
    assigned = forms.ChoiceField(label=_("Assigned"), required=False)
    late = forms.BooleanField(label=_("Only late ones"), required=False)
    firm = forms.UUIDField(required=False, widget=forms.HiddenInput)

    #: What a person sees and sets; the folder travels along.
    SHOWN = ("q", "sector", "direction", "min_score", "policy", "age", "assigned", "late")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Once for a form: a callable would be asked, and its rows read, at each use.
        for name, choices in (("policy", policy_choices()), ("assigned", assigned_choices())):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices

    def wanted(self) -> Wanted:
        """The filter; a field that makes no sense is as if it were blank."""
        self.is_valid()
        values = self.cleaned_data
        sector = values.get("sector")
        return Wanted(
            folder=values.get("folder") or "queue",
            sector=sector.code if sector else "",
            direction=values.get("direction", ""),
            min_score=values.get("min_score") or 0,
            policy=values.get("policy"),
            age=values.get("age") or 0,
            firm=values.get("firm"),
            assigned=values.get("assigned", ""),
            is_late=values.get("late", False),
            q=values.get("q", ""),
        )

    def shown_fields(self) -> list[Any]:
        return [self[name] for name in self.SHOWN]


def query_of(data: Mapping[str, str]) -> dict[str, str]:
    """The fields of the filter form that are set and make sense, as they stand in an address."""
    if not any(data.get(name) for name in ReviewFilterForm.base_fields):
        return {}
    form = ReviewFilterForm(data)
    form.is_valid()
    return {name: str(data[name]) for name, value in form.cleaned_data.items() if value}


def wanted_of(data: Mapping[str, str]) -> Wanted:
    """What an address asks of the queue; without filters no choices are read for it."""
    if not any(data.get(name) for name in ReviewFilterForm.base_fields if name != "folder"):
        folder = data.get("folder", "")
        return Wanted(folder=folder if folder in FOLDERS else "queue")
    return ReviewFilterForm(data).wanted()


@dataclass(frozen=True)
class FilterWords:
    """Filters as a person reads them; the choices are read once for any number of filters."""

    form: ReviewFilterForm

    @cached_property
    def _choices(self) -> dict[str, dict[str, str]]:
        return {
            name: {str(key): str(label) for key, label in getattr(field, "choices", ())}
            for name, field in self.form.fields.items()
        }

    def of(self, query: Mapping[str, str]) -> list[str]:
        """“Sector: bio”, “Only late ones”."""
        words = []
        for name, value in query.items():
            if name not in self.form.fields or name == "folder":
                continue
            label = str(self.form.fields[name].label or "")
            if name == "late":
                words.append(label)
            elif name == "firm":
                words.append(gettext("One firm"))
            else:
                words.append(f"{label}: {self._choices[name].get(value, value)}")
        folder = query.get("folder", "queue")
        return [str(FOLDERS.get(folder, folder)), *words]


class SaveViewForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    is_shared = forms.BooleanField(label=_("For everybody"), required=False)


class SendBackForm(forms.Form):
    note = forms.CharField(
        label=_("What is to be looked at again"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
        error_messages={"required": FAULTS["note_missing"]},
    )


class BulkRejectForm(RejectForm):
    reason = forms.ChoiceField(label=_("Reason"), choices=RejectReason.choices)


class AssignForm(forms.Form):
    """To whom; blank gives the matches back to everybody."""

    reviewer = forms.ModelChoiceField(
        label=_("Reviewer"),
        queryset=User.objects.filter(is_active=True, is_system=False).exclude(
            staff_role=StaffRole.NONE
        ),
        required=False,
        empty_label=_("Nobody: back to everybody’s queue"),
    )
