"""The firm: registration, profile, joining, team."""

from typing import Any, ClassVar, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.choices import CompanyState, MemberRole
from companies.forms.fields import NamedSelect
from companies.forms.proofs import read_upload
from companies.models import Company, CompanyCertification
from companies.rules import FAULTS, PROFILE
from documents.forms import DocumentField
from taxonomy.choices import Country
from taxonomy.models import Region, Sector

# The legal name that staff check, or have checked, does not change behind their back.
NAME_IS_FIXED = (CompanyState.SUBMITTED, CompanyState.VERIFIED)
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    sectors = forms.ModelMultipleChoiceField(
        label=_("Sectors"),
        queryset=Sector.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": FAULTS["sectors_missing"]},
    )
    website = forms.URLField(
        label=_("Website"), max_length=300, required=False, assume_scheme="https"
    )
    has_partner_experience = forms.TypedChoiceField(
        label=_("Has your firm traded with the other country?"),
        choices=[("", _("not said")), ("yes", _("yes")), ("no", _("no"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
    )

    class Meta:
        model = Company
        fields: ClassVar = ["name_ko", "name_ja", "name_en", "name_kana", *PROFILE]
        widgets: ClassVar = {"founded_on": DATE}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = self.instance.country
        region = cast("forms.ModelChoiceField[Region]", self.fields["region"])
        region.queryset = Region.objects.filter(country=country)
        region.error_messages["invalid_choice"] = FAULTS["region_abroad"]
        native = "name_ko" if country == Country.KR else "name_ja"
        self.fields[native].required = True
        if self.instance.state in NAME_IS_FIXED:
            self.fields[native].disabled = True
            self.fields[native].help_text = _(
                "The association has checked this name. Write to us when it changes."
            )
        if country == Country.KR:
            del self.fields["name_kana"]
        for name in ("about_ko", "about_ja", "about_en"):
            self.fields[name].widget.attrs["rows"] = 4
        known = self.instance.has_partner_experience
        self.initial["has_partner_experience"] = {True: "yes", False: "no"}.get(known, "")
        self.initial.setdefault("sectors", self.instance.sectors.all())


class CertificateForm(forms.ModelForm):  # type: ignore[type-arg]
    """A certificate of the firm `instance.company`."""

    file = DocumentField(
        label=_("The certificate itself"),
        required=False,
        help_text=_("PDF, JPEG or PNG. Only your firm and staff of the association see it."),
    )

    class Meta:
        model = CompanyCertification
        fields: ClassVar = [
            "certification",
            "number",
            "issuer",
            "scope",
            "issued_on",
            "expires_on",
        ]
        widgets: ClassVar = {"certification": NamedSelect, "issued_on": DATE, "expires_on": DATE}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        issued, expires = cleaned.get("issued_on"), cleaned.get("expires_on")
        if issued and expires and expires < issued:
            self.add_error("expires_on", _("It expires before it was issued."))
        same = CompanyCertification.objects.filter(
            company=self.instance.company,
            certification=cleaned.get("certification"),
            number=cleaned.get("number", ""),
        ).exclude(pk=self.instance.pk)
        if "number" not in self.errors and same.exists():
            self.add_error("number", _("This certificate is on the list already."))
        return cleaned

    @property
    def upload(self) -> dict[str, Any] | None:
        """The chosen file as the services take it; None when none was chosen."""
        file = self.cleaned_data.get("file")
        return read_upload(file) if file else None


class MemberRoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=MemberRole.choices)
