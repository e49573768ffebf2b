"""`make load`: the product under load, served as in production, beside a view that does nothing.

Reviewers work on a queue of very many matches: each opens the page and decides one match after
the other, as the page's own buttons do. First one reviewer alone, then several at once. Times are
those of the whole answer over loopback, with the requests of one reviewer one after the other.
"""

import argparse
import re
import sys
import threading
import time
from html import unescape
from statistics import median, quantiles
from typing import Any, Final

import httpx

from local import load_api, load_export, load_simulation
from local.chromium import ROOT
from local.processes import LocalError
from local.production import BESIDE_BARE, WITHOUT_CODES, served

REPORTS: Final = ROOT / "load"
PARTS: Final = ("review", "simulation", "export", "api")
REASON: Final = "wrong_product"
HTMX: Final = {"HX-Request": "true"}
#: In milliseconds, of 95 in 100: what issue and docs promise for a reviewer alone.
PROMISED: Final = {"queue page": 200, "decision": 150}


class Reviewer:
    """One person at the queue: the pages and buttons of the browser, without its drawing."""

    def __init__(self, site: str, session: str) -> None:
        self.client = httpx.Client(base_url=site, cookies={"sessionid": session}, timeout=60)
        self.times: dict[str, list[float]] = {}
        self.page = ""
        self.decided = 0

    def close(self) -> None:
        self.client.close()

    def work(self, decisions: int) -> None:
        """Open the queue, decide, and look at it anew from time to time."""
        for number in range(decisions):
            decision = ("approve", "reject", "approve", "hold")[number % 4]
            if number % 2 == 0:
                self._timed("queue page", "GET", "/staff/review/")
            # Whoever came second stands before a match that is decided.
            for _attempt in range(5):
                if self._button(decision) is None:
                    self._timed("queue page", "GET", "/staff/review/")
            self._follow()
            self._timed("an empty view", "GET", "/empty/")
            self._decide(decision)

    def _follow(self) -> None:
        """What the page fetches by itself: what lies behind the match, and the list anew."""
        for address in re.findall(r'hx-get="([^"]+)" hx-trigger="load"', self.page):
            name = "the list after it" if "/queue/" in address else "background of it"
            self._timed(name, "GET", unescape(address), headers=HTMX)

    def _button(self, decision: str) -> re.Match[str] | None:
        return re.search(rf'hx-post="([^"]+/{decision}/[^"]*)"', self.page)

    def _decide(self, decision: str) -> None:
        found = self._button(decision)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page)
        if found is None or token is None:
            (REPORTS / "page.html").write_text(self.page)
            raise LocalError(f"The page in {REPORTS} offers no {decision}.")
        form = {"csrfmiddlewaretoken": token[1], "reason": REASON, "note": "-"}
        if decision == "hold":
            form["until"] = f"{time.localtime().tm_year + 1}-01-31"
        self._timed("decision", "POST", found[1], data=form, headers=HTMX)
        self.decided += "/undo/" in self.page

    def _timed(self, name: str, method: str, path: str, **request: Any) -> None:
        began = time.perf_counter()
        answer = self.client.request(method, path, **request)
        self.times.setdefault(name, []).append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise LocalError(f"{method} {path}: {answer.status_code}")
        if name in PROMISED:
            self.page = answer.text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--matches", type=int, default=250_000, help="matches that wait")
    parser.add_argument("--firms", type=int, default=1270, help="firms of each country")
    parser.add_argument(
        "--simulated-firms", type=int, default=12_700, help="firms of each country, simulation"
    )
    parser.add_argument("--exported", type=int, default=1_000_000, help="matches of the export")
    parser.add_argument("--decisions", type=int, default=300, help="by each reviewer")
    parser.add_argument("--seconds", type=float, default=20, help="of each kind of API request")
    parser.add_argument("--minutes", type=float, default=10, help="of watching the memory")
    parser.add_argument("--only", choices=PARTS, action="append", help="one part")
    options = parser.parse_args()
    try:
        for part in options.only or PARTS:
            if part == "review":
                review(options.firms, options.matches, options.decisions)
            elif part == "export":
                load_export.main(options.firms, options.exported)
            elif part == "simulation":
                load_simulation.main(options.simulated_firms)
            else:
                load_api.main(options.firms, options.seconds, options.minutes)
    except LocalError as error:
        sys.exit(f"gagyo: {error}")


def review(firms: int, matches: int, decisions: int) -> None:
    """One table for a reviewer alone, one for four at once."""
    size = ("--firms", str(firms), "--matches", str(matches))
    log = REPORTS / "server.log"
    with served("local.load_scene", *size, log=log, more=WITHOUT_CODES | BESIDE_BARE) as site:
        scene = site.scene
        print(f"{scene['firms']} firms, {scene['matches']} matches in the queue", flush=True)
        warm_up(site.address, scene["sessions"])
        for people in (1, 4):
            show(people, at_once(site.address, scene["sessions"][:people], decisions // people))


def warm_up(site: str, sessions: list[str]) -> None:
    """Each process of the server has read its templates and catalogues before the clock runs."""
    at_once(site, sessions, 4)


def at_once(site: str, sessions: list[str], decisions: int) -> dict[str, list[float]]:
    """Every reviewer in a thread; the times of all of them, by the kind of request."""
    reviewers = [Reviewer(site, session) for session in sessions]
    faults: list[Exception] = []

    def work(reviewer: Reviewer) -> None:
        try:
            reviewer.work(decisions)
        except (LocalError, httpx.HTTPError) as error:
            faults.append(error)
        finally:
            reviewer.close()

    threads = [threading.Thread(target=work, args=[reviewer]) for reviewer in reviewers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    times: dict[str, list[float]] = {}
    if len(reviewers) == 1 and reviewers[0].decided != decisions:
        raise LocalError(f"Only {reviewers[0].decided} of {decisions} decisions were taken.")
    for reviewer in reviewers:
        for name, spent in reviewer.times.items():
            times.setdefault(name, []).extend(spent)
    return times


def show(people: int, times: dict[str, list[float]]) -> None:
    bare = median(times["an empty view"])
    print(f"{people} at once{'':11} {'asked':>6} {'p50 ms':>8} {'p95 ms':>8} {'ratio':>7}")
    for name, spent in times.items():
        p95 = quantiles(spent, n=20)[-1]
        promised = f"  promised {PROMISED[name]}" if name in PROMISED and people == 1 else ""
        print(
            f"{name:20} {len(spent):6} {median(spent):8.1f} {p95:8.1f} "
            f"{median(spent) / bare:7.1f}{promised}",
            flush=True,
        )


if __name__ == "__main__":
    main()
