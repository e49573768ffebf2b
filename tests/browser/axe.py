"""axe-core on a page: what a person who cannot see, hear or point would stumble over."""

from functools import cache
from typing import Final

from playwright.sync_api import Page

from local.chromium import ROOT

SCRIPT: Final = ROOT / "node_modules" / "axe-core" / "axe.min.js"

# Each as "rule: where, where": empty when axe finds nothing.
_RUN: Final = """async (options) => (await axe.run(options)).violations.map(
  (found) => `${found.id}: ${found.nodes.map((node) => node.target.join(" ")).join(", ")}`
)"""
# What depends on the theme: everything else axe says is the same in the light and in the dark.
COLOUR_RULES: Final = ("color-contrast", "link-in-text-block")


@cache
def _source() -> str:
    return SCRIPT.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    page.evaluate(_source())
    found: list[str] = page.evaluate(_RUN, {})
    return found


def violations_of_both_themes(page: Page) -> list[str]:
    """All that axe says of the page in the light, and what it says of the colours in the dark.

    The page is not loaded again; it is left in the dark. Colours must not change by and by: the
    pages of the tests are those of somebody who wants no motion.
    """
    page.emulate_media(color_scheme="light")
    found = violations(page)
    page.emulate_media(color_scheme="dark")
    dark: list[str] = page.evaluate(_RUN, {"runOnly": {"type": "rule", "values": COLOUR_RULES}})
    return found + [f"in the dark: {fault}" for fault in dark]
