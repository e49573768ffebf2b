"""What companies do when something happens below them."""

from typing import Any

from django.dispatch import receiver

from accounts.erasing import Identity
from accounts.models import User
from accounts.signals import person_erased
from companies.models import (
    DomainProof,
    FormDraft,
    Invitation,
    JoinRequest,
    Membership,
    Proof,
)
from documents.models import Document


@receiver(person_erased, dispatch_uid="companies")
def on_person_erased(sender: Any, user: User, identity: Identity, **kwargs: Any) -> None:
    """The person belongs to no firm any more, and nobody reads that they were asked to."""
    Membership.objects.filter(user=user).delete()
    # Papers by which the person tried to claim a firm and did not: nobody else's.
    papers = Proof.objects.filter(claim__user=user).exclude(pk__in=Proof.objects.of_firm())
    files = list(papers.values_list("document", flat=True))
    papers.delete()
    Document.objects.filter(pk__in=files).delete()
    DomainProof.objects.filter(user=user).delete()
    JoinRequest.objects.filter(user=user).delete()
    Invitation.objects.filter(email__in=identity.addresses).delete()
    FormDraft.objects.filter(user=user).delete()
