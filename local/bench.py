"""`make bench`: the engine beside its peers, and the main job on throw-away servers.

--firms 12700 is the size the association has in mind; the default is a tenth of it. What is slow
is measured on a sample of the needs; all methods get the same features of the same market.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import django
from django.core.management import call_command

from local.services import throwaway_services

SETTINGS: Final = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "GAGYO_LOCAL": "true",
    "READ_DOT_ENV": "false",
    "SECRET_KEY": "only-for-measuring",
    "LOG_LEVEL": "WARNING",
}
PARTS: Final = ("peers", "job", "search")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=1270, help="firms of each country")
    parser.add_argument("--only", choices=PARTS, action="append", help="one part of the bench")
    options = parser.parse_args()
    with throwaway_services() as services:
        os.environ.update(services.env | SETTINGS)
        django.setup()
        for part in options.only or PARTS:
            if part == "peers":
                with tempfile.TemporaryDirectory() as folder:
                    compare(Path(folder), options.firms)
            elif part == "job":
                run_job(options.firms)
            else:
                search(options.firms)


def compare(folder: Path, firms: int) -> None:
    """One table of the engine and its peers, and the engine's distance to the machine's limit."""
    from local.bench_market import write_market
    from local.bench_peers import METHODS
    from matching.engine_adapter.vocabulary import shipped_lexicon

    write_market(folder, firms, shipped_lexicon())
    told = _in_own_process("local.bench_engine", str(folder), str(firms))
    ours = told["figures"][0]
    print(f"{firms} firms a side, one direction: {ours['pairs'] / 1e6:.1f} million pairs")
    print(
        f"{'method':30} {'needs':>6} {'build s':>8} {'wall s':>8} {'CPU s':>8} "
        f"{'M pairs/s':>10} {'ratio':>7} {'by CPU':>7} {'R@10':>7} {'nDCG@10':>8} {'MiB':>6}"
    )
    for row in told["figures"]:
        _show(row, ours)
    for name in METHODS:
        _show(_in_own_process("local.bench_peers", name, str(folder)), ours)
    print(
        "ratio: how many times faster the engine's retrieval is, by the clock and by processor "
        "seconds\n(PostgreSQL's own do not count); R@10 and nDCG@10 over the needs asked"
    )
    limit = told["limit"]
    posts, ran, one, both = (
        limit[name] / 1e6 for name in ("posts", "retrieval", "bare_one", "bare_all")
    )
    print(
        f"hottest stage: {posts:.1f} M postings, {ran:.0f} M/s in retrieval; a bare loop adds up "
        f"{one:.0f} M/s on one thread, {both:.0f} M/s on two: {ran / max(one, both):.0%} of that",
        flush=True,
    )


def _show(row: dict[str, Any], ours: dict[str, Any]) -> None:
    speed = row["pairs"] / row["wall"]
    ratio = ours["pairs"] / ours["wall"] / speed
    by_cpu = ours["pairs"] / ours["cpu"] / (row["pairs"] / max(row["cpu"], 0.01))
    print(
        f"{row['method']:30} {row['needs']:6} {row['build']:8.2f} {row['wall']:8.2f} "
        f"{row['cpu']:8.2f} {speed / 1e6:10.2f} {ratio:7.1f} {by_cpu:7.1f} "
        f"{row['recall']:7.3f} {row['ndcg']:8.3f} {row['memory']:6.0f}",
        flush=True,
    )


def run_job(firms: int) -> None:
    """Seed firms and run the matching job, from the database to the database."""
    for words in (
        ("migrate", "--no-input", "--verbosity", "0"),
        ("load_taxonomy",),
        ("seed", "--firms", str(firms)),
        ("run_matching", "--wait"),
    ):
        wall, cpu = time.monotonic(), time.process_time()
        call_command(*words)
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        # Linux counts the greatest resident set in KiB; it only ever grows.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{wall:8.1f} s  {cpu:8.1f} CPU s  {peak:6.0f} MiB  {' '.join(words)}", flush=True)


def search(firms: int) -> None:
    """The directory's search beside PostgreSQL's own; seeds unless the job before it did."""
    from companies.models import Company
    from local.bench_search import fill, measure

    call_command("migrate", "--no-input", "--verbosity", "0")
    if not Company.objects.exists():
        call_command("load_taxonomy")
        call_command("seed", "--firms", str(firms), "--items-only")
    print(f"{Company.objects.count()} firms, {fill()} items", flush=True)
    measure()


def _in_own_process(module: str, *words: str) -> Any:
    """The JSON line that a measuring module prints last; a peer that fails fails the bench."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words], check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
