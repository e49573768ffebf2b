"""The firm and what hangs on it."""

import uuid
from datetime import date, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.localisation import Language, pick
from companies.choices import (
    GONE,
    BlockReason,
    CompanySource,
    CompanyState,
    JoinKind,
    JoinState,
    MemberRole,
    ReturnReason,
    VerificationCheck,
    VerificationDecision,
)
from companies.numbers import format_number
from documents.models import Document
from taxonomy.choices import Country
from taxonomy.models import Certification, Region, Sector


class CompanyQuerySet(models.QuerySet["Company"]):
    def listed(self) -> "CompanyQuerySet":
        """In the directory: verified firms; an account of the association is no firm."""
        return self.filter(state=CompanyState.VERIFIED).exclude(source=CompanySource.ASSOCIATION)

    def of_member(self, user: Any) -> "CompanyQuerySet":
        """The firms `user` is a member of."""
        return self.filter(memberships__user=user)

    def visible_to(self, user: Any) -> "CompanyQuerySet":
        """What `user` may see: staff all; everybody verified firms; members their own."""
        if getattr(user, "is_association_staff", False):
            return self
        listed = models.Q(state=CompanyState.VERIFIED)
        if not user.is_authenticated:
            return self.filter(listed)
        own = models.Q(pk__in=Membership.objects.filter(user=user).values("company"))
        return self.filter(listed | own)

    def matchable(self, *, prospects: bool = False) -> "CompanyQuerySet":
        """Verified firms that consent to matching; with `prospects` unclaimed ones as well."""
        verified = models.Q(state=CompanyState.VERIFIED, is_matching_enabled=True)
        if prospects:
            return self.filter(verified | models.Q(state=CompanyState.UNCLAIMED))
        return self.filter(verified)


class Company(models.Model):
    """A Korean or Japanese firm, identified by its official number.

    `name_key` is the name folded by `companies.names.fold`: width, case and legal forms away.
    A firm from a public list that lacks the number is known by (`source_list`, `source_id`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    country = models.CharField(_("country"), max_length=2, choices=Country.choices)
    official_number = models.CharField(_("official number"), max_length=13, blank=True)
    name_ko = models.CharField(_("Korean name"), max_length=160, blank=True)
    name_ja = models.CharField(_("Japanese name"), max_length=160, blank=True)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    name_kana = models.CharField(_("name in kana"), max_length=200, blank=True)
    name_key = models.CharField(max_length=200, db_index=True, editable=False)
    state = models.CharField(
        _("state"), max_length=12, choices=CompanyState.choices, default=CompanyState.DRAFT
    )
    source = models.CharField(
        _("origin"), max_length=12, choices=CompanySource.choices, default=CompanySource.SELF
    )
    source_list = models.CharField(_("public list"), max_length=60, blank=True)
    source_id = models.CharField(_("identifier in the list"), max_length=60, blank=True)
    website = models.URLField(_("website"), max_length=300, blank=True)
    region = models.ForeignKey(
        Region, null=True, blank=True, on_delete=models.PROTECT, verbose_name=_("region")
    )
    address = models.CharField(_("address"), max_length=300, blank=True)
    founded_on = models.DateField(_("founded"), null=True, blank=True)
    representative = models.CharField(_("representative"), max_length=120, blank=True)
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    industry = models.CharField(_("industry"), max_length=160, blank=True)
    stock_code = models.CharField(_("stock code"), max_length=12, blank=True)
    sectors = models.ManyToManyField(
        Sector, blank=True, related_name="companies", verbose_name=_("sectors")
    )
    about_ko = models.TextField(_("about the firm (Korean)"), blank=True, max_length=4000)
    about_ja = models.TextField(_("about the firm (Japanese)"), blank=True, max_length=4000)
    about_en = models.TextField(_("about the firm (English)"), blank=True, max_length=4000)
    has_partner_experience = models.BooleanField(
        _("has traded with the other country"), null=True, blank=True
    )
    introductions_per_month = models.PositiveSmallIntegerField(
        _("introductions a month"),
        default=5,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("How many introductions a month you can handle."),
    )
    is_name_hidden = models.BooleanField(_("hide the name until both sides accept"), default=False)
    is_matching_enabled = models.BooleanField(_("take part in matching"), default=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    # A verified firm has confirmed its facts and waits for its next 12 months.
    renewal_asked_at = models.DateTimeField(_("renewal asked"), null=True, blank=True)
    verified_until = models.DateTimeField(_("verified until"), null=True, blank=True)
    # The record that has taken this one's place, while the state is "merged".
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_from"
    )
    # Who of the staff checks the firm at present, as a courtesy to the others.
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    checker_since = models.DateTimeField(null=True, blank=True)
    # When its possible duplicates were looked for; again when the firm has changed since.
    duplicates_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = CompanyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name_key", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["country", "official_number"],
                condition=~models.Q(official_number="") & ~models.Q(state__in=GONE),
                name="one_company_per_number",
            ),
            models.UniqueConstraint(
                fields=["source_list", "source_id"],
                condition=~models.Q(source_list=""),
                name="one_company_per_list_entry",
            ),
            models.CheckConstraint(
                condition=~(models.Q(name_ko="") & models.Q(name_ja="") & models.Q(name_en="")),
                name="company_has_a_name",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=CompanyState.VERIFIED)
                | models.Q(verified_at__isnull=False, verified_until__isnull=False),
                name="verified_says_when",
            ),
            models.CheckConstraint(
                condition=models.Q(state=CompanyState.MERGED) ^ models.Q(merged_into=None),
                name="merged_says_into_what",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "country"]),
            # The orders in which programs read long lists.
            models.Index(fields=["created_at", "id"]),
            models.Index(fields=["updated_at", "id"]),
            GinIndex(name="company_name_trgm", fields=["name_key"], opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def native_language(self) -> str:
        return Language.KO if self.country == Country.KR else Language.JA

    @property
    def display_name(self) -> str:
        """The name in the reader's language, else the legal name in the firm's own."""
        text, _language = pick(self, "name")
        return text

    @property
    def native_name(self) -> str:
        return pick(self, "name", self.native_language)[0]

    @property
    def formatted_number(self) -> str:
        """The official number as people of the country write it."""
        return format_number(self.official_number, self.country)


class Membership(models.Model):
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=10, choices=MemberRole.choices)
    created_at = models.DateTimeField(_("since"))

    class Meta:
        ordering: ClassVar = ["created_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "user"], name="one_membership")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.company_id}"


class JoinRequest(models.Model):
    """A person asks to join a firm that is here already, or to claim an unclaimed record."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="join_requests")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="join_requests"
    )
    kind = models.CharField(_("kind"), max_length=6, choices=JoinKind.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=JoinState.choices, default=JoinState.OPEN
    )
    official_number = models.CharField(_("official number"), max_length=13, blank=True)
    message = models.TextField(_("message"), blank=True, max_length=1000)
    created_at = models.DateTimeField(_("asked"))
    # The owners have left it unanswered for too long: staff may decide as well.
    handed_on_at = models.DateTimeField(_("handed to the staff"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["created_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "user"],
                condition=models.Q(state=JoinState.OPEN),
                name="one_open_join_request",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.company_id}"


class Block(models.Model):
    """`company` never wants to meet `blocked`; the other side is never told, nor the reason.

    `is_blind`: put on the list without knowing the firm's name, which the list must not tell
    either. A firm may be on the list twice, once named and once not, so that naming firms one
    after the other does not tell which of them the unnamed one is.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="blocked_by")
    is_blind = models.BooleanField(default=False)
    reason = models.CharField(_("reason"), max_length=16, choices=BlockReason.choices, blank=True)
    created_at = models.DateTimeField(_("since"))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "blocked", "is_blind"], name="one_block"),
            models.CheckConstraint(
                condition=~models.Q(company=models.F("blocked")), name="no_block_of_oneself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} ✕ {self.blocked_id}"


class CompanyCertification(models.Model):
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="certificates")
    certification = models.ForeignKey(
        Certification, on_delete=models.PROTECT, verbose_name=_("certification")
    )
    number = models.CharField(_("certificate number"), max_length=80, blank=True)
    issuer = models.CharField(_("issued by"), max_length=120, blank=True)
    scope = models.CharField(_("scope"), max_length=300, blank=True)
    issued_on = models.DateField(_("issued"), null=True, blank=True)
    expires_on = models.DateField(_("expires"), null=True, blank=True)
    document = models.OneToOneField(
        Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # The last day whose passing has been told to the matching.
    expiry_told_for = models.DateField(null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["certification__code"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "certification", "number"], name="one_certificate"
            )
        ]

    def __str__(self) -> str:
        return f"{self.certification_id} {self.number}"

    def standing(self, today: date) -> str:
        """`expired`, `ends_soon`, `valid`, or `endless` when no last day is given."""
        if self.expires_on is None:
            return "endless"
        if self.expires_on < today:
            return "expired"
        notice = timedelta(days=settings.CERTIFICATE_NOTICE_DAYS)
        return "ends_soon" if self.expires_on <= today + notice else "valid"

    def days_left(self, today: date) -> int | None:
        return (self.expires_on - today).days if self.expires_on else None


class Verification(models.Model):
    """A staff decision on a firm: what was checked, by whom, when, and why it was returned."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="verifications")
    decision = models.CharField(_("decision"), max_length=10, choices=VerificationDecision.choices)
    checked = ArrayField(
        models.CharField(max_length=20, choices=VerificationCheck.choices),
        default=list,
        blank=True,
        verbose_name=_("checked"),
    )
    reasons = ArrayField(
        models.CharField(max_length=20, choices=ReturnReason.choices),
        default=list,
        blank=True,
        verbose_name=_("reasons"),
    )
    note = models.TextField(_("note"), blank=True, max_length=1000)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(_("time"))

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.company_id} {self.decision}"

    @property
    def checked_labels(self) -> list[str]:
        return [str(VerificationCheck(code).label) for code in self.checked]

    @property
    def reason_labels(self) -> list[str]:
        return [str(ReturnReason(code).label) for code in self.reasons]
