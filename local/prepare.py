"""Bring the demo's database up to date in one process: schema, taxonomy, first data."""

import sys

import django
from django.core.management import CommandError, call_command


def main() -> None:
    django.setup()
    try:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("load_taxonomy")
        call_command("seed", "--if-empty")
    except CommandError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
