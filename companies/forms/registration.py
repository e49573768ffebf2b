"""How a firm comes in: its official number first, then what staff must know to check it."""

from collections import defaultdict
from typing import Any, Final, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from companies.forms.fields import ConceptPicker
from companies.models import Company, Item
from companies.numbers import BadNumber, clean_number, country_of_number
from taxonomy.choices import Country
from taxonomy.models import Concept, Region, Sector

NUMBER_FAULTS: Final = {
    "length": {
        Country.KR: _("A Korean business registration number has 10 digits."),
        Country.JP: _("A Japanese corporate number has 13 digits."),
    },
    "check_digit": {
        Country.KR: _("This number does not add up: one of its digits is wrong."),
        Country.JP: _("This number does not add up: one of its digits is wrong."),
    },
}
NO_SHAPE: Final = _(
    "A Korean business registration number has 10 digits, a Japanese corporate number 13."
)
# Korea also has a corporate registration number of 13 digits; it is not asked for here.
WRONG_THIRTEEN: Final = _(
    "This is no Japanese corporate number: one of its digits is wrong. A Korean firm gives its "
    "business registration number of 10 digits."
)


def clean_official_number(raw: str, country: str) -> str:
    """The bare digits, or a ValidationError in the reader's language."""
    try:
        return clean_number(raw, country)
    except BadNumber as error:
        raise ValidationError(NUMBER_FAULTS[error.code][Country(country)]) from error


class OfficialNumberField(forms.CharField):
    """An official number of either country; the value is (country, bare digits)."""

    def __init__(self, **kwargs: Any) -> None:
        # Longer than the bare digits: people write hyphens, spaces and the T of an invoice number.
        kwargs.setdefault("max_length", 24)
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        raw = super().clean(value)
        if not raw:
            return None
        country = country_of_number(raw)
        if country is None:
            raise ValidationError(NO_SHAPE)
        try:
            return country, clean_number(raw, country)
        except BadNumber as error:
            is_long = country == Country.JP
            said = WRONG_THIRTEEN if is_long else NUMBER_FAULTS[error.code][country]
            raise ValidationError(said) from error


class NumberForm(forms.Form):
    """The official number alone, checked while the rest is still being typed."""

    official_number = OfficialNumberField()


class RegionField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """The regions of both countries, those of `first` first, each country under its name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Region.objects.all(), **kwargs)

    def group(self, *, first: str) -> None:
        """Arrange the options; without this they are one list."""
        of_country = defaultdict(list)
        for region in self.queryset or ():
            of_country[region.country].append((region.pk, str(region)))
        order = sorted(Country, key=lambda country: country != first)
        self.choices = [
            ("", "---------"),
            *((country.label, of_country[country]) for country in order),
        ]


class RegisterForm(forms.Form):
    """What must be known of a firm before staff can check it; all else can wait.

    The number says which country the firm is of, so nobody is asked.
    """

    official_number = OfficialNumberField(
        label=_("Official number"),
        help_text=_(
            "Korea: business registration number, 10 digits. Japan: corporate number, 13 digits."
        ),
    )
    name = forms.CharField(
        label=_("Legal name"),
        max_length=160,
        help_text=_("In Korean or Japanese, as it stands in the public register."),
        error_messages={"required": _("Give the firm's legal name in its own language.")},
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    sectors = forms.ModelMultipleChoiceField(
        label=_("Sectors"), queryset=Sector.objects.all(), widget=forms.CheckboxSelectMultiple
    )
    region = RegionField(label=_("Region"))
    about = forms.CharField(
        label=_("About the firm"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A few sentences, in your own language."),
    )
    name_en = forms.CharField(label=_("English name"), max_length=160, required=False)
    website = forms.URLField(
        label=_("Website"), max_length=300, required=False, assume_scheme="https"
    )
    is_another_firm = forms.BooleanField(
        label=_("My firm is another one that has the same name"), required=False
    )

    def __init__(self, *args: Any, language: str = "en", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(RegionField, self.fields["region"]).group(
            first=Country.JP if language == "ja" else Country.KR
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        number, region = cleaned.get("official_number"), cleaned.get("region")
        if number and region and region.country != number[0]:
            self.add_error("region", _("This region is not in the country of the number."))
        return cleaned

    def unsaved_company(self) -> Company:
        """The firm as typed: name and text in the language of its country."""
        cleaned = self.cleaned_data
        country, number = cleaned["official_number"]
        native = "ja" if country == Country.JP else "ko"
        return Company(
            country=country,
            official_number=number,
            name_en=cleaned["name_en"],
            region=cleaned["region"],
            website=cleaned["website"],
            **{f"name_{native}": cleaned["name"], f"about_{native}": cleaned["about"]},
        )


class FirstItemForm(forms.Form):
    """The first offering or need of a firm: what it is, in its own words; the rest can wait.

    Empty as a whole is allowed: `is_given` says whether anything was typed.
    """

    title = forms.CharField(label=_("Title"), max_length=200, required=False)
    text = forms.CharField(
        label=_("Description"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    concepts = forms.ModelMultipleChoiceField(
        label=_("Concepts"),
        queryset=Concept.objects.filter(is_active=True),
        required=False,
        widget=ConceptPicker,
        help_text=_("Found in your text; add or take away what is wrong."),
    )

    def __init__(self, *args: Any, company: Company, picker_url: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        self.fields["concepts"].widget.attrs["data-picker-url"] = picker_url
        for name in ("title", "text"):
            self.fields[name].widget.attrs["lang"] = company.native_language

    @property
    def is_given(self) -> bool:
        return any(self[name].value() for name in ("title", "text", "concepts"))

    @property
    def texts(self) -> list[str]:
        return [text for name in ("title", "text") if (text := (self[name].value() or "").strip())]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.is_given:
            if not cleaned.get("title") and "title" not in self.errors:
                self.add_error("title", _("Give a title."))
            if not cleaned.get("text") and "text" not in self.errors:
                self.add_error("text", _("Describe it in a few words."))
        return cleaned

    def fill(self, item: Item) -> Item:
        """Write what was typed into an unsaved item, in the language of the firm."""
        language = self.company.native_language
        item.language = language
        setattr(item, f"title_{language}", self.cleaned_data["title"])
        setattr(item, f"text_{language}", self.cleaned_data["text"])
        return item
