"""manage.py load_taxonomy: bring the reference data in line with taxonomy/data/."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError

from common import commands
from taxonomy.reading import BadReferenceData, read_reference_data
from taxonomy.services import load_reference_data


class Command(commands.Command):
    help = "Load sectors, concepts, certifications, regions, units and currencies; idempotent."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = read_reference_data()
        except BadReferenceData as error:
            raise CommandError(str(error)) from error
        results = load_reference_data(data=data)
        self.tell(
            {table: asdict(result) for table, result in results.items()},
            "\n".join(
                f"{table}: {result.created} new, {result.changed} changed, "
                f"{result.unchanged} unchanged, {result.kept_edited} kept as staff edited them, "
                f"{result.retired} retired"
                for table, result in results.items()
            ),
        )
