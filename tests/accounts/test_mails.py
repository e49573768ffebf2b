"""Every mail about an account exists in three parts and renders in three languages."""

from pathlib import Path

import pytest
from django.utils import timezone

from mailing.choices import Category
from mailing.rendering import render_mail
from tests.factories import UserFactory

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
MAILS = sorted(
    str(path.relative_to(TEMPLATES)).removesuffix(".subject.txt")
    for folder in ("account/email", "mfa/email", "accounts/mail")
    for path in (TEMPLATES / folder).glob("*.subject.txt")
)
# Those that allauth can send with our settings.
NEEDED = {
    "account/email/account_already_exists",
    "account/email/email_changed",
    "account/email/email_confirm",
    "account/email/email_confirmation",
    "account/email/email_confirmation_signup",
    "account/email/email_deleted",
    "account/email/password_changed",
    "account/email/password_reset",
    "account/email/password_reset_key",
    "account/email/password_set",
    "account/email/unknown_account",
    "mfa/email/recovery_codes_generated",
    "mfa/email/totp_activated",
    "mfa/email/totp_deactivated",
}


def test_none_is_missing():
    assert set(MAILS) >= NEEDED


@pytest.mark.parametrize("language", ["ko", "ja", "en"])
@pytest.mark.parametrize("template", MAILS)
def test_a_mail_renders(template, language):
    mail = render_mail(
        template=template,
        category=Category.ACCOUNT,
        address="sato@kyushu.example",
        language=language,
        context={
            "user": UserFactory.build(name="佐藤花子"),
            "email": "sato@kyushu.example",
            "activate_url": "https://gagyo.example/link",
            "password_reset_url": "https://gagyo.example/link",
            "signup_url": "https://gagyo.example/link",
            "reset_url": "https://gagyo.example/link",
            "consents_url": "https://gagyo.example/link",
            "is_given": True,
            "at": timezone.now(),
            "timestamp": timezone.now(),
            "ip": "192.0.2.1",
            "user_agent": "Browser",
            "from_email": "a@x.example",
            "to_email": "b@x.example",
            "deleted_email": "a@x.example",
        },
    )
    assert mail.subject
    assert "https://gagyo.example/link" in mail.text
    assert 'href="https://gagyo.example/link"' in mail.html
    assert f'<html lang="{language}"' in mail.html
    assert "<" not in mail.text
    assert "{{" not in mail.text + mail.html
    assert "<img" not in mail.html
