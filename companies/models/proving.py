"""How a firm shows who it is: documents, a mail to its domain, what public registers say."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from companies.choices import (
    JoinKind,
    JoinState,
    MemberRole,
    ProofFault,
    ProofKind,
    Registry,
    RegistryOutcome,
    RegistryState,
    Verdict,
)
from companies.models.company import Company, JoinRequest, Membership
from documents.models import Document
from taxonomy.choices import Country


class ProofQuerySet(models.QuerySet["Proof"]):
    def of_firm(self) -> "ProofQuerySet":
        """The firm's own: not those of people who have not been let in."""
        return self.filter(models.Q(claim=None) | models.Q(claim__state=JoinState.ACCEPTED))

    def readable_by(self, user: Any) -> "ProofQuerySet":
        """The papers of one's own firm, those one has handed in oneself, and for owners those of
        people who ask them to be let in."""
        mine = Membership.objects.filter(user=user)
        owned = mine.filter(role=MemberRole.OWNER).values("company")
        own = self.of_firm().filter(company__in=mine.values("company")).values("pk")
        return self.filter(
            models.Q(pk__in=own)
            | models.Q(claim__user=user)
            | models.Q(claim__kind=JoinKind.JOIN, company__in=owned)
        )


class Proof(models.Model):
    """A document that shows who the firm is, or that a person acts for it.

    `claim`: it came with a person's wish to claim or join; staff and that person may read it.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="proofs")
    claim = models.ForeignKey(
        JoinRequest, null=True, blank=True, on_delete=models.SET_NULL, related_name="proofs"
    )
    kind = models.CharField(_("kind of document"), max_length=24, choices=ProofKind.choices)
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("handed in"))
    # The first of the staff to open it.
    viewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    viewed_at = models.DateTimeField(null=True, blank=True)
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict.choices, blank=True)
    fault = models.CharField(_("reason"), max_length=12, choices=ProofFault.choices, blank=True)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    judged_at = models.DateTimeField(null=True, blank=True)

    objects = ProofQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["created_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(verdict=Verdict.REJECTED) ^ models.Q(fault=""),
                name="rejected_proof_says_why",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["company"], condition=models.Q(verdict=""), name="proof_to_judge_idx"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.company_id}"


class DomainProof(models.Model):
    """A link to claim a record, sent to the claimant's own address at the firm's domain."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="domain_proofs")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    address = models.EmailField(_("address"))
    official_number = models.CharField(_("official number"), max_length=13)
    created_at = models.DateTimeField(_("asked"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.company_id}"


class RegistryCheck(models.Model):
    """One question to a public register; the row is the queue and later the answer.

    `company` is empty while somebody is still registering. `facts`: name, name_en, address,
    status and closed_on as the register has them, those that it gives.
    """

    company = models.ForeignKey(
        Company, null=True, blank=True, on_delete=models.CASCADE, related_name="registry_checks"
    )
    country = models.CharField(max_length=2, choices=Country.choices)
    official_number = models.CharField(_("official number"), max_length=13)
    registry = models.CharField(_("register"), max_length=10, choices=Registry.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=RegistryState.choices, default=RegistryState.WAITING
    )
    outcome = models.CharField(
        _("answer"), max_length=12, choices=RegistryOutcome.choices, blank=True
    )
    facts: Any = models.JSONField(default=dict, blank=True)
    error = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked"))
    # Not before this time is it tried (again).
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-asked_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["state", "due_at"]),
            models.Index(fields=["country", "official_number"]),
        ]

    def __str__(self) -> str:
        return f"{self.registry} {self.official_number} {self.state}"
