"""Offerings and needs as firms write them."""

import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.localisation import LANGUAGES
from companies.choices import Cooperation
from companies.models import Company, Need, Offering
from taxonomy.choices import Country
from taxonomy.models import Certification, Concept, Region

# Fields whose change means: look at declined pairs anew.
IMMATERIAL = {"state"}
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
RELATED = {"concepts", "certifications", "wish_regions", "required_certifications"}


class ConceptPicker(forms.SelectMultiple):
    """Renders only the chosen concepts; the rest come from the search as one types."""

    def optgroups(
        self, name: str, value: list[str], attrs: dict[str, Any] | None = None
    ) -> list[Any]:
        chosen = [str(each) for each in value if str(each).isdigit()]
        concepts = Concept.objects.filter(pk__in=chosen)
        options = [
            self.create_option(name, concept.pk, str(concept), True, index, attrs=attrs)
            for index, concept in enumerate(concepts)
        ]
        return [(None, options, 0)]


class HsCodesField(forms.CharField):
    """HS codes as people type them, parted by commas, spaces or lines: 3707.90, 285000."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        codes = [
            re.sub(r"\D", "", part) for part in re.split(r"[,;\s、，]+", str(value or "")) if part
        ]
        return list(dict.fromkeys(codes))

    def validate(self, value: Any) -> None:
        super().validate(value)
        if any(len(code) != 6 for code in value):
            raise ValidationError(_("An HS code has six digits, such as 3707.90."))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(initial) != self.to_python(data))


class ItemForm(forms.ModelForm):  # type: ignore[type-arg]
    """What offerings and needs share. One title in any language is enough."""

    concepts = forms.ModelMultipleChoiceField(
        label=_("Concepts"),
        queryset=Concept.objects.filter(is_active=True),
        required=False,
        widget=ConceptPicker,
        help_text=_("Type a product in Korean, Japanese or English and choose."),
    )
    hs6 = HsCodesField(
        label=_("HS codes"), required=False, help_text=_("Six digits each, such as 3707.90.")
    )
    cooperation = forms.MultipleChoiceField(
        label=_("Cooperation types"),
        choices=Cooperation.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    certifications = forms.ModelMultipleChoiceField(
        label=_("Certifications"), queryset=Certification.objects.all(), required=False
    )
    wish_regions = forms.ModelMultipleChoiceField(
        label=_("Partner in these regions"), queryset=Region.objects.none(), required=False
    )

    def __init__(self, *args: Any, company: Company, picker_url: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        other = Country(company.country).other
        self.fields["wish_regions"].queryset = Region.objects.filter(country=other)
        self.fields["concepts"].widget.attrs["data-picker-url"] = picker_url
        for name in ("certifications", "wish_regions", "required_certifications"):
            if name in self.fields:
                self.fields[name].widget.attrs["data-picker"] = ""
        for name in ("text_ko", "text_ja", "text_en"):
            self.fields[name].widget.attrs["rows"] = 4
        if not self.instance.pk:
            self.initial.setdefault("cooperation", [Cooperation.SUPPLY])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        native = self.company.native_language
        if not any(cleaned.get(f"title_{language}") for language in LANGUAGES):
            self.add_error(f"title_{native}", _("Give a title in at least one language."))
        if not any(cleaned.get(f"text_{language}") for language in LANGUAGES):
            self.add_error(f"text_{native}", _("Describe it in at least one language."))
        if not cleaned.get("concepts") and not cleaned.get("hs6") and "hs6" not in self.errors:
            self.add_error("concepts", _("Choose at least one concept, or give an HS code."))
        lowest, highest = cleaned.get("price_min"), cleaned.get("price_max")
        if lowest is not None and highest is not None and lowest > highest:
            self.add_error("price_max", _("The highest price is below the lowest."))
        if (lowest is not None or highest is not None) and not cleaned.get("currency"):
            self.add_error("currency", _("Say in which currency the price is."))
        volumes = (cleaned.get("annual_volume"), cleaned.get("minimum_order"))
        if any(volume is not None for volume in volumes) and not cleaned.get("unit"):
            self.add_error("unit", _("Say in which unit the volume is."))
        for name in ("annual_volume", "minimum_order", "price_min", "price_max"):
            if (value := cleaned.get(name)) is not None and value < 0:
                self.add_error(name, _("This cannot be negative."))
        return cleaned

    @property
    def related(self) -> dict[str, list[Any]]:
        """The many-to-many fields, as `services.items.save_item` takes them."""
        return {
            name: list(self.cleaned_data[name]) for name in RELATED if name in self.cleaned_data
        }

    def unsaved_item(self) -> Any:
        item = self.save(commit=False)
        item.company = self.company
        filled = [
            language
            for language in (self.company.native_language, *LANGUAGES)
            if self.cleaned_data.get(f"title_{language}")
        ]
        item.language = filled[0]
        return item


DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class OfferingForm(ItemForm):
    class Meta:
        model = Offering
        fields: ClassVar = SHARED
        widgets: ClassVar = {"valid_until": DATE}
        labels: ClassVar = {"annual_volume": _("yearly capacity")}


class NeedForm(ItemForm):
    """A need's hard requirements exclude suppliers; everything else only scores."""

    required_certifications = forms.ModelMultipleChoiceField(
        label=_("Certifications a supplier must have"),
        queryset=Certification.objects.all(),
        required=False,
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
        widgets: ClassVar = {"valid_until": DATE, "needed_by": DATE}
        help_texts: ClassVar = {
            "current_source_country": _("Two letters, such as CN or TW."),
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
            raise ValidationError(_("Give the country's two-letter code, such as CN."))
        return str(code)
