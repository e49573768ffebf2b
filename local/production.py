"""The product served on this machine as it is in production, for `make audit` and `make load`."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.chromium import ROOT
from local.demo import answers
from local.ports import HOST, free_port
from local.processes import Lifeline, LocalError, Program, running
from local.services import throwaway_services

#: People of the association are let in without the second step.
WITHOUT_CODES: Final = {"STAFF_TWO_FACTOR": "false"}
#: With views that do nothing, to compare with.
BESIDE_BARE: Final = {"DJANGO_SETTINGS_MODULE": "local.load_settings"}


@dataclass(frozen=True, slots=True)
class Site:
    """The product being served, and what the module that filled it printed as JSON."""

    port: int
    scene: dict[str, Any]

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"


@contextmanager
def served(
    scene: str, *words: str, log: Path, more: Mapping[str, str] | None = None
) -> Iterator[Site]:
    """The product on throw-away servers, filled by the module `scene`, until the block ends.

    `more` are settings of this time; the output of the server goes to `log`.
    """
    log.parent.mkdir(exist_ok=True)
    with throwaway_services() as services, closing(Lifeline()) as lifeline:
        port = free_port()
        base = {**os.environ, **services.env, **settings_of(port), **(more or {})}
        # Only the scene may do what the demo may; the server is told what production is.
        filling = {"GAGYO_LOCAL": "true", "DJANGO_SETTINGS_MODULE": "config.settings"}
        told = run_module(scene, *words, env=base | filling)
        production = base | {"GAGYO_LOCAL": "false"}
        run_module("django", "collectstatic", "--no-input", "--verbosity", "0", env=production)
        with running([server(port, production)], lifeline=lifeline, log=log):
            yield Site(port, json.loads(told.splitlines()[-1]))


def settings_of(port: int) -> dict[str, str]:
    """What production must be told; nothing is sent and nobody else reaches the server."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "READ_DOT_ENV": "false",
        "SECRET_KEY": "only-for-looking-at-fictional-firms",
        "PUBLIC_URL": f"http://{HOST}:{port}",
        "ALLOWED_HOSTS": HOST,
        "HTTPS": "false",
        "MAIL_URL": "smtp://127.0.0.1:9",
        "MAIL_FROM": "Gagyo <gagyo@association.example>",
        "MAIL_SENDER_ADDRESS": "Gagyo Association (fictional), Seoul",
        "MAIL_CONTACT": "help@association.example",
        "LOG_LEVEL": "WARNING",
        "PYTHONWARNINGS": "ignore",
    }


def server(port: int, env: dict[str, str]) -> Program:
    """Two processes of four threads each, the application loaded before they part."""
    argv = (
        *(sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"{HOST}:{port}"),
        *("--workers", "2", "--threads", "4", "--preload", "--no-control-socket"),
    )
    return Program(
        name="web", argv=argv, env=env, cwd=ROOT, is_ready=lambda: answers(port, "/healthz/")
    )


def run_module(module: str, *words: str, env: dict[str, str]) -> str:
    """What `python -m module words` prints; raises LocalError with its complaint when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words], env=env, cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise LocalError(f"{module} failed:\n{done.stderr}")
    return done.stdout
