"""How an import is asked for and told of."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from rest_framework import serializers

from api.fields import SparseSerializer
from companies.choices import ItemKind
from companies.importing.catalogue import fields_of
from companies.importing.forecast import COUNTS, told_differences
from companies.importing.mapping import FIELDS, PRESETS
from companies.importing.sheets import MAX_CELL
from companies.importing.wording import cell_fault, told_fault
from companies.models import Company, ImportJob, ImportRowError
from companies.services.reverting import can_be_reverted
from taxonomy.choices import Country

MOST_ROWS: Final = 10_000


class HandInSerializer(serializers.Serializer[Any]):
    """Either a `file` or `rows`. With `company` the rows are that firm's own items."""

    file = serializers.FileField(required=False, help_text="CSV, XLSX or a web table.")
    rows = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        allow_empty=False,
        help_text=f"Instead of a file: 1 to {MOST_ROWS:,} objects of the same fields.",
    )
    filename = serializers.CharField(
        default="api.xlsx", max_length=200, help_text="What a list of `rows` is called."
    )
    company = serializers.PrimaryKeyRelatedField(
        queryset=Company.objects.all(), required=False, allow_null=True
    )
    item_kind = serializers.ChoiceField(choices=ItemKind.choices, required=False)
    columns = serializers.JSONField(
        required=False, help_text="{header: field}; without it the headers are recognised."
    )
    preset = serializers.ChoiceField(
        choices=[preset.code for preset in PRESETS], required=False, help_text="A known list."
    )
    country = serializers.ChoiceField(choices=Country.choices, required=False)
    source_list = serializers.SlugField(
        required=False,
        max_length=60,
        help_text="The same name at the next import finds the same firms again.",
    )
    all_or_nothing = serializers.BooleanField(default=False)
    dry_run = serializers.BooleanField(default=False, help_text="Only check; `start` writes.")
    save_as = serializers.CharField(
        required=False, max_length=80, help_text="Keep what the columns mean under this name."
    )
    corrects = serializers.UUIDField(
        required=False, help_text="The import whose bad rows come corrected."
    )

    def validate_company(self, company: Company | None) -> Company | None:
        """An unknown firm and a stranger's firm are told alike."""
        own = Company.objects.of_member(self.context["request"].user)
        if company is not None and not own.filter(pk=company.pk).exists():
            raise serializers.ValidationError(_("This is none of your firms."))
        return company

    def validate_rows(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(rows) > MOST_ROWS:
            raise serializers.ValidationError(
                _("At most %(number)s rows at once.") % {"number": f"{MOST_ROWS:,}"}
            )
        return rows

    def validate_columns(self, columns: Any) -> dict[str, str]:
        if not isinstance(columns, dict) or not all(
            isinstance(code, str) for code in columns.values()
        ):
            raise serializers.ValidationError(_("Name the field of each header."))
        used = [code for code in columns.values() if code]
        if len(used) != len(set(used)):
            raise serializers.ValidationError(_("Another column is mapped to this field already."))
        return {name: code for name, code in columns.items() if code}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("file")) == bool(attrs.get("rows")):
            raise serializers.ValidationError({"file": _("Give either a file or rows.")})
        user = self.context["request"].user
        if not attrs.get("company") and not user.is_association_staff:
            raise serializers.ValidationError({"company": _("Say whose items the list holds.")})
        if attrs.get("company") and not attrs.get("item_kind"):
            raise serializers.ValidationError(
                {"item_kind": _("Say whether the rows are offerings or needs.")}
            )
        known = fields_of(attrs["item_kind"]) if attrs.get("company") else FIELDS
        if unknown := sorted(set(attrs.get("columns", {}).values()) - set(known)):
            raise serializers.ValidationError(
                {"columns": {name: _("There is no field of this name.") for name in unknown}}
            )
        return attrs


class RevertSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(
        max_length=300, help_text="Kept with the import and in the audit trail."
    )
    of_rest = serializers.BooleanField(
        default=False, help_text="Take back all that nothing was built on."
    )


class RowErrorSerializer(serializers.ModelSerializer[ImportRowError]):
    detail = serializers.SerializerMethodField(help_text="In the caller's language.")

    class Meta:
        model = ImportRowError
        fields = ("line", "column", "code", "detail", "value")

    def get_detail(self, error: ImportRowError) -> str:
        return cell_fault(error.code)


class RowCountsSerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField(source="rows_total", help_text="Rows read so far.")
    done = serializers.IntegerField(source="rows_done", help_text="Good rows written so far.")
    bad = serializers.IntegerField(source="rows_bad")


class WrittenSerializer(serializers.Serializer[Any]):
    created = serializers.IntegerField(source="created_count")
    updated = serializers.IntegerField(source="updated_count")
    unchanged = serializers.IntegerField(source="unchanged_count")
    items = serializers.IntegerField(source="items_count", help_text="New items of these firms.")


class ImportSerializer(SparseSerializer, serializers.ModelSerializer[ImportJob]):
    """An import: `rows` tells how far it is, `written` what it did."""

    rows = RowCountsSerializer(source="*", read_only=True)
    written = WrittenSerializer(source="*", read_only=True)
    columns = serializers.SerializerMethodField(help_text="{header: field}")
    failure = serializers.SerializerMethodField(help_text="Why it failed, in words.")
    all_or_nothing = serializers.BooleanField(source="is_all_or_nothing", read_only=True)
    requested_by = serializers.CharField(
        source="requested_by.display_name", default=None, allow_null=True
    )

    class Meta:
        model = ImportJob
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "state",
            "filename",
            "company",
            "item_kind",
            "country",
            "source_list",
            "preset",
            "columns",
            "all_or_nothing",
            "rows",
            "written",
            "failure",
            "corrects",
            "requested_by",
            "created_at",
            "checked_at",
            "finished_at",
            "reverted_at",
        )
        read_only_fields = fields

    def get_columns(self, job: ImportJob) -> dict[str, str]:
        return {job.header[int(at)]: code for at, code in job.columns.items()}

    def get_failure(self, job: ImportJob) -> str:
        return told_fault(job.failure) if job.failure else ""


class ImportWholeSerializer(ImportSerializer):
    """Besides: what the check found that writing would do, and whether it can be taken back."""

    forecast = serializers.SerializerMethodField(help_text="Counts, once it is checked.")
    differences = serializers.SerializerMethodField(help_text="The first changes, in words.")
    can_be_reverted = serializers.SerializerMethodField()
    kept = serializers.SerializerMethodField(
        help_text="Rows left as they are at the last try to take it back."
    )

    class Meta(ImportSerializer.Meta):
        fields = (
            *ImportSerializer.Meta.fields,
            "forecast",
            "differences",
            "can_be_reverted",
            "kept",
        )
        read_only_fields = fields

    def get_forecast(self, job: ImportJob) -> dict[str, int] | None:
        if not job.forecast:
            return None
        return {name: job.forecast.get(name, 0) for name in COUNTS}

    def get_differences(self, job: ImportJob) -> list[dict[str, Any]]:
        return [
            {
                **{name: each[name] for name in ("line", "kind", "name")},
                "fields": [
                    {"field": str(label), "old": old, "new": new}
                    for label, old, new in each["fields"]
                ],
            }
            for each in (told_differences(job) if job.forecast else [])
        ]

    def get_can_be_reverted(self, job: ImportJob) -> bool:
        return can_be_reverted(job)

    def get_kept(self, job: ImportJob) -> int:
        return job.changes.exclude(kept="").count()


def read_rows_into_sheet(rows: Sequence[dict[str, Any]]) -> bytes:
    """The objects as a table whose header are their fields: from there on they are a file like
    any other. XLSX, because no text in a cell can be taken for a delimiter."""
    header = list(dict.fromkeys(name for row in rows for name in row))
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    lines: list[list[Any]] = [header, *([row.get(name) for name in header] for row in rows)]
    for cells in lines:
        sheet.append([_cell(sheet, value) for value in cells])
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, list):
        value = "\n".join(map(str, value))
    text = "" if value is None else str(value)
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)[:MAX_CELL])
    # Never a formula: what looks like one is refused by the importer as it stands.
    cell.data_type = "s"
    return cell
