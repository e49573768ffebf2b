"""Shapes of a policy as supervisors write it: per cent in, shares out."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from matching.choices import Criterion
from matching.models import MatchPolicy

_PERCENT: Final = (
    "min_score",
    "min_confidence",
    "min_product",
    "auto_approve_above",
    "four_eyes_above",
)
_NUMBERS: Final = ("top_k", "introductions_limit", "seats_limit", "review_days")
_ABOVE: Final = ("auto_approve_above", "four_eyes_above")  # blank: off
_LABELS: Final[dict[str, Any]] = {
    "min_score": _("Lowest score (%)"),
    "min_confidence": _("Lowest confidence (%)"),
    "min_product": _("Lowest product fit (%)"),
    "top_k": _("Proposals for a need"),
    "introductions_limit": _("Introductions a month at most"),
    "seats_limit": _("Suppliers for a need at most"),
    "auto_approve_above": _("Approve automatically from this score (%)"),
    "four_eyes_above": _("Two reviewers from this value (%)"),
    "review_days": _("Business days to decide"),
}
_HELP: Final[dict[str, Any]] = {
    "min_product": _("Below it two items are about different things."),
    "introductions_limit": _("Blank: what each firm has set itself. Never more than that."),
    "seats_limit": _("Blank: what each need says itself. Never more than that."),
    "auto_approve_above": _("Leave it blank so that a person decides about every match."),
    "four_eyes_above": _("Value is score times confidence. Blank: one reviewer is enough."),
}


def _scaled(name: str, value: Any) -> Any:
    """What the form shows of a setting."""
    return value if value is None or name not in _PERCENT else f"{round(value * 100, 2):g}"


class PolicyForm(forms.Form):
    """A draft policy: a weight for each criterion, thresholds in per cent, limits."""

    name = forms.CharField(label=_("Name"), max_length=80)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in (*_PERCENT, *_NUMBERS):
            field = MatchPolicy._meta.get_field(name)
            least = 0 if name in _PERCENT and name not in _ABOVE else 1
            kind = forms.FloatField if name in _PERCENT else forms.IntegerField
            self.fields[name] = kind(
                label=_LABELS[name],
                help_text=_HELP.get(name, ""),
                min_value=least,
                max_value=60 if name == "review_days" else 100,
                required=not field.blank,  # type: ignore[union-attr]
            )
        for name in Criterion.values:
            self.fields[f"weight_{name}"] = forms.FloatField(
                label=Criterion(name).label,
                min_value=0,
                max_value=100,
                widget=forms.NumberInput(attrs={"data-slide": "", "step": "any"}),
            )

    @classmethod
    def initial_of(cls, policy: MatchPolicy) -> dict[str, Any]:
        """A policy as the form shows it."""
        shown = {name: _scaled(name, getattr(policy, name)) for name in (*_PERCENT, *_NUMBERS)}
        scale = 100 / max(1.0, *policy.weights.values())
        weights = {
            f"weight_{name}": f"{round(policy.weights.get(name, 0.0) * scale, 4):g}"
            for name in Criterion.values
        }
        return {"name": policy.name, "revision": policy.revision, **shown, **weights}

    def weight_fields(self) -> list[Any]:
        return [self[f"weight_{name}"] for name in Criterion.values]

    def threshold_fields(self) -> list[Any]:
        return [self[name] for name in ("min_score", "min_confidence", "min_product", "top_k")]

    def limit_fields(self) -> list[Any]:
        return [self[name] for name in ("introductions_limit", "seats_limit")]

    def review_fields(self) -> list[Any]:
        return [self[name] for name in (*_ABOVE, "review_days")]

    @property
    def settings(self) -> dict[str, Any]:
        """What was given, as a policy says it; call it on a valid form."""
        given = self.cleaned_data
        weights = {name: round(given[f"weight_{name}"] / 100, 6) for name in Criterion.values}
        shares = {
            name: None if given[name] is None else round(given[name] / 100, 4) for name in _PERCENT
        }
        return {"weights": weights, **shares, **{name: given[name] for name in _NUMBERS}}


class ActivateForm(forms.Form):
    """`is_untested`: the policy was not simulated as it is on these data; then it is asked for."""

    reason = forms.CharField(label=_("Reason"), max_length=300)
    revision = forms.IntegerField(widget=forms.HiddenInput)
    instead_of = forms.IntegerField(widget=forms.HiddenInput)
    is_known = forms.BooleanField(
        label=_("I activate it although its effect on the present data is not known."),
        required=False,
    )

    def __init__(self, *args: Any, is_untested: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_untested:
            self.fields["is_known"].required = True
        else:
            del self.fields["is_known"]
