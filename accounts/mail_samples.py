"""An example of every mail about an account (see `mailing.samples`)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from accounts.choices import StaffChange, StaffRole
from accounts.models import StaffInvitation, User
from common.formatting import date_text
from mailing.choices import Category
from mailing.samples import Sample, in_words, sample_link

AT: Final = datetime(2026, 11, 23, 10, 30, tzinfo=ZoneInfo("Asia/Seoul"))
NAMES: Final = in_words("김하늘", "佐藤花子", "Hana Sato")
INVITERS: Final = in_words("박지은", "高橋誠", "Grace Park")
ADDRESSES: Final = in_words("haneul@hanbit.example", "sato@shinsei.example", "hana@shinsei.example")


def sample_user(language: str) -> User:
    return User(email=ADDRESSES[language], name=NAMES[language], language=language)


def _account(language: str) -> dict[str, Any]:
    user = sample_user(language)
    return {
        "user": user,
        "email": user.email,
        "activate_url": sample_link("/accounts/confirm-email/sample/"),
        "password_reset_url": sample_link("/accounts/password/reset/key/1-sample/"),
        "signup_url": sample_link("/accounts/signup/"),
        "reset_url": sample_link("/accounts/password/reset/"),
        "timestamp": AT,
        "ip": "192.0.2.1",
        "user_agent": "Firefox 140, Windows",
        "from_email": user.email,
        "to_email": f"new.{user.email}",
        "deleted_email": user.email,
    }


def _consent(language: str, result: str) -> dict[str, Any]:
    return {
        "user": sample_user(language),
        "result": result,
        "at": AT,
        "consents_url": sample_link("/settings/consents/"),
    }


def _renewal(language: str) -> dict[str, Any]:
    return {
        "user": sample_user(language),
        "given": date_text(AT - timedelta(days=700), "long"),
        "ends": date_text(AT + timedelta(days=30), "long"),
        "consent_url": sample_link("/c/sample/"),
    }


def _allauth(folder: str, *kinds: str) -> list[Sample]:
    return [Sample(kind, Category.ACCOUNT, f"{folder}/{kind}", _account) for kind in kinds]


def _data(language: str) -> dict[str, Any]:
    return {
        "user": sample_user(language),
        "data_url": sample_link("/settings/data/"),
        "due": AT + timedelta(days=7),
        "until": AT + timedelta(days=7),
        "is_firm": False,
    }


def _data_sample(kind: str) -> Sample:
    return Sample(f"account_{kind}", Category.ACCOUNT, f"accounts/mail/{kind}", _data)


def _colleague(language: str, change: StaffChange, was: str, role: str) -> dict[str, Any]:
    user = sample_user(language)
    user.pk, user.staff_role = 0, role
    return {
        "user": user,
        "person": user,
        "change": change.value,
        "was": was,
        "actor": User(email="admin@association.example", name=INVITERS[language]),
        "at": AT,
        "person_url": sample_link("/staff/people/1/"),
    }


def _staff_samples() -> Iterator[Sample]:
    """The same changes as the person and as the other administrators are told them."""
    changes = (
        (StaffChange.JOINED, "", StaffRole.REVIEWER),
        (StaffChange.ROLE, StaffRole.REVIEWER, StaffRole.SUPERVISOR),
        (StaffChange.ENDED, StaffRole.REVIEWER, ""),
        (StaffChange.DEACTIVATED, StaffRole.REVIEWER, StaffRole.REVIEWER),
        (StaffChange.REACTIVATED, StaffRole.REVIEWER, StaffRole.REVIEWER),
    )
    for change, was, role in changes:
        for kind, category in (
            ("staff_changed", Category.ACCOUNT),
            ("staff_told", Category.STAFF),
        ):
            if kind == "staff_changed" and change == StaffChange.JOINED:
                continue
            yield Sample(
                kind,
                category,
                f"accounts/mail/{kind}",
                partial(_colleague, change=change, was=was, role=role),
                variant=change.value,
            )


def _staff_invitation(language: str) -> dict[str, Any]:
    return {
        "invitation": StaffInvitation(
            email=ADDRESSES[language], name=NAMES[language], role=StaffRole.REVIEWER
        ),
        "inviter": User(email="admin@association.example", name=INVITERS[language]),
        "until": AT + timedelta(days=3),
        "invitation_url": sample_link("/join/sample/"),
    }


SAMPLES: Final = (
    *_allauth(
        "account/email",
        "email_confirmation_signup",
        "email_confirmation",
        "account_already_exists",
        "password_reset_key",
        "unknown_account",
        "password_reset",
        "password_changed",
        "password_set",
        "email_changed",
        "email_confirm",
        "email_deleted",
    ),
    *_allauth("mfa/email", "totp_activated", "totp_deactivated", "recovery_codes_generated"),
    Sample(
        "consent_result",
        Category.ACCOUNT,
        "accounts/mail/consent_result",
        lambda language: _consent(language, "given"),
        variant="given",
    ),
    Sample(
        "consent_result",
        Category.ACCOUNT,
        "accounts/mail/consent_result",
        lambda language: _consent(language, "withdrawn"),
        variant="withdrawn",
    ),
    Sample(
        "consent_result",
        Category.ACCOUNT,
        "accounts/mail/consent_result",
        lambda language: _consent(language, "unconfirmed"),
        variant="unconfirmed",
    ),
    Sample("consent_renewal", Category.ACCOUNT, "accounts/mail/consent_renewal", _renewal),
    Sample(
        "staff_invitation", Category.ACCOUNT, "accounts/mail/staff_invitation", _staff_invitation
    ),
    *_staff_samples(),
    *(
        _data_sample(kind)
        for kind in ("export_ready", "erasure_asked", "erasure_cancelled", "erasure_held")
    ),
)
