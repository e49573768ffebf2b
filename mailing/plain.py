"""The text part of a mail, made from its HTML: the same words and the same links, in order."""

import re
from html.parser import HTMLParser
from typing import Final

# Elements that begin and end a line, and those that stand apart by an empty one.
LINES: Final = frozenset({"div", "li", "tr", "table", "ul", "ol", "td"})
PARAGRAPHS: Final = frozenset({"p", "h1", "h2", "h3", "ul", "ol", "hr", "table"})
UNSEEN: Final = frozenset({"head", "style", "title"})
VOID: Final = frozenset({"br", "hr", "img", "meta", "link", "input"})
RULE: Final = "-" * 40
# What a mail program knows a signature by (RFC 3676): everything below is not the message.
SIGNATURE: Final = "-- "
SPACE: Final = re.compile(r"[ \t\r\n\f]+")
# Left over where only links stood beside one another.
BULLET: Final = "·"


def text_of(html: str) -> str:
    """`html` as plain text: paragraphs apart, points with a dash, each link on a line of its own
    below its words. Hidden elements (class `preheader`) are left out."""
    writer = _Writer()
    writer.feed(html)
    writer.close()
    return writer.text()


class _Writer(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.line = ""
        self.unseen = 0
        self.open: list[tuple[str, bool]] = []
        self.link: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        classes = values.get("class", "").split()
        if tag in VOID:
            self._void(tag)
            return
        is_unseen = tag in UNSEEN or "preheader" in classes
        self.open.append((tag, is_unseen))
        self.unseen += is_unseen
        self._break(tag)
        if "foot" in classes:
            self.lines += ["", SIGNATURE]
        if tag == "li":
            self.line = "- "
        if tag == "a":
            self.link = (values.get("href", ""), self.line)

    def handle_endtag(self, tag: str) -> None:
        while self.open and tag in (name for name, _ in self.open):
            name, was_unseen = self.open.pop()
            self.unseen -= was_unseen
            if name == "a":
                self._end_link()
            self._break(name)
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if self.unseen:
            return
        words = SPACE.sub(" ", data)
        self.line += words.lstrip() if not self.line or self.line.endswith(" ") else words

    def text(self) -> str:
        self._end_line()
        joined = "\n".join(line for line in self.lines if line.strip() != BULLET)
        return re.sub(r"\n{3,}", "\n\n", joined).strip() + "\n"

    def _void(self, tag: str) -> None:
        if tag == "br":
            self._end_line()
        if tag == "hr":
            self._break(tag)
            self.lines += [RULE, ""]

    def _break(self, tag: str) -> None:
        if tag in LINES or tag in PARAGRAPHS:
            self._end_line()
        if tag in PARAGRAPHS and self.lines and self.lines[-1]:
            self.lines.append("")

    def _end_line(self) -> None:
        if line := self.line.rstrip():
            self.lines.append(line)
        self.line = ""

    def _end_link(self) -> None:
        href, before = self.link or ("", "")
        self.link = None
        words = self.line[len(before) :].strip()
        if not href or href.removeprefix("mailto:") == words:
            return
        lead = before.rstrip(f" {BULLET}")
        if lead:
            self.lines.append(before.rstrip())
        self.lines += [f"{words}:", href]
        self.line = ""
