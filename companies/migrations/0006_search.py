"""The directory's search entries, and the triggers that keep them."""

from pathlib import Path

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

TRIGGERS = Path(__file__).with_name("search_entries.sql")


class Migration(migrations.Migration):
    dependencies = [
        ("companies", "0005_proving"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "company",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_entry",
                        serialize=False,
                        to="companies.company",
                    ),
                ),
                (
                    "country",
                    models.CharField(choices=[("KR", "Korea"), ("JP", "Japan")], max_length=2),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("unclaimed", "unclaimed"),
                            ("draft", "draft"),
                            ("submitted", "submitted"),
                            ("verified", "verified"),
                            ("returned", "returned"),
                            ("lapsed", "verification lapsed"),
                            ("suspended", "suspended"),
                            ("closed", "closed"),
                        ],
                        max_length=12,
                    ),
                ),
                ("is_listed", models.BooleanField()),
                ("is_name_hidden", models.BooleanField()),
                ("region_id", models.BigIntegerField(null=True)),
                ("employees", models.IntegerField(null=True)),
                ("verified_at", models.DateTimeField(null=True)),
                ("name_key", models.CharField(max_length=200)),
                (
                    "sectors",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), size=None
                    ),
                ),
                (
                    "cooperation",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
                (
                    "certifications",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), size=None
                    ),
                ),
                (
                    "concepts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), size=None
                    ),
                ),
                (
                    "wide",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), size=None
                    ),
                ),
                (
                    "wanted",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), size=None
                    ),
                ),
                (
                    "hs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
                ("names", models.TextField()),
                (
                    "name_grams",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
                ("titles", models.TextField()),
                ("body", models.TextField()),
                (
                    "grams",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
                ("fresh_until", models.DateField(null=True)),
            ],
            options={
                "ordering": ["name_key", "pk"],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["concepts"], name="search_concepts"
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["wide"], name="search_wide"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["wanted"], name="search_wanted"
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["grams"], name="search_grams"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["name_grams"], name="search_name_grams"
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["hs"], name="search_hs"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["names"], name="search_names_trgm", opclasses=["gin_trgm_ops"]
                    ),
                    models.Index(
                        condition=models.Q(("fresh_until__isnull", False)),
                        fields=["fresh_until"],
                        name="search_fresh_until",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("transaction", models.BigIntegerField()),
                ("company_id", models.UUIDField()),
            ],
            options={
                "ordering": ["transaction", "company_id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("transaction", "company_id"), name="one_mark_a_transaction"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            sql=TRIGGERS.read_text(encoding="utf-8"),
            reverse_sql="""
            DROP FUNCTION companies_mark_firm, companies_mark_part, companies_mark_offering,
              companies_mark_need, companies_mark_family, companies_settle_marks CASCADE;
            DROP FUNCTION companies_search_refresh, companies_search_rows, gagyo_grams,
              gagyo_pairs, gagyo_name, gagyo_bare_name, gagyo_fold;
            """,
        ),
    ]
