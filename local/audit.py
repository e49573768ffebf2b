"""`make audit`: Lighthouse on a slow phone, over what a visitor and a firm look at most.

The product runs as it does in production (collected, compressed, fingerprinted files; strict
policy) on throw-away servers with fictional firms. Each page is loaded three times and judged by
the run in the middle: a machine that does something else meanwhile is not a slow page. Reports
are kept in audit/.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from local.chromium import FLAGS, ROOT, find_chromium
from local.processes import LocalError
from local.production import served

REPORTS: Final = ROOT / "audit"
RUNS: Final = 3
# Category of Lighthouse → the least it may give, of 100.
WANTED: Final = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
# A private page tells search engines to leave it out; Lighthouse would hold that against it.
PRIVATE_SKIPS: Final = "is-crawlable"


@dataclass(frozen=True, slots=True)
class Visit:
    name: str
    path: str
    session: str = ""
    is_public: bool = True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="times that each page is loaded")
    parser.add_argument("--only", action="append", help="the page of this name only")
    options = parser.parse_args()
    try:
        faults = audit(runs=options.runs, only=options.only or [])
    except LocalError as error:
        sys.exit(f"gagyo: {error}")
    if faults:
        sys.exit("\n".join(faults))


def audit(*, runs: int, only: list[str]) -> list[str]:
    """The table, printed; and a sentence for each page and category that is not good enough."""
    shutil.rmtree(REPORTS, ignore_errors=True)
    with served("local.audit_scene", log=REPORTS / "server.log") as site:
        print(f"{'page':16}" + "".join(f"{category:>16}" for category in WANTED), flush=True)
        faults = []
        for visit in visits(site.scene):
            if not only or visit.name in only:
                faults += judge(visit, site.address, runs)
    print(f"Reports: {REPORTS}")
    return faults


def visits(scene: dict[str, str]) -> list[Visit]:
    """The public pages in Korean, whose fonts weigh most; the others as their firm sees them."""
    session = scene["session"]
    return [
        Visit("home", "/ko/"),
        Visit("directory", "/ko/directory/"),
        Visit("sector", "/ko/sectors/semiconductors/"),
        Visit("firm", f"/ko{scene['firm']}"),
        Visit("match by link", urlsplit(scene["link"]).path, is_public=False),
        Visit("match", scene["match"], session, is_public=False),
        Visit("profile", scene["profile"], session, is_public=False),
    ]


def judge(visit: Visit, site: str, runs: int) -> list[str]:
    reports = [_lighthouse(visit, site, number) for number in range(1, runs + 1)]
    reports.sort(key=lambda report: score(report, "performance"))
    middle = reports[len(reports) // 2]
    found = {category: score(middle, category) for category in WANTED}
    print(f"{visit.name:16}" + "".join(f"{value:16}" for value in found.values()), flush=True)
    return [
        f"{visit.name}: {category} {found[category]}, wanted {wanted}: {_why(middle, category)}"
        for category, wanted in WANTED.items()
        if found[category] < wanted
    ]


def score(report: dict[str, Any], category: str) -> int:
    """Of 100, as Lighthouse shows it."""
    return round(100 * (report["categories"][category]["score"] or 0))


def _why(report: dict[str, Any], category: str) -> str:
    """The audits that cost points, worst first."""
    costs = []
    for reference in report["categories"][category]["auditRefs"]:
        found = report["audits"][reference["id"]]
        if reference["weight"] and found["score"] is not None and found["score"] < 1:
            lost = reference["weight"] * (1 - found["score"])
            costs.append((lost, f"{found['title']} {found.get('displayValue', '')}".strip()))
    return "; ".join(text for _lost, text in sorted(costs, reverse=True))


def _lighthouse(visit: Visit, site: str, number: int) -> dict[str, Any]:
    chromium = find_chromium()
    target = REPORTS / f"{visit.name.replace(' ', '-')}-{number}"
    words = [
        str(ROOT / "node_modules" / ".bin" / "lighthouse"),
        f"{site}{visit.path}",
        "--quiet",
        "--output=json",
        "--output=html",
        f"--output-path={target}",
        f"--only-categories={','.join(WANTED)}",
        f"--chrome-flags={' '.join(('--headless', *FLAGS))}",
    ]
    if visit.session:
        words.append(f"--extra-headers={json.dumps({'Cookie': f'sessionid={visit.session}'})}")
    if not visit.is_public:
        words.append(f"--skip-audits={PRIVATE_SKIPS}")
    env = {**os.environ, **chromium.env, "CHROME_PATH": chromium.executable}
    done = subprocess.run(words, env=env, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise LocalError(f"Lighthouse failed on {visit.name}:\n{done.stderr or done.stdout}")
    report: dict[str, Any] = json.loads(Path(f"{target}.report.json").read_text())
    if error := report.get("runtimeError"):
        raise LocalError(f"Lighthouse failed on {visit.name}: {error['message']}")
    return report


if __name__ == "__main__":
    main()
