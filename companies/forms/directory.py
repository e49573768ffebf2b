"""The directory's search box and filters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from common.formatting import number_text
from companies.choices import CompanyState, Cooperation
from companies.searching import Search
from taxonomy.choices import Country
from taxonomy.models import Certification, Named, Region, Sector

EMPLOYEES: Final = {
    "1": _("1 to 49"),
    "50": _("50 to 299"),
    "300": _("300 to 999"),
    "1000": _("1,000 and more"),
}


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a filter; `key`: what its firms are counted by."""

    value: str
    label: Any
    key: str


class DirectoryForm(forms.Form):
    """A GET form: a filter that makes no sense is passed over, the others count.

    `sees_details`: certificates and sizes may be asked for. `is_staff`: firms in any state, and
    what they need.
    """

    q = forms.CharField(label=_("Firm or product"), required=False, max_length=100)
    country = forms.ChoiceField(label=_("Country"), required=False)
    sector = forms.ChoiceField(label=_("Sector"), required=False)
    region = forms.ChoiceField(label=_("Region"), required=False)
    cooperation = forms.ChoiceField(label=_("Cooperation type"), required=False)
    certification = forms.ChoiceField(label=_("Certification"), required=False)
    employees = forms.ChoiceField(label=_("Employees"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", CompanyState.VERIFIED.label), *CompanyState.choices],
        required=False,
    )
    side = forms.ChoiceField(
        label=_("Search in"),
        choices=[("offerings", _("what they supply")), ("needs", _("what they need"))],
        required=False,
    )
    sort = forms.ChoiceField(
        label=_("Order"),
        choices=[
            ("", _("best first")),
            ("name", _("by name")),
            ("verified", _("verified last")),
        ],
        required=False,
    )

    def __init__(self, *args: Any, sees_details: bool, is_staff: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not sees_details:
            del self.fields["certification"], self.fields["employees"]
        if not is_staff:
            del self.fields["state"], self.fields["side"]
        self.fields["q"].widget.attrs["type"] = "search"
        regions = sorted(Region.objects.all(), key=lambda region: (region.country, str(region)))
        self.options = {
            "country": (_("Both countries"), _plain(Country.choices)),
            "sector": (_("All sectors"), _rows(Sector.objects.all())),
            "region": (_("All regions"), _rows(regions)),
            "cooperation": (_("Any cooperation"), _plain(Cooperation.choices)),
        }
        if sees_details:
            certifications = sorted(Certification.objects.all(), key=str)
            self.options["certification"] = (_("Any certification"), _rows(certifications))
            self.options["employees"] = (_("Any size"), _plain(EMPLOYEES.items()))
        for name, (everything, options) in self.options.items():
            self._choices(name, [("", everything), *((each.value, each.label) for each in options)])

    def search(self) -> Search:
        """What is asked for, as far as it makes sense."""
        self.is_valid()
        asked = self.cleaned_data
        keys = {
            (name, option.value): option.key
            for name, (_everything, options) in self.options.items()
            for option in options
        }
        ids = {
            name: int(key)
            for name in ("sector", "region", "certification")
            if (key := keys.get((name, asked.get(name, ""))))
        }
        return Search(
            words=asked.get("q", ""),
            country=asked.get("country", ""),
            cooperation=asked.get("cooperation", ""),
            employees=asked.get("employees", ""),
            side=asked.get("side", "") or "offerings",
            state=asked.get("state", ""),
            sort=asked.get("sort", ""),
            sector=ids.get("sector"),
            region=ids.get("region"),
            certification=ids.get("certification"),
        )

    def show_counts(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Each choice says how many firms it would leave; one that would leave none is away,
        unless it is the one that is set."""
        for name, (everything, options) in self.options.items():
            chosen = self.cleaned_data.get(name, "")
            offered = [
                (each.value, f"{each.label} ({number_text(counts[name].get(each.key, 0))})")
                for each in options
                if counts[name].get(each.key) or each.value == chosen
            ]
            self._choices(name, [("", everything), *offered])

    def in_use(self) -> list[tuple[str, str]]:
        """(filter, the label of its choice), of those that are set."""
        return [
            (name, str(each.label))
            for name, (_everything, options) in self.options.items()
            for each in options
            if each.value == self.cleaned_data.get(name)
        ]

    def _choices(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        cast("forms.ChoiceField", self.fields[name]).choices = choices


def _plain(choices: Iterable[tuple[str, Any]]) -> list[Option]:
    return [Option(value, label, value) for value, label in choices]


def _rows(rows: Iterable[Named]) -> list[Option]:
    return [Option(row.code, str(row), str(row.pk)) for row in rows]
