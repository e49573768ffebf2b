"""Programs side by side in one terminal: ordered start, prefixed logs, restart, reverse stop."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from types import FrameType, TracebackType
from typing import Self

from local.processes import Child, Lifeline, LocalError, Program

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# A program that ends this often within a minute will not come round by itself.
RESTARTS_PER_MINUTE = 5
COLOURS = (36, 33, 32, 35, 34, 96, 93)


class StopRequested(Exception):
    """Somebody pressed Ctrl-C, sent a stop signal or closed the terminal."""


class Supervisor:
    """Used as a context: on leaving it, all that was started is stopped, the last one first.

    One thread only, because the death signal of a child follows the thread that started it.
    """

    def __init__(self, lifeline: Lifeline, *, patience: float = 10.0) -> None:
        self._lifeline = lifeline
        self._patience = patience
        self._children: list[Child] = []
        self._partial: dict[str, bytes] = {}
        self._restarts: dict[str, deque[float]] = {}
        self._selector = selectors.DefaultSelector()
        self._stop_requests = 0
        self._coloured = sys.stdout.isatty()

    def __enter__(self) -> Self:
        for signum in STOP_SIGNALS:
            signal.signal(signum, self._note_signal)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for child in reversed(self._children):
            self._stop(child)
        self._selector.close()

    def say(self, text: str, *, name: str = "gagyo") -> None:
        """Print line by line behind the speaker's name. A closed terminal is a request to stop."""
        label = f"{name:<8} |"
        if self._coloured:
            label = f"\x1b[{COLOURS[sum(name.encode()) % len(COLOURS)]}m{label}\x1b[0m"
        try:
            for line in text.splitlines():
                print(label, line, flush=True)
        except OSError:
            self._stop_requests += 1
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115

    def start(self, *programs: Program, patience: float = 120.0) -> None:
        """Start them one after the other and return when all of them are ready."""
        started = [self._spawn(program) for program in programs]
        deadline = time.monotonic() + patience
        for child in started:
            while not child.program.is_ready():
                self._pump(0.1)
                if child.poll() is not None:
                    raise LocalError(f"{child.name} ended while it was starting, see above.")
                if time.monotonic() > deadline:
                    raise LocalError(f"{child.name} was not ready after {patience:.0f} s.")

    def run(self, program: Program) -> None:
        """Run to the end; a status other than zero is an error."""
        child = self._spawn(program)
        while child.poll() is None:
            self._pump(0.1)
        self._forget(child)
        if child.poll() != 0:
            raise LocalError(f"{child.name} failed, see above.")

    def watch(self) -> None:
        """Until somebody asks to stop: pass on the logs, start again what ends."""
        while True:
            self._pump(0.5)
            for child in [child for child in self._children if child.poll() is not None]:
                self._restart(child)

    def _note_signal(self, signum: int, frame: FrameType | None) -> None:
        self._stop_requests += 1

    def _spawn(self, program: Program, *, place: int | None = None) -> Child:
        child = Child(program, lifeline=self._lifeline, output=subprocess.PIPE)
        self._children.insert(len(self._children) if place is None else place, child)
        assert child.popen.stdout is not None
        os.set_blocking(child.popen.stdout.fileno(), False)
        self._selector.register(child.popen.stdout, selectors.EVENT_READ, child)
        return child

    def _restart(self, child: Child) -> None:
        """Start it again, in its old place of the order in which all stop."""
        place = self._children.index(child)
        self._forget(child)
        recent = self._restarts.setdefault(child.name, deque(maxlen=RESTARTS_PER_MINUTE))
        if len(recent) == RESTARTS_PER_MINUTE and time.monotonic() - recent[0] < 60:
            raise LocalError(f"{child.name} keeps ending, see above.")
        recent.append(time.monotonic())
        self.say(f"{child.name} ended with status {child.poll()}; starting it again.")
        self._spawn(child.program, place=place)

    def _pump(self, seconds: float) -> None:
        """Pass on what the programs say within that time; raise when asked to stop."""
        self._listen(seconds)
        if self._stop_requests:
            raise StopRequested

    def _listen(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if not self._selector.get_map():
                time.sleep(min(left, 0.1))
            for key, _ in self._selector.select(min(left, 0.1)):
                self._read(key.data)

    def _read(self, child: Child) -> None:
        """Pass on whole lines; the rest waits for its end."""
        assert child.popen.stdout is not None
        chunk = os.read(child.popen.stdout.fileno(), 65536)
        if not chunk:
            self._selector.unregister(child.popen.stdout)
        lines, newline, rest = (self._partial.pop(child.name, b"") + chunk).rpartition(b"\n")
        if chunk:
            self._partial[child.name] = rest
        else:
            lines += newline + rest
        self.say(lines.decode(errors="replace"), name=child.name)

    def _stop(self, child: Child) -> None:
        """Ask, wait (a second Ctrl-C ends the waiting), then end what is left."""
        child.ask_to_stop()
        deadline = time.monotonic() + self._patience
        asked_before = self._stop_requests
        while child.poll() is None and time.monotonic() < deadline:
            self._listen(0.05)
            if self._stop_requests > max(asked_before, 1):
                break
        self._forget(child)

    def _forget(self, child: Child) -> None:
        stdout = child.popen.stdout
        assert stdout is not None
        while stdout.fileno() in self._selector.get_map():
            try:
                self._read(child)
            except BlockingIOError:
                self._selector.unregister(stdout)
        child.finish()
        self._partial.pop(child.name, None)
        self._children.remove(child)
