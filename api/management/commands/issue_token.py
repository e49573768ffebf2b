"""manage.py issue_token EMAIL: a token for a person's programs, shown this once."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from accounts.models import User
from api.choices import Scope
from api.services import issue_token
from common import commands
from common.errors import GagyoError


class Command(commands.Command):
    help = "Make a token of the API for a person. Its key is printed once and kept nowhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="whose it is; the person's own rights hold besides")
        parser.add_argument("--name", default="command line", help="what it is for")
        parser.add_argument(
            "--scope", dest="scopes", choices=Scope.values, action="append", required=True
        )
        parser.add_argument("--days", type=int, default=90, help="it lasts (at most 366)")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        user = User.objects.filter(email__iexact=options["email"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is nobody with the address {options['email']}.")
        try:
            token, key = issue_token(
                user=user,
                name=options["name"],
                scopes=options["scopes"],
                expires_at=now + timedelta(days=options["days"]),
                actor=user,
                now=now,
            )
        except GagyoError as error:
            raise CommandError(str(error)) from error
        told = {
            "id": token.pk,
            "name": token.name,
            "scopes": token.scopes,
            "expires_at": token.expires_at,
            "key": key,
        }
        self.tell(told, f"token {token.pk}, until {token.expires_at:%Y-%m-%d}\n{key}")
