"""The concept as staff edit it: lists are written one entry a line."""

import re
from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.localisation import LANGUAGES
from taxonomy.choices import ConceptKind
from taxonomy.models import Concept, Sector
from taxonomy.reading import HS6, fold_label


class LinesField(forms.CharField):
    """A list of short texts, one a line."""

    widget = forms.Textarea

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        # With script each line is a chip that can be taken away.
        return {**super().widget_attrs(widget), "data-chips": "", "rows": 4}

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = value if isinstance(value, list) else str(value or "").splitlines()
        return list(dict.fromkeys(line.strip() for line in lines if line.strip()))

    def validate(self, value: Any) -> None:
        super().validate(value)
        if any(len(line) > 120 for line in value):
            raise ValidationError(_("Write at most 120 characters a line."))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(initial) != self.to_python(data))


class ConceptFilterForm(forms.Form):
    q = forms.CharField(label=_("Label, code or HS code"), required=False, max_length=100)
    sector = forms.ModelChoiceField(
        label=_("Sector"),
        queryset=Sector.objects.all(),
        to_field_name="code",
        required=False,
        empty_label=_("All sectors"),
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[("", _("All kinds")), *ConceptKind.choices], required=False
    )


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(
        label=_("Merge into"),
        queryset=Concept.objects.filter(is_active=True),
        widget=forms.Select,
        help_text=_("Words, HS codes, narrower concepts and tags of items go to this concept."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["into"]
        field.widget.attrs["data-picker-url"] = reverse("taxonomy:concept_search")
        # Only what was chosen is rendered; the rest is searched for.
        field.widget.choices = [("", "")]


class ConceptForm(forms.ModelForm):  # type: ignore[type-arg]
    # What the page showed: another person's change since then is not overwritten unseen.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    parent = forms.CharField(
        label=_("Broader concept"),
        required=False,
        help_text=_("The code of the broader concept, such as photoresist."),
    )
    synonyms_ko = LinesField(label=_("Korean synonyms"), required=False, help_text=_("One a line."))
    synonyms_ja = LinesField(
        label=_("Japanese synonyms"), required=False, help_text=_("One a line.")
    )
    synonyms_en = LinesField(
        label=_("English synonyms"), required=False, help_text=_("One a line.")
    )
    hs6 = LinesField(
        label=_("HS codes"), required=False, help_text=_("Six digits each, one a line.")
    )

    class Meta:
        model = Concept
        fields: ClassVar = [
            "code",
            "kind",
            "sector",
            "parent",
            "label_ko",
            "label_ja",
            "label_en",
            "synonyms_ko",
            "synonyms_ja",
            "synonyms_en",
            "hs6",
            "is_active",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["code"].disabled = True
            self.initial["parent"] = self.instance.parent.code if self.instance.parent else ""
            self.initial["seen"] = stamp_of(self.instance)

    def clean_hs6(self) -> list[str]:
        codes = [re.sub(r"[.\s]", "", code) for code in self.cleaned_data["hs6"]]
        if bad := [code for code in codes if not HS6.fullmatch(code)]:
            raise ValidationError(
                _("“%(code)s” is not an HS code of six digits."), params={"code": bad[0]}
            )
        return codes

    def clean_parent(self) -> Concept | None:
        code = self.cleaned_data["parent"].strip()
        if not code:
            return None
        parent = Concept.objects.filter(code=code).first()
        if parent is None:
            raise ValidationError(_("There is no concept “%(code)s”."), params={"code": code})
        ancestor: Concept | None = parent
        while ancestor is not None:
            if ancestor.pk == self.instance.pk:
                raise ValidationError(_("A concept cannot stand below itself."))
            ancestor = ancestor.parent
        return parent

    def clean(self) -> dict[str, Any]:
        """A label or synonym belongs to one concept of a language: the tagging must be sure."""
        cleaned = super().clean() or {}
        if self.instance.pk and cleaned.get("seen") and cleaned["seen"] != self.initial["seen"]:
            # What they see next is what they decide upon.
            data: Any = self.data
            self.data = data.copy()
            cast("Any", self.data)[self.add_prefix("seen")] = self.initial["seen"]
            self.add_error(
                None,
                _(
                    "Somebody has changed this concept while you were writing. Compare your words "
                    "with the history below, then save again."
                ),
            )
        taken = _labels_of_others(self.instance.pk)
        for language in LANGUAGES:
            for field in (f"label_{language}", f"synonyms_{language}"):
                value = cleaned.get(field) or []
                for label in [value] if isinstance(value, str) else value:
                    other = taken.get((language, fold_label(label)))
                    if other:
                        self.add_error(
                            field,
                            ValidationError(
                                _("“%(label)s” belongs to the concept “%(code)s” already."),
                                params={"label": label, "code": other},
                            ),
                        )
        return cleaned


def stamp_of(concept: Concept) -> str:
    return concept.edited_at.isoformat() if concept.edited_at else "loaded"


def _labels_of_others(pk: int | None) -> dict[tuple[str, str], str]:
    fields = [f"{part}_{language}" for part in ("label", "synonyms") for language in LANGUAGES]
    taken: dict[tuple[str, str], str] = {}
    others = Concept.objects.exclude(pk=pk) if pk else Concept.objects.all()
    for row in others.values("code", *fields):
        for language in LANGUAGES:
            for label in [row[f"label_{language}"], *row[f"synonyms_{language}"]]:
                taken[language, fold_label(label)] = row["code"]
    return taken
