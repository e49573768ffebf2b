"""`make demo`: the whole product in one terminal, with fictional data and a mail catcher."""

import argparse
import fcntl
import http.client
import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from demo.logins import DEMO_LOGINS
from local import postgres, services
from local.ports import HOST, free_port
from local.processes import Lifeline, LocalError, Program, die_with_parent
from local.supervisor import StopRequested, Supervisor

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".local"
DATA = HOME / "postgres"
MAIL = HOME / "mail"
# Present while the first data are being made: a demo interrupted then starts afresh.
UNFINISHED = HOME / "unfinished"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reset", action="store_true", help="delete the demo's data and stop")
    options = parser.parse_args()
    # kill -9 of `make` shall end the demo too.
    die_with_parent(signal.SIGTERM)
    try:
        lock = take_lock()
        if options.reset:
            reset()
        else:
            run()
        lock.close()
    except (LocalError, PermissionError) as error:
        sys.exit(f"gagyo: {error}")


def take_lock() -> TextIO:
    """One demo per folder; the kernel lets go of the lock however the demo ends."""
    HOME.mkdir(exist_ok=True)
    lock = (HOME / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LocalError("The demo of this folder is running already.") from None
    return lock


def reset() -> None:
    postgres.remove(DATA)
    shutil.rmtree(MAIL, ignore_errors=True)
    UNFINISHED.unlink(missing_ok=True)


def run() -> None:
    started_at = time.monotonic()
    if UNFINISHED.exists():
        reset()
    if not DATA.exists():
        UNFINISHED.touch()
    lifeline = Lifeline()
    try:
        with Supervisor(lifeline) as supervisor:
            servers = services.prepare(data_dir=DATA, lifeline=lifeline)
            web, smtp, mail = free_port(wanted=8000), free_port(wanted=1025), free_port(wanted=8025)
            env = environment(servers, web=web, smtp=smtp)
            supervisor.start(*servers.programs)
            heard = ("--receiver", f"http://{HOST}:{mail}/webhooks/")
            supervisor.run(python("prepare", "local.prepare", *heard, env=env))
            UNFINISHED.unlink(missing_ok=True)
            supervisor.start(*programs(env, web=web, smtp=smtp, mail=mail))
            supervisor.say(welcome(web=web, mail=mail, seconds=time.monotonic() - started_at))
            supervisor.watch()
    except StopRequested:
        pass
    finally:
        lifeline.close()


def environment(servers: services.Services, *, web: int, smtp: int) -> dict[str, str]:
    return {
        **os.environ,
        **servers.env,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "READ_DOT_ENV": "false",
        "GAGYO_LOCAL": "true",
        "SECRET_KEY": secret_key(),
        "PUBLIC_URL": f"http://{HOST}:{web}",
        "MAIL_URL": f"smtp://{HOST}:{smtp}",
        "BEAT_SCHEDULE_FILE": str(HOME / "beat-schedule"),
        "PYTHONUNBUFFERED": "1",
        # Advice for servers (a missing STATIC_ROOT, a worker run by root) does not concern a demo.
        "PYTHONWARNINGS": "ignore",
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
    }


def secret_key() -> str:
    """Made once for each folder, so that sessions outlive a restart; readable by its owner only."""
    file = HOME / "secret-key"
    if not file.exists():
        with open(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(50))
    return file.read_text()


def python(
    name: str,
    module: str,
    *words: str,
    env: dict[str, str],
    is_ready: Callable[[], bool] = lambda: True,
) -> Program:
    argv = (sys.executable, "-m", module, *words)
    return Program(name=name, argv=argv, env=env, cwd=ROOT, is_ready=is_ready)


def programs(env: dict[str, str], *, web: int, smtp: int, mail: int) -> list[Program]:
    celery = ("--app", "config.celery", "--quiet")
    return [
        python(
            "mail",
            "local.mailcatcher",
            *("--smtp-port", str(smtp), "--web-port", str(mail), "--folder", str(MAIL)),
            env=env,
            is_ready=lambda: answers(mail, "/"),
        ),
        python(
            "web",
            "gunicorn",
            "config.wsgi",
            *("--bind", f"{HOST}:{web}", "--workers", "2", "--threads", "4", "--preload"),
            *("--no-control-socket", "--log-level", "warning", "--graceful-timeout", "3"),
            env=env,
            is_ready=lambda: answers(web, "/healthz/"),
        ),
        python(
            "worker",
            "celery",
            *celery,
            *("worker", "--queues", "celery", "--concurrency", "2"),
            *("--loglevel", env["LOG_LEVEL"], "--without-gossip", "--without-mingle"),
            env=env,
        ),
        python(
            "webhooks",
            "celery",
            *celery,
            *("worker", "--queues", "webhooks", "--pool", "threads", "--concurrency", "4"),
            *("--hostname", "webhooks@%h", "--loglevel", env["LOG_LEVEL"]),
            *("--without-gossip", "--without-mingle"),
            env=env,
        ),
        python(
            "beat",
            "celery",
            *celery,
            *("beat", "--loglevel", env["LOG_LEVEL"], "--pidfile="),
            env=env,
        ),
    ]


def answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def welcome(*, web: int, mail: int, seconds: float) -> str:
    width = max(len(login.email) for login in DEMO_LOGINS)
    logins = [f"  {x.email:<{width}}  {x.password}  {x.language}  {x.role}" for x in DEMO_LOGINS]
    return "\n".join(
        (
            "",
            f"Gagyo is ready after {seconds:.0f} s:   http://{HOST}:{web}/",
            f"All its mail is caught at:   http://{HOST}:{mail}/",
            f"Its webhooks are heard at:   http://{HOST}:{mail}/webhooks/",
            "",
            "Log-ins (every firm and person is fictional):",
            *logins,
            "",
            "Ctrl-C stops everything. The data stay; `make demo-reset` deletes them.",
            "LOG_LEVEL=INFO make demo tells more of what happens.",
            "",
        )
    )


if __name__ == "__main__":
    main()
