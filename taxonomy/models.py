"""Reference data in three languages, loaded from `taxonomy/data/` and editable by staff."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.localisation import pick
from taxonomy.choices import ConceptKind, Country, Dimension, RevisionKind, RevisionState


class Named(models.Model):
    """A coded thing with a label in each language.

    `edited_at` is set when staff changed the row: loading the data files leaves it alone then.
    """

    code = models.SlugField(_("code"), max_length=60, unique=True)
    label_ko = models.CharField(_("Korean label"), max_length=120)
    label_ja = models.CharField(_("Japanese label"), max_length=120)
    label_en = models.CharField(_("English label"), max_length=120)
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return pick(self, "label")[0]


class Sector(Named):
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "code"]


class Concept(Named):
    """A node of the taxonomy: what firms supply, need, use or do."""

    kind = models.CharField(_("kind"), max_length=12, choices=ConceptKind.choices)
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        verbose_name=_("broader concept"),
    )
    sector = models.ForeignKey(
        Sector,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="concepts",
        verbose_name=_("sector"),
    )
    synonyms_ko = ArrayField(
        models.CharField(max_length=120),
        default=list,
        blank=True,
        verbose_name=_("Korean synonyms"),
    )
    synonyms_ja = ArrayField(
        models.CharField(max_length=120),
        default=list,
        blank=True,
        verbose_name=_("Japanese synonyms"),
    )
    synonyms_en = ArrayField(
        models.CharField(max_length=120),
        default=list,
        blank=True,
        verbose_name=_("English synonyms"),
    )
    hs6 = ArrayField(
        models.CharField(max_length=6), default=list, blank=True, verbose_name=_("HS codes")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering: ClassVar = ["code"]


class Certification(Named):
    sector = models.ForeignKey(
        Sector, null=True, blank=True, on_delete=models.PROTECT, related_name="certifications"
    )

    class Meta:
        ordering: ClassVar = ["code"]


class Region(Named):
    """A Korean province or Japanese prefecture; `code` is its ISO 3166-2 code."""

    country = models.CharField(_("country"), max_length=2, choices=Country.choices)

    class Meta:
        ordering: ClassVar = ["code"]


class Unit(Named):
    dimension = models.CharField(_("dimension"), max_length=10, choices=Dimension.choices)
    factor = models.FloatField(_("factor to the base unit"), default=1.0)

    class Meta:
        ordering: ClassVar = ["dimension", "factor", "code"]


class Currency(Named):
    class Meta:
        ordering: ClassVar = ["code"]


class Vocabulary(models.Model):
    """One row: `version` is another whenever a concept has changed. A trigger writes it."""

    id = models.BooleanField(primary_key=True, default=True)
    version = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.version)


class Revision(models.Model):
    """A change of concepts that staff have in mind, are shown the effect of, and confirm.

    `before`, `after`: {code: {field: value}} of every concept that changes; an empty `before` is
    a new concept. `impact`: what it does to items, see `companies.services.retagging`.
    """

    concept = models.ForeignKey(
        Concept, null=True, on_delete=models.CASCADE, related_name="revisions"
    )
    code = models.CharField(_("code"), max_length=60)
    kind = models.CharField(max_length=6, choices=RevisionKind.choices)
    into = models.ForeignKey(Concept, null=True, on_delete=models.CASCADE, related_name="+")
    undoes = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="undone")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    state = models.CharField(
        _("state"), max_length=8, choices=RevisionState.choices, default=RevisionState.WEIGHING
    )
    impact = models.JSONField(default=dict)
    items_total = models.PositiveIntegerField(default=0)
    items_done = models.PositiveIntegerField(default=0)
    last_item = models.CharField(max_length=50, blank=True)
    # Items whose own tag was moved by a merge: they get it back when that is undone.
    moved = models.JSONField(default=list)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("time"))
    heartbeat_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"
