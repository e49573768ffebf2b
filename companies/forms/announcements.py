"""Writing a promotional mail."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import LANGUAGE_CHOICES
from common.localisation import LANGUAGES
from mailing.models import Announcement
from taxonomy.choices import Country
from taxonomy.models import Sector


class AnnouncementForm(forms.ModelForm):  # type: ignore[type-arg]
    """Subject and text in at least one language, and whom it is for."""

    country = forms.ChoiceField(
        label=_("Firms of"), required=False, choices=[("", _("both countries")), *Country.choices]
    )
    sector = forms.ChoiceField(label=_("Sector"), required=False)
    language = forms.ChoiceField(
        label=_("People who read"),
        required=False,
        choices=[("", _("any language")), *LANGUAGE_CHOICES],
    )

    class Meta:
        model = Announcement
        fields = tuple(f"{part}_{code}" for code in LANGUAGES for part in ("subject", "body"))
        widgets: ClassVar = {
            f"body_{code}": forms.Textarea(attrs={"rows": 6, "lang": code}) for code in LANGUAGES
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sectors = [(sector.code, str(sector)) for sector in Sector.objects.order_by("pk")]
        self.fields["sector"].choices = [("", _("all sectors")), *sectors]  # type: ignore[attr-defined]
        for name in ("country", "sector", "language"):
            self.fields[name].initial = self.instance.audience.get(name, "")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        filled = 0
        for code in LANGUAGES:
            subject, body = cleaned.get(f"subject_{code}"), cleaned.get(f"body_{code}")
            if bool(subject) != bool(body):
                missing = f"body_{code}" if subject else f"subject_{code}"
                self.add_error(missing, _("Subject and text belong together: fill in both."))
            filled += bool(subject and body)
        if not filled and not self.errors:
            raise forms.ValidationError(_("Write it in at least one language."))
        return cleaned

    def save(self, commit: bool = True) -> Announcement:
        names = ("country", "sector", "language")
        self.instance.audience = {
            name: self.cleaned_data[name] for name in names if self.cleaned_data[name]
        }
        saved: Announcement = super().save(commit=commit)
        return saved


class LanguageForm(forms.Form):
    language = forms.ChoiceField(choices=LANGUAGE_CHOICES)
