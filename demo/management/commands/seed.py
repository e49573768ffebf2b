"""manage.py seed: fictional firms, and half a year of what happened between them."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from companies.models import Company, Need, Offering
from demo.services.matchmaking import RunFailed
from demo.services.reference import TaxonomyMissing
from demo.services.seeding import MOST_FIRMS_WITH_HISTORY, AlreadySeeded, seed_demo
from matching.models import Match


class Command(BaseCommand):
    help = (
        "Fill an installation with fictional firms of both countries and their history. "
        f"With more than {MOST_FIRMS_WITH_HISTORY} firms a side, firms and items only."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--firms", type=int, default=60, help="so many in each country")
        parser.add_argument("--seed", type=int, default=1, help="another seed, other firms")
        parser.add_argument("--items-only", action="store_true", help="no runs and no history")
        parser.add_argument(
            "--with-run", action="store_true", help="one run of matching at the end"
        )
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when the demo is there already"
        )
        parser.add_argument(
            "--force", action="store_true", help="also outside of the local demo: think twice"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.LOCAL or options["force"]):
            raise CommandError("Fictional firms belong into a local demo (or use --force).")
        if not 2 <= options["firms"] <= 16_000:
            raise CommandError("Between 2 and 16000 firms a side.")
        started = time.monotonic()
        try:
            seed_demo(
                firms=options["firms"],
                seed=options["seed"],
                has_history=not options["items_only"]
                and options["firms"] <= MOST_FIRMS_WITH_HISTORY,
                has_run=options["with_run"],
                now=timezone.now(),
            )
        except AlreadySeeded:
            if not options["if_empty"]:
                raise CommandError(
                    "The demo is here already; `make demo-reset` clears it."
                ) from None
            self.stdout.write("The demo is here already: nothing was changed.")
            return
        except TaxonomyMissing:
            raise CommandError("Run load_taxonomy first.") from None
        except RunFailed as error:
            raise CommandError(f"A matching run failed: {error}") from error
        self.stdout.write(
            f"{Company.objects.count()} fictional firms, {Offering.objects.count()} offerings, "
            f"{Need.objects.count()} needs, {Match.objects.count()} matches "
            f"in {time.monotonic() - started:.0f} s."
        )
