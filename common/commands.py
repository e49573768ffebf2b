"""Commands for people and for programs: `--json` prints one document and nothing else.

Exit codes: 0 the command did what it says; 1 it was refused or failed, and the sentence stands on
stderr (with `--json` also in `{"error": …}` on stdout); 2 the words of the command are wrong.
"""

import json
from argparse import SUPPRESS, ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder


def add_json(parser: ArgumentParser) -> None:
    """For the parser of a command, and for each of its tasks when it has some."""
    parser.add_argument(
        "--json",
        action="store_true",
        default=SUPPRESS,
        help="print one JSON document, progress on stderr",
    )


class Command(BaseCommand):
    """`say` tells how it goes, `tell` the result, once."""

    is_json = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        add_json(parser)
        return parser

    def execute(self, *args: Any, **options: Any) -> str | None:
        self.is_json = bool(options.get("json"))
        try:
            return super().execute(*args, **options)
        except CommandError as error:
            if self.is_json:
                self._print({"error": str(error)})
            raise

    def say(self, text: str) -> None:
        """A line on how it goes."""
        (self.stderr if self.is_json else self.stdout).write(text)

    def tell(self, document: Any, text: str = "") -> None:
        """What came of it: `document` for programs, `text` for people."""
        if self.is_json:
            self._print(document)
        elif text:
            self.stdout.write(text)

    def _print(self, document: Any) -> None:
        told = json.dumps(document, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        self.stdout.write(told)
