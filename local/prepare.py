"""Bring the demo's database up to date in one process: schema, taxonomy, first data."""

import argparse
import sys

import django
from django.core.management import CommandError, call_command


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--receiver", default="", help="where webhooks are heard")
    options = parser.parse_args()
    django.setup()
    try:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("load_taxonomy")
        call_command("seed", "--if-empty", "--receiver", options.receiver)
    except CommandError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
