"""manage.py show_run [ID]: how a matching run stands, in the words of the API."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from api.resources.runs import RunWholeSerializer
from common import commands
from matching.models import MatchRun


class Command(commands.Command):
    help = "Show a matching run; without an id the latest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=UUID, nargs="?")

    def handle(self, *args: Any, **options: Any) -> None:
        runs = MatchRun.objects.select_related("policy", "sector", "requested_by")
        found = runs.filter(pk=options["id"]) if options["id"] else runs.order_by("-created_at")
        run = found.first()
        if run is None:
            raise CommandError("There is no such run.")
        told = RunWholeSerializer(run).data
        text = f"run {run.pk}: {run.state}, {run.needs_done}/{run.needs_total} needs"
        self.tell(told, f"{text}. {run.failure}".strip() if run.failure else text)
