"""manage.py load_taxonomy: bring the reference data in line with taxonomy/data/."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from taxonomy.reading import BadReferenceData, read_reference_data
from taxonomy.services import load_reference_data


class Command(BaseCommand):
    help = "Load sectors, concepts, certifications, regions, units and currencies; idempotent."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = read_reference_data()
        except BadReferenceData as error:
            raise CommandError(str(error)) from error
        for table, result in load_reference_data(data=data).items():
            self.stdout.write(
                f"{table}: {result.created} new, {result.changed} changed, "
                f"{result.unchanged} unchanged, {result.kept_edited} kept as staff edited them, "
                f"{result.retired} retired"
            )
