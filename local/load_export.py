"""A million matches taken along through the real server: how long, and in how much memory."""

import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from local.chromium import ROOT
from local.ports import HOST
from local.processes import LocalError
from local.production import WITHOUT_CODES, served

REPORTS: Final = ROOT / "load"
#: In MB, what the process that answers may have for itself meanwhile: what issue and docs promise.
PROMISED: Final = 200
FORMS: Final = ("jsonl", "csv", "xlsx")
PAUSE: Final = 0.5
#: Requests before the clock runs, so that each process has read its catalogues.
WARMING: Final = 8


def main(firms: int, matches: int) -> None:
    """One line for each format; raises LocalError when a promise is broken."""
    size = ("--firms", str(firms), "--matches", str(matches))
    with ExitStack() as stack:
        site = stack.enter_context(
            served("local.load_scene", *size, log=REPORTS / "server.log", more=WITHOUT_CODES)
        )
        scene, session = site.scene, site.scene["sessions"][0]
        client = stack.enter_context(
            httpx.Client(base_url=site.address, cookies={"sessionid": session}, timeout=120)
        )
        workers = workers_at(site.port)
        for _ in range(WARMING):
            client.get("/api/v1/exports/outcomes/", headers={"Connection": "close"})
        rest = largest(workers)
        print(
            f"{scene['matches']} matches; in MB a process at rest has {rest.own:.0f} for itself, "
            f"{rest.resident:.0f} with what it shares",
            flush=True,
        )
        print(f"{'format':8} {'rows':>9} {'MB':>7} {'s':>6} {'first s':>8} {'own':>6} {'all':>6}")
        faults = []
        for form in FORMS:
            highest, export = take_along(client, form, workers)
            if highest.own > PROMISED:
                faults.append(f"{form}: {highest.own:.0f} MB of {PROMISED}.")
            if export["state"] != "complete" or export["rows"] < scene["matches"]:
                faults.append(f"{form}: {export}")
    if faults:
        raise LocalError(" ".join(faults))


@dataclass(slots=True)
class Memory:
    """Of a process in MB: what it alone has in main memory, and with what others share."""

    own: float = 0.0
    resident: float = 0.0


def take_along(
    client: httpx.Client, form: str, workers: list[int]
) -> tuple[Memory, dict[str, str]]:
    """The highest memory of a worker while the file was read, and what the API says of it."""
    began = time.perf_counter()
    size, first, digest = 0, 0.0, 0
    with (
        sampled(workers) as highest,
        client.stream(
            "GET",
            "/api/v1/exports/matches/",
            params={"format": form, "language": "ko"},
            headers={"Accept-Encoding": "identity"},
        ) as answer,
    ):
        if answer.status_code != 200:
            raise LocalError(f"{form}: {answer.status_code}")
        for part in answer.iter_raw():
            first = first or time.perf_counter() - began
            size += len(part)
            digest = zlib.crc32(part, digest)
    seconds = time.perf_counter() - began
    export = client.get(f"/api/v1/exports/{answer.headers['Export-Id']}/").json()
    print(
        f"{form:8} {export['rows']:9} {size / 1e6:7.0f} {seconds:6.0f} {first:8.2f} "
        f"{highest.own:6.0f} {highest.resident:6.0f}",
        flush=True,
    )
    return highest, export


@contextmanager
def sampled(workers: list[int]) -> Iterator[Memory]:
    """The highest memory of any of the workers, up to the end of the block."""
    highest = largest(workers)
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(PAUSE):
            now = largest(workers)
            highest.own = max(highest.own, now.own)
            highest.resident = max(highest.resident, now.resident)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield highest
    finally:
        is_over.set()
        thread.join()


def workers_at(port: int) -> list[int]:
    """The processes of the server on `port`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"{HOST}:{port}".encode() in words:
            found.append(int(process.name))
    if not found:
        raise LocalError("The memory of processes can be read on Linux only.")
    return found


def largest(workers: list[int]) -> Memory:
    """The most that any of them has, by each measure."""
    found = [_memory(worker) for worker in workers]
    return Memory(max(each.own for each in found), max(each.resident for each in found))


def _memory(worker: int) -> Memory:
    found = Memory()
    for line in Path(f"/proc/{worker}/smaps_rollup").read_text().splitlines():
        name, amount, *_ = line.split()
        if name == "Rss:":
            found.resident = int(amount) * 1024 / 1e6
        elif name in ("Private_Clean:", "Private_Dirty:"):
            found.own += int(amount) * 1024 / 1e6
    return found
