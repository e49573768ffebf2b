"""allauth's seams: its mails go through our outbox, its links point to our public address."""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailConfirmation
from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.localisation import active_language
from mailing.choices import Category
from mailing.links import absolute_url
from mailing.services import write_message


class AccountAdapter(DefaultAccountAdapter):
    """Log-in, sign-up and their mails, in the person's language."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Into the outbox, from `<template_prefix>.{subject.txt,txt,html}`.

        In the language of the person; of the page that caused the mail when we know nobody there.
        A system gets none.
        """
        user = context.get("user") or User.objects.filter(email=email.lower()).first()
        if user is not None and user.is_system:
            return
        write_message(
            kind=template_prefix.rpartition("/")[2],
            category=Category.ACCOUNT,
            template=template_prefix,
            user=user,
            address=email,
            language=user.language if user else active_language(),
            context={
                **context,
                "email": email,
                "signup_url": absolute_url(reverse("account_signup")),
                "reset_url": absolute_url(reverse("account_reset_password")),
            },
            # Each request is a mail of its own: asking for a second link gets a second link.
            dedupe_key=f"{template_prefix}:{uuid4()}",
            now=timezone.now(),
        )

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """As allauth does, naming the person: the address may be one that is no longer theirs."""
        super().send_notification_mail(
            template_prefix, user, {**(context or {}), "user": user}, email
        )

    # The request's Host header never gets into a mail: links come from settings.PUBLIC_URL.

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return absolute_url(path.replace("UID-KEY", quote(key)))

    def get_email_confirmation_url(
        self, request: HttpRequest, emailconfirmation: EmailConfirmation
    ) -> str:
        return absolute_url(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def save_user(
        self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True
    ) -> User:
        """The name and language of the sign-up form, with the account."""
        user.name = form.cleaned_data.get("name", "")
        user.language = form.cleaned_data.get("language") or active_language()
        saved: User = super().save_user(request, user, form, commit=commit)
        return saved
