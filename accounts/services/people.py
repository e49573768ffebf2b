"""What people, and staff about people, can do."""

from collections.abc import Iterable
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.choices import ConsentEnd, ConsentKind, ConsentWay
from accounts.mails import write_consent_result
from accounts.models import Consent, User
from accounts.queries import PROMOTIONAL_CONSENT_LASTS
from accounts.wording import WORDINGS
from common import audit
from common.errors import RuleViolated
from mailing.choices import Category
from mailing.services import resume_mail


@transaction.atomic
def give_consent(
    *,
    user: User,
    kind: str,
    language: str,
    ip_address: str | None,
    way: ConsentWay = ConsentWay.SETTINGS,
    now: datetime,
) -> Consent:
    """Record that the person agreed to the present wording of `kind`, shown in `language`.

    A consent that stands for this wording is returned unchanged; one for an older wording, or one
    to promotional mail that is over, is closed and a new fact recorded. Agreeing to promotional
    mail lifts an earlier refusal of it and is confirmed by mail (Korean law: within 14 days).
    """
    _lock(user)
    version = WORDINGS[kind].version
    standing = user.consents.standing().filter(kind=kind).first()
    is_over = (
        standing is not None
        and kind == ConsentKind.PROMOTIONAL
        and standing.given_at <= now - PROMOTIONAL_CONSENT_LASTS
    )
    if standing is not None and standing.wording_version == version and not is_over:
        return standing
    if standing is not None:
        standing.withdrawn_at = now
        standing.ended_by = ConsentEnd.UNCONFIRMED if is_over else ConsentEnd.REPLACED
        standing.save(update_fields=["withdrawn_at", "ended_by"])
    consent = Consent.objects.create(
        user=user,
        kind=kind,
        wording_version=version,
        language=language,
        given_at=now,
        ip_address=ip_address,
        way=way,
    )
    audit.record("consent.given", consent, actor=user, now=now, kind=kind, wording=version)
    if kind == ConsentKind.PROMOTIONAL:
        resume_mail(address=user.email, category=Category.PROMOTIONAL, now=now)
        write_consent_result(consent, now=now)
    return consent


@transaction.atomic
def give_consents(
    *,
    user: User,
    kinds: Iterable[str],
    language: str,
    ip_address: str | None,
    way: ConsentWay = ConsentWay.SETTINGS,
    now: datetime,
) -> list[Consent]:
    """All of `kinds`, or none."""
    return [
        give_consent(
            user=user, kind=kind, language=language, ip_address=ip_address, way=way, now=now
        )
        for kind in kinds
    ]


@transaction.atomic
def withdraw_consent(*, user: User, kind: str, now: datetime) -> Consent | None:
    """End a standing consent; holds at once. None when there was none to withdraw.

    Raises RuleViolated for the terms: without them there is no account, so it has to be closed.
    """
    if kind == ConsentKind.TERMS:
        raise RuleViolated(
            _("The account cannot exist without the terms of use. You can have it erased.")
        )
    _lock(user)
    consent = user.consents.standing().filter(kind=kind).first()
    if consent is None:
        return None
    consent.withdrawn_at = now
    consent.ended_by = ConsentEnd.WITHDRAWN
    consent.save(update_fields=["withdrawn_at", "ended_by"])
    audit.record("consent.withdrawn", consent, actor=user, now=now, kind=kind)
    if kind == ConsentKind.PROMOTIONAL:
        write_consent_result(consent, now=now)
    return consent


@transaction.atomic
def open_account(
    *,
    email: str,
    password: str | None,
    name: str,
    language: str,
    kinds: Iterable[str],
    now: datetime,
) -> User:
    """A person whose e-mail address somebody else has verified; for seeds and staff accounts.

    Without a password the person has to set one by the link of a password reset.
    """
    user = User.objects.create_user(email, password, name=name, language=language)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    audit.record("account.opened", user, actor=None, now=now)
    give_consents(user=user, kinds=kinds, language=language, ip_address=None, now=now)
    return user


@transaction.atomic
def appoint_staff(
    *, email: str, role: str, name: str, language: str, actor: User | None, now: datetime
) -> tuple[User, bool]:
    """Give `role` to the person with this address, opening an account when there is none.

    Returns the person and whether the account is new. `name` and `language` are for new ones.
    """
    user = User.objects.filter(email=email.strip().lower()).first()
    is_new = user is None
    if user is None:
        user = open_account(
            email=email, password=None, name=name, language=language, kinds=(), now=now
        )
    was = user.staff_role
    user.staff_role = role
    user.save(update_fields=["staff_role"])
    audit.record("staff.appointed", user, actor=actor, now=now, was=was, role=role)
    return user, is_new


def _lock(user: User) -> None:
    """One consent of a person is changed at a time."""
    User.objects.select_for_update().get(pk=user.pk)
