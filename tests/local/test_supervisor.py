"""The supervisor as a process of its own: what is left after each way it can end."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Two programs: one that ends when asked to, and one with a child in its group that never listens.
SUPERVISED = r"""
import sys
from pathlib import Path

from local.processes import Lifeline, LocalError, Program
from local.supervisor import StopRequested, Supervisor

folder = Path(sys.argv[1])
polite = "import os, time; os.write(1, b'polite %d\\n' % os.getpid()); time.sleep(600)"
deaf = (
    "import os, signal, time; os.fork(); signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "os.write(1, b'deaf %d\\n' % os.getpid()); time.sleep(600)"
)
brief = "print('brief', flush=True)"
lifeline = Lifeline()
left = folder / "left"
left.mkdir(exist_ok=True)
lifeline.tell("+folder", left)
try:
    with Supervisor(lifeline, patience=3) as supervisor:
        for name in sys.argv[2].split(","):
            code = {"polite": polite, "deaf": deaf, "brief": brief}[name]
            supervisor.start(Program(name=name, argv=(sys.executable, "-c", code)))
        supervisor.say("all started")
        supervisor.watch()
except StopRequested:
    pass
except LocalError as error:
    sys.exit(str(error))
finally:
    lifeline.close()
"""


class Running:
    """A supervisor process and the ids of the programs that it told of."""

    def __init__(self, folder: Path, programs: str) -> None:
        self.log = folder / "log"
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", textwrap.dedent(SUPERVISED), str(folder), programs],
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def ids(self, name: str) -> list[int]:
        """All processes that have called themselves so, in the order of their calls."""
        words = [line.split() for line in self.log.read_text().splitlines()]
        return [int(word[3]) for word in words if len(word) == 4 and word[2] == name]

    def wait_for(self, condition: Callable[[], bool], *, seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)


def is_alive(process: int) -> bool:
    """A zombie has ended, whoever should have collected it."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Running]]:
    started: list[Running] = []

    def make(programs: str) -> Running:
        started.append(Running(tmp_path, programs))
        return started[-1]

    yield make
    for running in started:
        running.process.kill()
        running.process.wait()


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left(
    start: Callable[[str], Running], tmp_path: Path, ending: signal.Signals
) -> None:
    running = start("polite,deaf")
    running.wait_for(lambda: len(running.ids("deaf")) == 2 and bool(running.ids("polite")))
    processes = running.ids("deaf") + running.ids("polite")
    assert all(map(is_alive, processes))
    running.process.send_signal(ending)
    if ending == signal.SIGINT:
        # Asked a second time it does not wait for the deaf one any longer.
        time.sleep(0.5)
        running.process.send_signal(ending)
    running.process.wait(30)
    running.wait_for(lambda: not any(map(is_alive, processes)))
    running.wait_for(lambda: not (tmp_path / "left").exists())


def test_ended_program_starts_again_in_its_place(start: Callable[[str], Running]) -> None:
    running = start("polite,polite")
    running.wait_for(lambda: len(running.ids("polite")) == 2)
    os.kill(running.ids("polite")[0], signal.SIGKILL)
    running.wait_for(lambda: len(running.ids("polite")) == 3)
    assert "polite ended with status -9; starting it again." in running.log.read_text()


def test_program_that_keeps_ending_ends_all(start: Callable[[str], Running]) -> None:
    running = start("polite,brief")
    assert running.process.wait(60) == 1
    assert "brief keeps ending" in running.log.read_text()
    running.wait_for(lambda: not is_alive(running.ids("polite")[0]))
