"""The product served on this machine as it is in production, for `make audit` and `make load`."""

import subprocess
import sys

from local.chromium import ROOT
from local.demo import answers
from local.ports import HOST
from local.processes import LocalError, Program


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
