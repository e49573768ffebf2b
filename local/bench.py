"""`make bench`: the main job at a chosen size on throw-away servers, timed step by step."""

import argparse
import os
import resource
import time

import django
from django.core.management import call_command

from local.services import throwaway_services

SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "GAGYO_LOCAL": "true",
    "READ_DOT_ENV": "false",
    "SECRET_KEY": "only-for-measuring",
    "LOG_LEVEL": "WARNING",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=1000, help="firms of each country")
    firms = str(parser.parse_args().firms)
    with throwaway_services() as services:
        os.environ.update(services.env | SETTINGS)
        django.setup()
        for words in (
            ("migrate", "--no-input", "--verbosity", "0"),
            ("load_taxonomy",),
            ("seed", "--firms", firms),
            ("run_matching", "--wait"),
        ):
            started_at = time.monotonic()
            call_command(*words)
            seconds = time.monotonic() - started_at
            # Linux counts the greatest resident set in KiB; it only ever grows.
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{seconds:8.1f} s  {peak:6.0f} MiB  {' '.join(words)}", flush=True)


if __name__ == "__main__":
    main()
