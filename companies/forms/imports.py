"""How staff hand in a list and say what its columns mean."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from companies.choices import ImportState
from companies.importing.catalogue import fields_of, label_of
from companies.importing.mapping import FIELDS, IGNORE, PRESETS, own_columns
from companies.importing.wording import file_fault
from companies.models import ImportJob, SavedMapping
from companies.services.imports import OWN_MAX_BYTES
from taxonomy.choices import Country


class ImportFilterForm(forms.Form):
    """The history: by file or list, state, person and day."""

    q = forms.CharField(label=_("File or list"), required=False, max_length=100)
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("All states")), *ImportState.choices],
        required=False,
    )
    by = forms.ModelChoiceField(
        label=_("By"), queryset=User.objects.none(), required=False, empty_label=_("Everybody")
    )
    since = forms.DateField(
        label=_("Uploaded since"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = ImportJob.objects.filter(company=None).order_by().values("requested_by")
        self.fields["by"].queryset = User.objects.filter(pk__in=people).order_by("email")  # type: ignore[attr-defined]


class RevertForm(forms.Form):
    reason = forms.CharField(
        label=_("Why is it taken back?"),
        max_length=300,
        help_text=_("Kept with the import and in the audit trail."),
    )
    is_of_rest = forms.BooleanField(required=False, widget=forms.HiddenInput)


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xls,.htm,.html"}),
        error_messages={"empty": _("The file holds no rows.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _(
            "CSV, XLSX, or a web table saved as .xls; at most %(most)s MB."
        ) % {"most": self.most >> 20}

    @property
    def most(self) -> int:
        return int(settings.IMPORT_MAX_BYTES)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if (file.size or 0) > self.most:
            raise forms.ValidationError(file_fault("too_large", most=self.most >> 20))
        return file


class OwnUploadForm(UploadForm):
    """A firm's own list."""

    @property
    def most(self) -> int:
        return OWN_MAX_BYTES


class StartingPointForm(forms.Form):
    """Where a mapping begins: a known list, or one that was saved and fits the file."""

    use = forms.ChoiceField(label=_("Begin with"), required=False)

    def __init__(self, *args: Any, saved: list[SavedMapping], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups: list[Any] = [("", _("what the headers say"))]
        if saved:
            groups.append((_("Saved mappings"), [(f"saved:{s.pk}", s.name) for s in saved]))
        groups.append((_("Known lists"), [(f"preset:{p.code}", p.label) for p in PRESETS]))
        self.fields["use"].choices = groups  # type: ignore[attr-defined]


class ColumnsForm(forms.Form):
    """One select for each column of the file. The columns that an error file added are not asked
    for."""

    is_all_or_nothing = forms.BooleanField(label=_("Import all rows or none"), required=False)

    def __init__(self, *args: Any, job: ImportJob, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.positions = range(own_columns(job.header))
        choices = [(IGNORE, _("ignore")), *self.meanings(job)]
        for position in self.positions:
            self.fields[f"column_{position}"] = forms.ChoiceField(
                label=job.header[position] or str(position + 1),
                choices=choices,
                required=False,
                initial=job.columns.get(str(position), IGNORE),
            )
        facts = ("preset", "country", "source_list", "is_all_or_nothing")
        self.initial = {name: getattr(job, name) for name in facts} | dict(self.initial)

    def meanings(self, job: ImportJob) -> list[tuple[str, Any]]:
        return [(code, label_of(code)) for code in fields_of(job.item_kind)]

    @property
    def columns(self) -> dict[int, str]:
        cleaned = {
            position: self.cleaned_data.get(f"column_{position}", "") for position in self.positions
        }
        return {position: code for position, code in cleaned.items() if code}

    def column_fields(self) -> list[forms.BoundField]:
        return [self[f"column_{position}"] for position in self.positions]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        used: set[str] = set()
        for position in self.positions:
            code = cleaned.get(f"column_{position}", IGNORE)
            if code in used:
                self.add_error(
                    f"column_{position}", _("Another column is mapped to this field already.")
                )
            if code:
                used.add(code)
        return cleaned


class MappingForm(ColumnsForm):
    """What holds for the whole of a public list besides its columns."""

    preset = forms.ChoiceField(
        choices=[("", ""), *((preset.code, preset.label) for preset in PRESETS)],
        required=False,
        widget=forms.HiddenInput,
    )
    country = forms.ChoiceField(
        label=_("Country of the firms"), choices=[("", "–"), *Country.choices]
    )
    source_list = forms.SlugField(
        label=_("Name of the public list"),
        required=False,
        max_length=60,
        help_text=_("The same name at the next import finds the same firms again."),
    )
    save_as = forms.CharField(
        label=_("Save this mapping as"),
        required=False,
        max_length=80,
        help_text=_("It is offered again for files with the same headers."),
    )

    def meanings(self, job: ImportJob) -> list[tuple[str, Any]]:
        return [(code, label) for code, (label, _aliases) in FIELDS.items()]
