"""What accounts do when something happens below them."""

from datetime import datetime
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver

from accounts.choices import ConsentKind
from accounts.middleware import note_log_in
from accounts.models import User
from accounts.services import withdraw_consent
from mailing.choices import Category
from mailing.signals import mail_refused


@receiver(mail_refused)
def withdraw_with_refusal(
    sender: Any, address: str, category: str, now: datetime, **kwargs: Any
) -> None:
    """The one-click refusal of promotional mail is also the withdrawal of the consent to it."""
    if category != Category.PROMOTIONAL:
        return
    for user in User.objects.filter(email=address):
        withdraw_consent(user=user, kind=ConsentKind.PROMOTIONAL, now=now)


user_logged_in.connect(note_log_in, dispatch_uid="accounts.note_log_in")
