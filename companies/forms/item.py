"""Offerings and needs as firms write them."""

import re
from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, Value, When
from django.utils.translation import gettext_lazy as _

from common.localisation import LANGUAGES
from companies.choices import Cooperation
from companies.forms.fields import (
    ConceptPicker,
    CountryPicker,
    HsCodesField,
    NamedPicker,
    typed_field,
)
from companies.models import Company, Need, Offering
from companies.rules import FAULTS, PRICES, is_material, item_faults
from taxonomy.choices import Country
from taxonomy.models import Certification, Concept, Currency, Region

SHARED = [
    "title_ko",
    "title_ja",
    "title_en",
    "text_ko",
    "text_ja",
    "text_en",
    "cooperation",
    "concepts",
    "hs6",
    "annual_volume",
    "minimum_order",
    "unit",
    "lead_time_days",
    "price_min",
    "price_max",
    "currency",
    "incoterm",
    "stage",
    "certifications",
    "wish_min_employees",
    "wish_experienced",
    "wish_regions",
    "valid_until",
]
CURRENCIES = {Country.KR: ("KRW", "USD", "JPY"), Country.JP: ("JPY", "USD", "KRW")}
# The parts of the page that are folded up until there is something in them.
FOLDS: dict[str, tuple[str, ...]] = {
    "terms": (
        "annual_volume",
        "unit",
        "minimum_order",
        "lead_time_days",
        "price_min",
        "price_max",
        "currency",
        "incoterm",
        "stage",
    ),
    "certifications": ("certifications",),
    "hard": ("required_certifications", "max_lead_time_days", "is_volume_required"),
    "chain": (
        "current_source_country",
        "is_single_sourced",
        "risk_reason",
        "accepts_substitutes",
        "stock_cover_days",
        "needed_by",
    ),
    "wishes": ("wish_regions", "wish_min_employees", "wish_experienced"),
}
RELATED = {"concepts", "certifications", "wish_regions", "required_certifications"}


class ItemForm(forms.ModelForm):  # type: ignore[type-arg]
    """What offerings and needs share. One title in any language is enough."""

    concepts = forms.ModelMultipleChoiceField(
        label=_("Concepts"),
        queryset=Concept.objects.filter(is_active=True),
        required=False,
        widget=ConceptPicker,
        help_text=_(
            "What it is in the words of the product list. This is how it is found in the other "
            "language. Type a product in Korean, Japanese or English and choose."
        ),
    )
    hs6 = HsCodesField(
        label=_("HS codes"),
        required=False,
        help_text=_("Six digits each, such as 3707.90."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    cooperation = forms.MultipleChoiceField(
        label=_("Cooperation types"),
        choices=Cooperation.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    certifications = forms.ModelMultipleChoiceField(
        label=_("Certifications"),
        queryset=Certification.objects.all(),
        required=False,
        widget=NamedPicker,
    )
    wish_regions = forms.ModelMultipleChoiceField(
        label=_("Partner in these regions"),
        queryset=Region.objects.none(),
        required=False,
        widget=NamedPicker,
        error_messages={"invalid_choice": FAULTS["wish_at_home"]},
    )

    def __init__(self, *args: Any, company: Company, picker_url: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        other = Country(company.country).other
        regions = cast("forms.ModelMultipleChoiceField[Region]", self.fields["wish_regions"])
        regions.queryset = Region.objects.filter(country=other)
        self.fields["concepts"].widget.attrs["data-picker-url"] = picker_url
        for name in ("text_ko", "text_ja", "text_en"):
            self.fields[name].widget.attrs["rows"] = 4
        first = [When(code=code, then=Value(at)) for at, code in enumerate(self._currencies)]
        currency = cast("forms.ModelChoiceField[Currency]", self.fields["currency"])
        currency.queryset = Currency.objects.order_by(Case(*first, default=Value(9)), "code")
        for language in LANGUAGES:
            for name in (f"title_{language}", f"text_{language}"):
                self.fields[name].widget.attrs["lang"] = language
        if self.instance._state.adding:
            own = currency.queryset.filter(code=self._currencies[0]).first()
            usual = {"cooperation": [Cooperation.SUPPLY], "currency": own and own.pk}
            self.initial.update({name: self.initial.get(name) or usual[name] for name in usual})
        for name in self.instance.machine_made:
            self.fields[name].help_text = _("machine translation")
        self._require_words()

    @property
    def _currencies(self) -> tuple[str, ...]:
        """What firms of this country name prices in, the usual first."""
        return CURRENCIES[Country(self.company.country)]

    def _require_words(self) -> None:
        """Title and text are needed in the firm's own language until another one is filled, and
        a concept until there is an HS code."""
        native = self.company.native_language
        for field, code in (("title", "own_title_missing"), ("text", "text_missing")):
            others = (f"{field}_{language}" for language in LANGUAGES if language != native)
            own = self.fields[f"{field}_{native}"]
            own.required = not any((self[name].value() or "").strip() for name in others)
            own.error_messages["required"] = FAULTS[code]
        concepts = self.fields["concepts"]
        concepts.required = not HsCodesField().to_python(self["hs6"].value())
        concepts.error_messages["required"] = FAULTS["concept_missing"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, code in item_faults(cleaned, country=self.company.country).items():
            if name not in self.errors:
                self.add_error(name, FAULTS[code])
        if all(cleaned.get(name) is None for name in PRICES):
            # One is chosen beforehand; without a price it says nothing.
            cleaned["currency"] = None
        return cleaned

    @property
    def texts(self) -> list[str]:
        """What was typed as titles and descriptions, valid or not."""
        names = [f"{field}_{language}" for field in ("title", "text") for language in LANGUAGES]
        return [text for name in names if (text := self[name].value())]

    @property
    def is_material(self) -> bool:
        """Whether a field that matters for matching was changed."""
        return is_material(self.changed_data)

    @property
    def native_fields(self) -> list[Any]:
        native = self.company.native_language
        return [self[f"title_{native}"], self[f"text_{native}"]]

    @property
    def foreign_fields(self) -> list[Any]:
        """Title and text in the languages that are not the firm's own."""
        others = [language for language in LANGUAGES if language != self.company.native_language]
        return [self[f"{field}_{language}"] for language in others for field in ("title", "text")]

    @property
    def has_foreign_words(self) -> bool:
        return any(field.value() or field.errors for field in self.foreign_fields)

    @property
    def unfolded(self) -> set[str]:
        """The parts of the page that have something in them, or something wrong."""
        return {part for part, names in FOLDS.items() if any(map(self._says_something, names))}

    def _says_something(self, name: str) -> bool:
        if name not in self.fields:
            return False
        field = self[name]
        is_prefilled = name == "currency" and not self["price_max"].value()
        return bool(
            field.errors or (field.value() not in (None, "", [], False) and not is_prefilled)
        )

    @property
    def chosen_concepts(self) -> list[str]:
        return [str(getattr(each, "pk", each)) for each in self["concepts"].value() or []]

    @property
    def chosen_codes(self) -> list[str]:
        return list(HsCodesField().to_python(self["hs6"].value() or ""))

    @property
    def own_text(self) -> str:
        return "\n".join(self.texts)

    @property
    def related(self) -> dict[str, list[Any]]:
        """The many-to-many fields, as `services.items.save_item` takes them."""
        return {
            name: list(self.cleaned_data[name]) for name in RELATED if name in self.cleaned_data
        }

    def unsaved_item(self) -> Any:
        """The language is left to the service."""
        item = self.save(commit=False)
        item.company, item.language = self.company, ""
        return item


DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class OfferingForm(ItemForm):
    class Meta:
        model = Offering
        fields: ClassVar = SHARED
        formfield_callback = typed_field
        widgets: ClassVar = {"valid_until": DATE}
        labels: ClassVar = {"annual_volume": _("Yearly capacity")}


class NeedForm(ItemForm):
    """A need's hard requirements exclude suppliers; everything else only scores."""

    required_certifications = forms.ModelMultipleChoiceField(
        label=_("Certifications a supplier must have"),
        queryset=Certification.objects.all(),
        required=False,
        widget=NamedPicker,
        help_text=_("Suppliers known not to have them are excluded."),
    )
    is_single_sourced = forms.NullBooleanField(label=_("Single-sourced today"), required=False)
    accepts_substitutes = forms.NullBooleanField(label=_("Substitutes acceptable"), required=False)

    class Meta:
        model = Need
        fields: ClassVar = [
            *SHARED,
            "required_certifications",
            "max_lead_time_days",
            "is_volume_required",
            "current_source_country",
            "is_single_sourced",
            "risk_reason",
            "accepts_substitutes",
            "stock_cover_days",
            "needed_by",
            "seats",
        ]
        formfield_callback = typed_field
        widgets: ClassVar = {
            "valid_until": DATE,
            "needed_by": DATE,
            "current_source_country": CountryPicker,
            "seats": forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        }
        error_messages: ClassVar = {
            "current_source_country": {"max_length": FAULTS["not_a_country_code"]},
        }
        help_texts: ClassVar = {
            "max_lead_time_days": _("Suppliers known to need longer are excluded."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = [("unknown", _("not said")), ("true", _("yes")), ("false", _("no"))]
        for name in ("is_single_sourced", "accepts_substitutes"):
            self.fields[name].widget.choices = words

    def clean_current_source_country(self) -> str:
        code = self.cleaned_data["current_source_country"].strip().upper()
        if code and not re.fullmatch(r"[A-Z]{2}", code):
            raise ValidationError(FAULTS["not_a_country_code"])
        return str(code)
