"""manage.py seed: fictional firms, and half a year of what happened between them."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from common import commands
from common.errors import RuleViolated
from companies.models import Company, Need, Offering
from demo.services.matchmaking import RunFailed
from demo.services.reference import TaxonomyMissing
from demo.services.seeding import MOST_FIRMS_WITH_HISTORY, AlreadySeeded, seed_demo
from matching.models import Match


class Command(commands.Command):
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
            "--receiver", default="", metavar="URL", help="where the history tells webhooks"
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
                receiver=options["receiver"],
                now=timezone.now(),
            )
        except AlreadySeeded:
            if not options["if_empty"]:
                raise CommandError(
                    "The demo is here already; `make demo-reset` clears it."
                ) from None
            self.tell({"is_changed": False}, "The demo is here already: nothing was changed.")
            return
        except TaxonomyMissing:
            raise CommandError("Run load_taxonomy first.") from None
        except RuleViolated as error:
            raise CommandError(str(error)) from error
        except RunFailed as error:
            raise CommandError(f"A matching run failed: {error}") from error
        counts = {
            "companies": Company.objects.count(),
            "offerings": Offering.objects.count(),
            "needs": Need.objects.count(),
            "matches": Match.objects.count(),
        }
        seconds = time.monotonic() - started
        self.tell(
            {"is_changed": True, **counts, "seconds": round(seconds, 1)},
            f"{counts['companies']} fictional firms, {counts['offerings']} offerings, "
            f"{counts['needs']} needs, {counts['matches']} matches in {seconds:.0f} s.",
        )
