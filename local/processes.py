"""Child processes that do not outlive their owner, whichever way it ends.

Two nets hold each other: the kernel sends a child its stop signal when the owner dies (Linux),
and the reaper, a process of its own, ends what is left of the child's process group after that.
"""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from local import reaper

PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class LocalError(Exception):
    """Something about this machine that a person has to know; the message says what to do."""


def die_with_parent(signum: int) -> None:
    """Ask the kernel for `signum` when the thread that started this process ends."""
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signum)


@dataclass(frozen=True)
class Program:
    """What to run, how to see that it is ready and which signal asks it to stop."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    stop_signal: signal.Signals = signal.SIGTERM
    account: pwd.struct_passwd | None = None
    cwd: Path | None = None
    is_ready: Callable[[], bool] = lambda: True


class Lifeline:
    """The owner's end of the reaper's pipe."""

    def __init__(self) -> None:
        self._reaper = subprocess.Popen(
            [sys.executable, "-I", reaper.__file__],
            stdin=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )

    def tell(self, order: str, value: int | Path) -> None:
        assert self._reaper.stdin is not None
        self._reaper.stdin.write(f"{order} {value}\n")
        self._reaper.stdin.flush()

    def close(self) -> None:
        """Wait until the reaper has removed the folders it was told of."""
        self._reaper.communicate()


class Child:
    """One running program in a process group of its own. Create it in the main thread only."""

    def __init__(self, program: Program, *, lifeline: Lifeline, output: int | None = None) -> None:
        if threading.current_thread() is not threading.main_thread():
            # The death signal follows the thread, not the process.
            raise RuntimeError("A child must be started from the main thread.")
        owner = os.getpid()

        def before_exec() -> None:
            die_with_parent(program.stop_signal)
            if os.getppid() != owner:
                os._exit(1)

        account = program.account
        self.program = program
        self.started_at = time.monotonic()
        self.popen = subprocess.Popen(
            program.argv,
            env=program.env,
            cwd=program.cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            # A group of its own: Ctrl-C reaches the owner alone, which stops all in order.
            process_group=0,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=before_exec,
        )
        self._lifeline = lifeline
        lifeline.tell("+group", self.popen.pid)

    @property
    def name(self) -> str:
        return self.program.name

    def poll(self) -> int | None:
        return self.popen.poll()

    def ask_to_stop(self) -> None:
        if self.poll() is None:
            self.popen.send_signal(self.program.stop_signal)

    def finish(self) -> None:
        """Whatever is left of the group ends now; the exit status is collected."""
        if reaper.group_lives(self.popen.pid):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()
        if self.popen.stdout is not None:
            self.popen.stdout.close()
        self._lifeline.tell("-group", self.popen.pid)

    def stop(self, *, patience: float = 10.0) -> None:
        self.ask_to_stop()
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(patience)
        self.finish()


def wait_until_ready(child: Child, *, patience: float = 30.0) -> None:
    """Return once the program answers; raise when it has ended or takes too long."""
    deadline = time.monotonic() + patience
    while not child.program.is_ready():
        if (status := child.poll()) is not None:
            raise LocalError(f"{child.name} ended with status {status} while it was starting.")
        if time.monotonic() > deadline:
            raise LocalError(f"{child.name} was not ready after {patience:.0f} s.")
        time.sleep(0.02)


@contextmanager
def running(programs: list[Program], *, lifeline: Lifeline, log: Path) -> Iterator[None]:
    """The programs, started in order and ready, stopped in reverse; their output goes to `log`."""
    children: list[Child] = []
    try:
        with log.open("ab") as output:
            for program in programs:
                children.append(Child(program, lifeline=lifeline, output=output.fileno()))
                wait_until_ready(children[-1])
        yield
    except LocalError as error:
        raise LocalError(f"{error}\n{log.read_text(errors='replace')}") from error
    finally:
        for child in reversed(children):
            child.stop()
