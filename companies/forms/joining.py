"""Asking to join a firm, or claiming a record that a public list brought."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.choices import CompanyState, ProofKind
from companies.forms.proofs import read_upload
from companies.forms.registration import clean_official_number
from companies.models import Company
from documents.forms import DocumentField


class NumberedForm(forms.Form):
    """Asks for the official number where the record lacks it."""

    official_number = forms.CharField(label=_("Official number"), max_length=24)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        if company.official_number:
            del self.fields["official_number"]

    def clean_official_number(self) -> str:
        return clean_official_number(self.cleaned_data["official_number"], self.company.country)


class JoinForm(NumberedForm):
    """In words to those who decide, with a document if there is one."""

    message = forms.CharField(
        label=_("Who you are in the firm"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        help_text=_("Department and title, so that the decision can be quick."),
    )
    kind = forms.ChoiceField(
        label=_("Kind of document"), choices=[("", _("none")), *ProofKind.choices], required=False
    )
    file = DocumentField(
        label=_("Document"),
        required=False,
        help_text=_(
            "PDF, JPEG or PNG: what shows that you act for the firm. Only those who decide see it."
        ),
    )

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, company=company, **kwargs)
        if company.official_number == "" and company.state != CompanyState.UNCLAIMED:
            del self.fields["official_number"]

    @property
    def proof(self) -> dict[str, Any] | None:
        """The document as the services take it."""
        file = self.cleaned_data.get("file")
        if not file:
            return None
        return {"kind": self.cleaned_data["kind"] or ProofKind.OTHER, **read_upload(file)}


class OwnAddressForm(NumberedForm):
    """One's confirmed address lies at the firm's domain: nothing else is needed."""


class DomainForm(NumberedForm):
    """The claimant's own address at the domain of the firm's website."""

    address = forms.EmailField(
        label=_("Your address at the firm"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    field_order = ("address", "official_number")
