"""`make load ARGS='--only api'`: the API under load, beside the barest views that DRF can serve.

The bare views (`local.load_urls`) know no log-in, rights, rates, tags, languages, repeated requests
or trail: what is above them is the price of what makes the API safe to build on. A read is compared
with a bare view that reads the same with one query; a write with a bare view that writes one row
and commits, and a bulk with one that writes as many rows in one statement, each also with the read
of one row. Each kind is asked by as many callers at once; then all kinds together for some minutes,
to see whether the memory of the server's processes stays as it is.
"""

import itertools
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final
from uuid import uuid4

import httpx

from local.chromium import ROOT
from local.processes import LocalError
from local.production import BESIDE_BARE, WITHOUT_CODES, served

REPORTS: Final = ROOT / "load"
CALLERS: Final = 4
BULK_ROWS: Final = 100
#: What the issue asks of lists and details: requests in a second, by those of the bare view.
PROMISED: Final = 0.5
#: How far the processes' memory may grow after the first minute, as a share.
GROWTH: Final = 0.05
Send = Callable[[httpx.Client], httpx.Response]


def main(firms: int, seconds: float, minutes: float) -> None:
    """Prints the figures and which promise is not kept; LocalError when the server grows."""
    more = WITHOUT_CODES | BESIDE_BARE | {"API_REQUESTS_A_MINUTE": "100000000"}
    size, log = ("--firms", str(firms)), REPORTS / "api_server.log"
    with served("local.load_api_scene", *size, log=log, more=more) as site:
        scene = site.scene
        print(f"{scene['firms']} firms, {scene['offerings']} offerings, {CALLERS} callers at once")
        measure(site.address, scene, seconds, minutes)


def measure(site: str, scene: dict[str, Any], seconds: float, minutes: float) -> None:
    kinds = requests_of(scene)
    found = {}
    print(f"{'':14} {'asked':>7} {'a second':>9} {'p50 ms':>8} {'p95 ms':>8}  compared")
    for name, (send, bares) in kinds.items():
        # What a bulk makes new is made by one caller; four would be in each other's way.
        with httpx.Client(base_url=site, timeout=60) as first:
            send(first)
        at_once(site, {name: send}, 2)
        times = at_once(site, {name: send}, seconds)[name]
        rate = len(times) / seconds
        found[name] = rate
        compared = [f"{rate / found[bare]:.2f} of {bare}" for bare in bares]
        if "bulk" in name:
            compared.append(f"{rate * BULK_ROWS:,.0f} rows a second")
        print(
            f"{name:14} {len(times):7} {rate:9.1f} {median(times):8.1f} "
            f"{quantiles(times, n=20)[-1]:8.1f}  {', '.join(compared)}",
            flush=True,
        )
        if name in ("list", "detail") and rate / found[bares[0]] < PROMISED:
            print(f"{name}: promised {PROMISED}")
    watch_memory(site, {name: send for name, (send, _bares) in kinds.items()}, minutes)


def requests_of(scene: dict[str, Any]) -> dict[str, tuple[Send, tuple[str, ...]]]:
    """kind → (how to ask, the bare views it is compared with)."""
    staff = {"Authorization": f"Bearer {scene['staff']}"}
    offerings = itertools.cycle(scene["ids"])
    # Lists, which threads may go through together.
    steps = itertools.cycle(
        [
            (key, f"/api/v1/matches/{match}/answers/{step}", body)
            for step, body in (("", {"kind": "interested"}), ("undo/", {}))
            for match, key in scene["answers"]
        ]
    )
    owner, company = scene["bulk"]

    def post(client: httpx.Client, path: str, key: str, body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": str(uuid4())}
        return client.post(path, json=body, headers=headers)

    def answer(client: httpx.Client) -> httpx.Response:
        """Each firm says yes to its match, then takes it back."""
        key, path, body = next(steps)
        return post(client, path, key, body)

    def rows(kind: str) -> dict[str, Any]:
        """Made new by the first request, changed by all others."""
        return {
            "rows": [
                {
                    "company": company,
                    "reference": f"{kind}-{number}",
                    "language": "en",
                    "title_en": f"Part {number}, {uuid4()}",
                    "text_en": "Turned from one piece.",
                    "cooperation": ["supply"],
                    "hs6": ["848210"],
                }
                for number in range(BULK_ROWS)
            ]
        }

    def bare_write(client: httpx.Client) -> httpx.Response:
        now = datetime.now(UTC).isoformat()
        said = {"at": now, "verb": "load.asked", "object_type": "load", "object_id": "1"}
        return client.post("/bare/events/", json=said)

    return {
        "bare list": (lambda client: client.get("/bare/offerings/"), ()),
        "list": (lambda client: client.get("/api/v1/offerings/", headers=staff), ("bare list",)),
        "bare detail": (lambda client: client.get(f"/bare/offerings/{next(offerings)}/"), ()),
        "detail": (
            lambda client: client.get(f"/api/v1/offerings/{next(offerings)}/", headers=staff),
            ("bare detail",),
        ),
        "bare write": (bare_write, ()),
        "answer": (answer, ("bare write", "bare detail")),
        "bare bulk": (lambda client: client.post("/bare/offerings/bulk/", json=rows("bare")), ()),
        "bulk": (
            lambda client: post(client, "/api/v1/offerings/bulk/", owner, rows("load")),
            ("bare bulk", "bare write", "bare detail"),
        ),
    }


def at_once(site: str, sends: dict[str, Send], seconds: float) -> dict[str, list[float]]:
    """Every caller asks one kind after the other until the time is up; milliseconds by kind."""
    times: dict[str, list[float]] = {name: [] for name in sends}
    faults: list[str] = []
    end = time.monotonic() + seconds

    def call() -> None:
        with httpx.Client(base_url=site, timeout=60) as client:
            for name, send in itertools.cycle(sends.items()):
                began = time.perf_counter()
                answer = send(client)
                times[name].append((time.perf_counter() - began) * 1000)
                # 409: another caller was quicker with the same match. A bulk tells of its faults.
                is_done = answer.status_code in (200, 201, 204, 409)
                if not is_done or b'"errors":[{' in answer.content:
                    faults.append(f"{name}: {answer.status_code} {answer.text[:300]}")
                if faults or time.monotonic() > end:
                    return

    threads = [threading.Thread(target=call) for _caller in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise LocalError(faults[0])
    return times


def watch_memory(site: str, sends: dict[str, Send], minutes: float) -> None:
    """Resident memory of the server's processes, every minute under all kinds of requests."""
    sizes = []
    for minute in range(1, round(minutes) + 1):
        asked = sum(map(len, at_once(site, sends, 60).values()))
        sizes.append(resident())
        print(f"minute {minute}: {asked} requests, {sizes[-1]:.0f} MB", flush=True)
    if len(sizes) > 1 and sizes[-1] > sizes[0] * (1 + GROWTH):
        raise LocalError(f"The server grew from {sizes[0]:.0f} to {sizes[-1]:.0f} MB.")


def resident() -> float:
    """MB of all processes of this run's server."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"gunicorn" in (folder / "cmdline").read_bytes():
                lines = (folder / "status").read_text().splitlines()
                total += next(int(row.split()[1]) for row in lines if row.startswith("VmRSS"))
        except (OSError, StopIteration):
            continue
    return total / 1024
