"""What the directory searches: one row a firm, written by the database itself (docs/search.md)."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from companies.choices import CompanyState
from companies.models.company import Company
from taxonomy.choices import Country


class SearchEntry(models.Model):
    """A firm as it is found. Triggers write it when a transaction that touched the firm commits.

    Nothing in Python writes it, so that no way of writing a firm or an item can forget it.
    `concepts`: those of its open offerings; `wide`: with all that are broader; `wanted`: of its
    open needs. `hs`: the offerings' HS
    codes with 4 and 6 digits. `names`: each folded name on a line of its own. `titles`, `body`:
    folded texts (of a firm that hides its name: the titles alone, without its name). `grams`,
    `name_grams`: their pieces. `fresh_until`: the last day on which all that still holds.
    """

    company = models.OneToOneField(
        Company, primary_key=True, on_delete=models.CASCADE, related_name="search_entry"
    )
    country = models.CharField(max_length=2, choices=Country.choices)
    state = models.CharField(max_length=12, choices=CompanyState.choices)
    is_listed = models.BooleanField()
    is_name_hidden = models.BooleanField()
    region_id = models.BigIntegerField(null=True)
    employees = models.IntegerField(null=True)
    verified_at = models.DateTimeField(null=True)
    name_key = models.CharField(max_length=200)
    sectors = ArrayField(models.IntegerField())
    cooperation = ArrayField(models.TextField())
    certifications = ArrayField(models.IntegerField())
    concepts = ArrayField(models.IntegerField())
    wide = ArrayField(models.IntegerField())
    wanted = ArrayField(models.IntegerField())
    hs = ArrayField(models.TextField())
    names = models.TextField()
    name_grams = ArrayField(models.TextField())
    titles = models.TextField()
    body = models.TextField()
    grams = ArrayField(models.TextField())
    fresh_until = models.DateField(null=True)

    class Meta:
        ordering: ClassVar = ["name_key", "pk"]
        indexes: ClassVar = [
            GinIndex(name="search_concepts", fields=["concepts"]),
            GinIndex(name="search_wide", fields=["wide"]),
            GinIndex(name="search_wanted", fields=["wanted"]),
            GinIndex(name="search_grams", fields=["grams"]),
            GinIndex(name="search_name_grams", fields=["name_grams"]),
            GinIndex(name="search_hs", fields=["hs"]),
            GinIndex(name="search_names_trgm", fields=["names"], opclasses=["gin_trgm_ops"]),
            models.Index(
                name="search_fresh_until",
                fields=["fresh_until"],
                condition=models.Q(fresh_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company_id}"


class SearchMark(models.Model):
    """A firm that a transaction under way has touched; gone again when it commits."""

    transaction = models.BigIntegerField()
    company_id = models.UUIDField()

    class Meta:
        ordering: ClassVar = ["transaction", "company_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["transaction", "company_id"], name="one_mark_a_transaction"
            )
        ]

    def __str__(self) -> str:
        return f"{self.transaction} {self.company_id}"
