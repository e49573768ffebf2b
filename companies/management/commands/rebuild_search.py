"""manage.py rebuild_search: the directory's rows, checked or made anew."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from common import commands
from companies.services.search import check_search, rebuild_search


class Command(commands.Command):
    help = "Make every firm's row of the directory's search anew; a second run changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="only count the rows that are not right"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            if wrong := sum(check_search()):
                raise CommandError(f"{wrong} rows are not right: run rebuild_search.")
            self.tell({"wrong": 0}, "Every row is right.")
            return
        changed = sum(rebuild_search())
        self.tell({"changed": changed}, f"{changed} rows were changed.")
