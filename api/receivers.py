"""What becomes of tokens when their person leaves or is logged out everywhere."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import logged_out, person_erased, staff_left
from api.services import end_tokens, forget_addresses


@receiver(staff_left, dispatch_uid="api.staff_left")
@receiver(logged_out, dispatch_uid="api.logged_out")
def on_leaving(user: User, now: datetime, **kwargs: Any) -> None:
    end_tokens(user=user, actor=None, now=now)


@receiver(person_erased, dispatch_uid="api.person_erased")
def on_person_erased(user: User, now: datetime, **kwargs: Any) -> None:
    end_tokens(user=user, actor=None, now=now)
    user.api_tokens.update(name="", last_used_from=None)
    forget_addresses(user=user)
