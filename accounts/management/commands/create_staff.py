"""The first people of the association, from the command line."""

from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.utils import user_pk_to_url_str
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.core.validators import validate_email
from django.utils import timezone

from accounts.choices import StaffRole
from accounts.models import User
from accounts.services import appoint_staff
from common import commands
from common.localisation import LANGUAGES

ROLES = [role.value for role in StaffRole if role]


class Command(commands.Command):
    help = (
        "Give a person a role in the association, opening an account when there is none. "
        "Prints a link by which a new person sets the password."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", choices=ROLES, default=StaffRole.REVIEWER.value)
        parser.add_argument("--name", default="")
        parser.add_argument("--language", choices=LANGUAGES, default="ko")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
        except ValidationError as error:
            raise CommandError(f"{options['email']} is not an e-mail address.") from error
        user, is_new = appoint_staff(
            email=options["email"],
            role=options["role"],
            name=options["name"],
            language=options["language"],
            actor=None,
            now=timezone.now(),
        )
        link = password_link(user) if is_new else None
        text = f"{user.email} is {user.staff_role}."
        if link:
            text += f"\nSet the password at {link}"
        told = {"email": user.email, "staff_role": user.staff_role, "is_new": is_new}
        self.tell({**told, "password_url": link}, text)


def password_link(user: User) -> str:
    """The address where this person, and whoever else reads it, can set the password once."""
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    url: str = get_adapter().get_reset_password_from_key_url(f"{user_pk_to_url_str(user)}-{token}")
    return url
