import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from common import commands
from matching.engine_adapter.evaluation import SECTIONS, Absent, Evaluation, UnusableFolder


class Command(commands.Command):
    help = (
        "Measure the engine on a folder of public lists (docs/evaluation.md): quality across "
        "languages, partners of real firms, fairness, stability, planted truth. Writes nothing."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="holds the lists; an absent one is skipped")
        parser.add_argument(
            "--only", choices=SECTIONS, action="append", help="a section; may be given repeatedly"
        )
        parser.add_argument(
            "--firms",
            type=int,
            default=1270,
            help="of each country in the planted market (default 1270)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        told: dict[str, Any] = {}
        measured = 0
        wall, cpu = time.monotonic(), time.process_time()
        try:
            evaluation = Evaluation(options["folder"], firms=max(options["firms"], 1))
            for name, found in evaluation.tables(options["only"] or list(SECTIONS)):
                took = time.monotonic() - wall, time.process_time() - cpu
                wall, cpu = time.monotonic(), time.process_time()
                seconds = {"wall": round(took[0], 2), "cpu": round(took[1], 2)}
                if isinstance(found, Absent):
                    told[name] = {"skipped": str(found)}
                    text = f"{name}: skipped, {found}"
                else:
                    measured += 1
                    told[name] = {"rows": found.data(), "seconds": seconds}
                    text = f"{found.text()}\n{seconds['wall']} s, {seconds['cpu']} CPU s"
                if not self.is_json:
                    self.stdout.write(f"{text}\n", ending="\n")
        except UnusableFolder as error:
            raise CommandError(str(error)) from error
        if not measured:
            raise CommandError(f"Nothing to measure in {options['folder']}.")
        self.tell(told)
