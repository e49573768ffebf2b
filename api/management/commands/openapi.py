"""Writes the description of the API to docs/openapi.yaml (see docs/api.md)."""

from pathlib import Path
from typing import Any

from django.conf import settings

from api.openapi import as_yaml
from common import commands


class Command(commands.Command):
    help = "Write docs/openapi.yaml anew"

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"
        path.write_bytes(as_yaml())
        name = str(path.relative_to(settings.BASE_DIR))
        self.tell({"file": name}, f"{name} is in step.")
