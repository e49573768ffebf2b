"""English that stayed behind on a page of another language: a string nobody translated."""

from typing import Final

from playwright.sync_api import Page

# What is the same in every language, taken out of a text before it is judged. Codes and
# abbreviations (ISO, FOB, ArF, LiDAR) are no words in this sense: only "word" and "Word" are.
ALLOWED: Final = (
    "Gagyo",
    "API: offerings",  # part of the address
    "Excel",
    "XLSX",
    "JSON Lines",
    "English",  # each language offers itself in its own words
    "Incoterms",
    "Automotive SPICE",
    "Nadcap",
    "Sedex",
    "예: photoresist",
    "例: photoresist",
    "例：photoresist",
    "Cookie",  # the Japanese word for it
)

# All that a person may read or hear: texts, also of folded parts and of lists; what stands in
# attributes; the title. Not what is marked as another language, keys, file endings,
# addresses of mail and web.
_COLLECT: Final = """(allowed) => {
  const page = document.documentElement.lang;
  const skipped = (element) =>
    element.closest("script, style, template, noscript, kbd, code, textarea, [lang='zxx']") ||
    element.closest("[lang]").lang !== page;
  const found = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (!skipped(walker.currentNode.parentElement)) found.push(walker.currentNode.data);
  }
  const attributes = ["aria-label", "placeholder", "title", "alt", "data-confirm",
    "data-confirm-yes", "data-failed", "data-offline", "data-close", "data-picker-search",
    "data-picker-nothing"];
  for (const name of attributes) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      if (!skipped(element)) found.push(element.getAttribute(name));
    }
  }
  const marks = /\\S+@\\S+|\\w+:\\/\\/\\S+|[\\w-]*(\\.[a-z]{2,4})+\\b|[a-z0-9]+(_[a-z0-9]+)+/g;
  const tokens = /\\bgagyo_[\\w-]+/g;
  const word = /(?<![A-Za-z])(?=[A-Za-z]{3})[A-Z]?[a-z]+(?![A-Za-z])/;
  const bare = (text) =>
    allowed
      .reduce((rest, known) => rest.replaceAll(known, ""), text)
      .replace(tokens, "")
      .replace(marks, "");
  return found
    .map((text) => text.trim().replace(/\\s+/g, " "))
    .filter((text) => word.test(bare(text)));
}"""


def english_left(page: Page) -> list[str]:
    """The texts of the page that hold an English word; empty on a page that is all translated."""
    found: list[str] = page.evaluate(_COLLECT, list(ALLOWED))
    return sorted(set(found))
