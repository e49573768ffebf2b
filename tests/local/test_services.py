"""The embedded servers, on the traps that machines set."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
import redis

from local import postgres, services
from local.processes import Lifeline, LocalError, running

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")


@pytest.fixture(autouse=True)
def no_named_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test run's own servers stand in the environment; here fresh ones are wanted."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


@contextmanager
def started(data_dir: Path | None) -> Iterator[services.Services]:
    lifeline = Lifeline()
    try:
        found = services.prepare(data_dir=data_dir, lifeline=lifeline)
        with running(found.programs, lifeline=lifeline, log=found.run_dir / "log"):
            yield found
    finally:
        lifeline.close()


def similarity(url: str, left: str, right: str) -> float:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        row = connection.execute("SELECT similarity(%s, %s)", [left, right]).fetchone()
    assert row is not None
    return float(row[0])


def test_data_outlive_a_restart_and_the_run_folder_does_not(tmp_path: Path) -> None:
    data_dir = tmp_path / "postgres"
    with started(data_dir) as first:
        with psycopg.connect(first.database_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'still here' AS words")
        assert first.run_dir.exists()
    assert not first.run_dir.exists()
    with started(data_dir) as second, psycopg.connect(second.database_url) as connection:
        assert connection.execute("SELECT words FROM kept").fetchone() == ("still here",)
    postgres.remove(data_dir)
    assert not data_dir.exists()


def test_trigrams_know_korean_and_japanese() -> None:
    with services.throwaway_services() as found:
        assert similarity(found.database_url, "반도체 소재", "반도체 장비") > 0.3
        assert similarity(found.database_url, "半導体材料", "半導体装置") > 0.3


def test_path_too_long_for_a_socket_and_with_spaces(tmp_path: Path) -> None:
    data_dir = tmp_path / ("long folder " * 8).strip() / ("더 긴 폴더 " * 4).strip() / "postgres"
    data_dir.parent.mkdir(parents=True)
    assert len(os.fsencode(data_dir)) > services.MAX_SOCKET_PATH
    with started(data_dir) as found:
        assert similarity(found.database_url, "같다", "같다") == 1
    postgres.remove(data_dir)


def test_temporary_folder_too_long_for_a_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 90)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    run_dir = services.make_run_dir()
    assert not run_dir.is_relative_to(long)
    run_dir.rmdir()


def test_interrupted_initialisation_starts_afresh(tmp_path: Path) -> None:
    data_dir = tmp_path / "postgres"
    (data_dir / "base").mkdir(parents=True)
    (data_dir / "PG_VERSION").write_text("18\n")
    with started(data_dir) as found:
        assert similarity(found.database_url, "a", "a") == 1
    postgres.remove(data_dir)


def test_killed_server_leaves_no_lock_that_matters(tmp_path: Path) -> None:
    """A zombie under its number, where nobody collects orphans, is not taken for a server."""
    data_dir = tmp_path / "postgres"
    with started(data_dir):
        pass
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    lock = data_dir.resolve() / "postmaster.pid"
    lock.write_text(f"{zombie.pid}\n{data_dir}\n")
    with started(data_dir) as found:
        assert similarity(found.database_url, "a", "a") == 1
    zombie.wait()
    postgres.remove(data_dir)


def test_owner_killed_leaves_no_server() -> None:
    code = (
        "import time; from local.services import throwaway_services\n"
        "with throwaway_services() as s: print(s.database_url, flush=True); time.sleep(600)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    url = owner.stdout.readline().strip()
    socket_dir = Path(parse_qs(urlsplit(url).query)["host"][0])
    server = int((socket_dir.parent / "data" / "postmaster.pid").read_text().split()[0])
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    deadline = 200
    while (socket_dir.parent.exists() or Path(f"/proc/{server}").exists()) and deadline:
        deadline -= 1
        signal.sigtimedwait([], 0.1)
    assert deadline


def test_named_servers_are_used_and_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/gagyo")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    lifeline = Lifeline()
    found = services.prepare(data_dir=None, lifeline=lifeline)
    lifeline.close()
    assert found.programs == []
    assert found.env == {
        "DATABASE_URL": "postgres://elsewhere/gagyo",
        "REDIS_URL": "redis://elsewhere",
    }


def test_broker_answers_on_its_socket() -> None:
    with services.throwaway_services() as found:
        client = redis.Redis.from_url(found.redis_url.replace("redis+socket", "unix"))
        assert client.ping()
        client.close()


def test_environment_meant_for_another_server_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGPORT", "5499")
    with services.throwaway_services() as found:
        assert similarity(found.database_url, "a", "a") == 1


def test_absent_binaries_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    with pytest.raises(LocalError, match="PG_BIN"), services.throwaway_services():
        pass


@as_root
def test_root_under_a_closed_home_keeps_data_out_of_it(tmp_path: Path) -> None:
    """The server's account cannot enter a 0700 folder: the data lie elsewhere, behind a link."""
    tmp_path.chmod(0o700)
    data_dir = tmp_path / "project" / "postgres"
    with started(data_dir):
        assert data_dir.is_symlink()
        place = data_dir.resolve()
        assert pwd.getpwuid(place.stat().st_uid).pw_name in {"postgres", "nobody"}
    with started(data_dir):
        assert data_dir.resolve() == place
    postgres.remove(data_dir)
    assert not place.exists()
    assert not data_dir.is_symlink()


@as_root
def test_root_copies_binaries_that_the_server_could_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    package = postgres._bin_dir().parents[1]
    closed = tmp_path / package.name
    shutil.copytree(package, closed, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, tmp_path / libraries.name, symlinks=True)
    monkeypatch.setenv("PG_BIN", str(closed / "pginstall" / "bin"))
    with services.throwaway_services() as found:
        assert similarity(found.database_url, "a", "a") == 1
        assert found.programs[0].argv[0].startswith(str(found.run_dir))
