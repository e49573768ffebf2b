"""What a person decides about the mails they get."""

from datetime import datetime

from django.db import transaction

from accounts.choices import ConsentKind, ConsentWay
from accounts.models import User
from accounts.services import give_consent, withdraw_consent
from mailing.choices import Category, Frequency
from mailing.services import choose_match_mail, refuse_mail


@transaction.atomic
def choose_mail(
    *,
    user: User,
    frequency: Frequency | None,
    weekday: int,
    wants_promotion: bool,
    language: str,
    ip_address: str | None,
    shown_in: str,
    way: ConsentWay,
    now: datetime,
) -> None:
    """Hold to what the person chose from now on: all of it, or nothing.

    Wanting promotional mail is the consent to it, with the wording shown in `shown_in`; not wanting
    it withdraws a standing one. Either is confirmed by mail.
    """
    if language != user.language:
        user.language = language
        user.save(update_fields=["language"])
    choose_match_mail(user=user, frequency=frequency, weekday=weekday, now=now)
    if wants_promotion:
        give_consent(
            user=user,
            kind=ConsentKind.PROMOTIONAL,
            language=shown_in,
            ip_address=ip_address,
            way=way,
            now=now,
        )
    elif withdraw_consent(user=user, kind=ConsentKind.PROMOTIONAL, now=now):
        refuse_mail(address=user.email, category=Category.PROMOTIONAL, now=now)
