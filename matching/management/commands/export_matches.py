from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from common import commands
from matching.choices import MatchState
from matching.exporting import export_matches
from matching.models import Match, MatchRun


class Command(commands.Command):
    help = "Write matches to FILE.csv or FILE.jsonl, with every criterion and the reasons."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="ends in .csv or .jsonl")
        parser.add_argument("--run", type=UUID, help="only matches this run found last")
        parser.add_argument("--state", choices=MatchState.values, action="append")
        parser.add_argument(
            "--prospects", action="store_true", help="only pairs with an unclaimed firm"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        matches = Match.objects.all()
        if options["run"]:
            if not MatchRun.objects.filter(pk=options["run"]).exists():
                raise CommandError(f"There is no run {options['run']}.")
            matches = matches.filter(run=options["run"])
        if options["state"]:
            matches = matches.filter(state__in=options["state"])
        if options["prospects"]:
            matches = matches.filter(is_prospect=True)
        try:
            count = export_matches(matches, options["file"])
        except (ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        told = {"rows": count, "file": str(options["file"])}
        self.tell(told, f"{count} matches → {options['file']}")
