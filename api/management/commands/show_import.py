"""manage.py show_import [ID]: how an import stands, in the words of the API."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from api.resources.import_shapes import ImportSerializer
from common import commands
from companies.models import ImportJob


class Command(commands.Command):
    help = "Show an import; without an id the latest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=UUID, nargs="?")

    def handle(self, *args: Any, **options: Any) -> None:
        jobs = ImportJob.objects.defer("content")
        found = jobs.filter(pk=options["id"]) if options["id"] else jobs.order_by("-created_at")
        job = found.first()
        if job is None:
            raise CommandError("There is no such import.")
        text = f"{job.filename} ({job.pk}): {job.state}, {job.rows_total} rows, {job.rows_bad} bad"
        self.tell(ImportSerializer(job).data, text)
