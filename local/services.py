"""PostgreSQL and Redis for the demo and the tests: the ones the environment names, else our own."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import broker, postgres
from local.processes import Lifeline, LocalError, Program, running

# sockaddr_un.sun_path less its closing zero: longer socket paths cannot be opened.
MAX_SOCKET_PATH = 107
LONGEST_SOCKET = "gagyo-12345678/pg/.s.PGSQL.5432"


@dataclass(frozen=True)
class Services:
    """Where the two servers answer, and the programs that have to run for it (if they are ours)."""

    database_url: str
    redis_url: str
    programs: list[Program]
    run_dir: Path

    @property
    def env(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


def prepare(*, data_dir: Path | None, lifeline: Lifeline) -> Services:
    """Both servers, ready to be started.

    `data_dir` holds the data from one start to the next; None means throw-away: no data is kept,
    and nothing is flushed to disk on the way.
    """
    database_url = os.environ.get("DATABASE_URL", "")
    redis_url = os.environ.get("REDIS_URL", "")
    programs: list[Program] = []
    run_dir = make_run_dir()
    lifeline.tell("+folder", run_dir)
    if not database_url:
        cluster = postgres.prepare(
            data_dir=data_dir or run_dir / "data", run_dir=run_dir, durable=data_dir is not None
        )
        database_url = cluster.url
        programs.append(cluster.program())
    if not redis_url:
        redis_url = broker.url(run_dir=run_dir)
        programs.append(broker.program(run_dir=run_dir))
    return Services(database_url, redis_url, programs, run_dir)


def make_run_dir() -> Path:
    """A fresh folder with a path so short that sockets fit in.

    Others may pass through it but not look inside: as root, the servers run under another account.
    """
    for place in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm"):
        fits = len(os.fsencode(f"{place}/{LONGEST_SOCKET}")) <= MAX_SOCKET_PATH
        if fits and os.access(place, os.W_OK | os.X_OK) and (os.geteuid() or is_open_to_all(place)):
            run_dir = Path(tempfile.mkdtemp(prefix="gagyo-", dir=place))
            run_dir.chmod(0o711)
            return run_dir
    raise LocalError("No temporary folder with a short path can be written to.")


def is_open_to_all(place: str) -> bool:
    path = Path(place).resolve()
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


@contextmanager
def throwaway_services() -> Iterator[Services]:
    """Both servers running, empty and fast; gone without a trace afterwards."""
    lifeline = Lifeline()
    try:
        services = prepare(data_dir=None, lifeline=lifeline)
        log = services.run_dir / "servers.log"
        with running(services.programs, lifeline=lifeline, log=log):
            yield services
    finally:
        lifeline.close()
