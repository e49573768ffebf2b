"""manage.py revoke_token ID: from now on nobody gets in with it."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError
from django.utils import timezone

from api.models import Token
from api.services import revoke_token
from common import commands
from common.errors import GagyoError


class Command(commands.Command):
    help = "Revoke a token of the API for good, by its id."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=UUID)

    def handle(self, *args: Any, **options: Any) -> None:
        token = Token.objects.select_related("user").filter(pk=options["id"]).first()
        if token is None:
            raise CommandError(f"There is no token {options['id']}.")
        try:
            token = revoke_token(token=token, actor=token.user, now=timezone.now())
        except GagyoError as error:
            raise CommandError(str(error)) from error
        told = {"id": token.pk, "name": token.name, "revoked_at": token.revoked_at}
        self.tell(told, f"token {token.pk} ({token.name}) is revoked")
