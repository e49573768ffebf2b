"""What companies do when something happens below them."""

from typing import Any

from django.dispatch import receiver

from accounts.erasing import Identity
from accounts.models import User
from accounts.signals import person_erased
from companies.models import FormDraft, Invitation, JoinRequest, Membership


@receiver(person_erased, dispatch_uid="companies")
def on_person_erased(sender: Any, user: User, identity: Identity, **kwargs: Any) -> None:
    """The person belongs to no firm any more, and nobody reads that they were asked to."""
    Membership.objects.filter(user=user).delete()
    JoinRequest.objects.filter(user=user).delete()
    Invitation.objects.filter(email__in=identity.addresses).delete()
    FormDraft.objects.filter(user=user).delete()
