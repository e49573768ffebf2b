"""What a firm supplies (Offering) and what it looks for (Need)."""

import uuid
from datetime import date
from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.localisation import Language, pick
from companies.choices import (
    CompanyState,
    Cooperation,
    Incoterm,
    ItemState,
    RiskReason,
    Stage,
)
from companies.models.company import Company, Membership
from taxonomy.models import Certification, Concept, Currency, Region, Unit


class ItemQuerySet(models.QuerySet["Item"]):
    def open(self, today: date) -> Self:
        """Open and not past their last valid day."""
        return self.filter(state=ItemState.OPEN).exclude(valid_until__lt=today)

    def visible_to(self, user: Any) -> Self:
        """Staff see all; members their own firm's; nobody else sees items outside a match."""
        if getattr(user, "is_association_staff", False):
            return self
        if not user.is_authenticated:
            return self.none()
        return self.filter(company__in=Membership.objects.filter(user=user).values("company"))

    def matchable(self, today: date, *, prospects: bool = False) -> Self:
        """Open items of firms that take part in a run."""
        firms = models.Q(company__state=CompanyState.VERIFIED, company__is_matching_enabled=True)
        if prospects:
            firms |= models.Q(company__state=CompanyState.UNCLAIMED)
        return self.open(today).filter(firms)


class Item(models.Model):
    """The fields offerings and needs share; all optional beyond title, text, cooperation and
    at least one concept or HS code. Volumes are a year's; prices are for one unit."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="%(class)ss")
    state = models.CharField(
        _("state"), max_length=8, choices=ItemState.choices, default=ItemState.OPEN
    )
    source_id = models.CharField(max_length=80, blank=True, editable=False)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    title_ko = models.CharField(_("title (Korean)"), max_length=200, blank=True)
    title_ja = models.CharField(_("title (Japanese)"), max_length=200, blank=True)
    title_en = models.CharField(_("title (English)"), max_length=200, blank=True)
    text_ko = models.TextField(_("description (Korean)"), max_length=5000, blank=True)
    text_ja = models.TextField(_("description (Japanese)"), max_length=5000, blank=True)
    text_en = models.TextField(_("description (English)"), max_length=5000, blank=True)
    cooperation = ArrayField(
        models.CharField(max_length=24, choices=Cooperation.choices),
        verbose_name=_("cooperation types"),
    )
    concepts = models.ManyToManyField(
        Concept, blank=True, related_name="%(class)ss", verbose_name=_("concepts")
    )
    hs6 = ArrayField(
        models.CharField(max_length=6), default=list, blank=True, verbose_name=_("HS codes")
    )
    certifications = models.ManyToManyField(
        Certification, blank=True, related_name="%(class)ss", verbose_name=_("certifications")
    )
    annual_volume = models.DecimalField(
        _("annual volume"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    minimum_order = models.DecimalField(
        _("minimum order"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    unit = models.ForeignKey(
        Unit,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("unit"),
    )
    lead_time_days = models.PositiveIntegerField(_("lead time (days)"), null=True, blank=True)
    price_min = models.DecimalField(
        _("lowest price"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    price_max = models.DecimalField(
        _("highest price"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    currency = models.ForeignKey(
        Currency,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("currency"),
    )
    incoterm = models.CharField(_("Incoterm"), max_length=3, choices=Incoterm.choices, blank=True)
    stage = models.CharField(
        _("development stage"), max_length=16, choices=Stage.choices, blank=True
    )
    wish_min_employees = models.PositiveIntegerField(
        _("partner with at least this many employees"), null=True, blank=True
    )
    wish_experienced = models.BooleanField(
        _("partner with experience of the other country"), default=False
    )
    wish_regions = models.ManyToManyField(
        Region, blank=True, related_name="+", verbose_name=_("partner in these regions")
    )
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    # The last valid day of which the firm was told that it comes near.
    told_until = models.DateField(null=True, blank=True, editable=False)
    # Names of the title and text fields that hold a machine's translation nobody has looked at.
    machine_made = ArrayField(
        models.CharField(max_length=12), default=list, blank=True, editable=False
    )
    # Moves when a field that matters for matching changes: a declined pair may be proposed again.
    material_at = models.DateTimeField(_("changed materially"))
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering: ClassVar = ["-created_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "source_id"],
                condition=~models.Q(source_id=""),
                name="one_%(class)s_per_source",
            ),
            models.CheckConstraint(
                condition=~(models.Q(title_ko="") & models.Q(title_ja="") & models.Q(title_en="")),
                name="%(class)s_has_a_title",
            ),
            models.CheckConstraint(
                condition=models.Q(cooperation__len__gt=0), name="%(class)s_has_cooperation"
            ),
            models.CheckConstraint(
                condition=models.Q(price_min=None)
                | models.Q(price_max=None)
                | models.Q(price_min__lte=models.F("price_max")),
                name="%(class)s_prices_in_order",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "valid_until"]),
            # The orders in which programs read long lists.
            models.Index(fields=["created_at", "id"]),
            models.Index(fields=["updated_at", "id"]),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The title in the reader's language, else in the best one there is."""
        return pick(self, "title")[0]


class Offering(Item):
    """What a company supplies. `annual_volume` is its yearly capacity for this item."""

    class Meta(Item.Meta):
        pass


class Need(Item):
    """What a company looks for. Hard requirements exclude; wishes only score."""

    required_certifications = models.ManyToManyField(
        Certification,
        blank=True,
        related_name="required_by",
        verbose_name=_("required certifications"),
    )
    max_lead_time_days = models.PositiveIntegerField(
        _("lead time at most (days)"), null=True, blank=True
    )
    is_volume_required = models.BooleanField(_("full volume from one supplier"), default=False)
    current_source_country = models.CharField(_("current source country"), max_length=2, blank=True)
    is_single_sourced = models.BooleanField(_("single-sourced today"), null=True, blank=True)
    risk_reason = models.CharField(_("risk"), max_length=16, choices=RiskReason.choices, blank=True)
    accepts_substitutes = models.BooleanField(_("substitutes acceptable"), null=True, blank=True)
    stock_cover_days = models.PositiveIntegerField(_("stock cover (days)"), null=True, blank=True)
    needed_by = models.DateField(_("needed by"), null=True, blank=True)
    seats = models.PositiveSmallIntegerField(
        _("suppliers to talk to"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
    )

    class Meta(Item.Meta):
        pass
