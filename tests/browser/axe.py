"""axe-core on a page: what a person who cannot see, hear or point would stumble over."""

from functools import cache
from typing import Final

from playwright.sync_api import Page

from tests.browser.chromium import ROOT

SCRIPT: Final = ROOT / "node_modules" / "axe-core" / "axe.min.js"

# Each as "rule: where, where": empty when axe finds nothing.
_RUN: Final = """async () => (await axe.run()).violations.map(
  (found) => `${found.id}: ${found.nodes.map((node) => node.target.join(" ")).join(", ")}`
)"""


@cache
def _source() -> str:
    return SCRIPT.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    page.evaluate(_source())
    found: list[str] = page.evaluate(_RUN)
    return found
