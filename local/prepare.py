"""Bring the demo's database up to date in one process: schema, taxonomy, first data."""

import sys

import django
from django.apps import apps
from django.core.management import CommandError, call_command


def main() -> None:
    django.setup()
    try:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("load_taxonomy")
        if not apps.get_model("companies", "Company").objects.exists():
            call_command("seed")
    except CommandError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
