"""Web tables that agencies name .xls, read piece by piece: no tree of the whole page is built."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain, count
from typing import Any, Final

from lxml import etree

from companies.importing.encodings import decoded_blocks
from companies.importing.unreadable import UnreadableFile

# libxml2 keeps what stands between two rows; more than this is no table of firms.
MAX_BETWEEN_ROWS: Final = 4 << 20


def rows(content: bytes, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """(number, cells) of the rows of the page's longest table. Raises UnreadableFile.

    Entities of a DTD are not resolved and nothing is fetched.
    """
    lengths: Counter[int] = Counter(table for table, _cells in _all_rows(content, encoding))
    if not lengths:
        raise UnreadableFile("not_a_table")
    wanted = max(lengths, key=lambda table: (lengths[table], -table))
    found = (cells for table, cells in _all_rows(content, encoding) if table == wanted)
    yield from enumerate(found, start=1)


def _all_rows(content: bytes, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """(number of the innermost table, cells) of every row."""
    # What the page says of its encoding is wrong as often as not: it is told here.
    parser = etree.HTMLPullParser(
        events=("start", "end"),
        tag=("table", "tr"),
        encoding="utf-8",
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    inside: list[int] = []
    numbers = count(1)
    fed = 0
    try:
        for text in chain(decoded_blocks(content, encoding), [None]):
            if text is None:
                parser.close()
            elif text:
                parser.feed(text.encode())
                fed += len(text)
            for event, element in parser.read_events():
                if event == "start" and element.tag == "table":
                    inside.append(next(numbers))
                elif event == "end" and inside:
                    if element.tag == "tr":
                        fed = 0
                        yield inside[-1], _cells(element)
                    else:
                        inside.pop()
                    _forget(element)
            if fed > MAX_BETWEEN_ROWS:
                raise UnreadableFile("not_a_table")
    except etree.XMLSyntaxError as error:
        raise UnreadableFile("damaged") from error


def _cells(row: Any) -> list[str]:
    return ["".join(cell.itertext()) for cell in row.iterchildren("td", "th")]


def _forget(element: Any) -> None:
    """Take what was read out of the tree, with all that stands before it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]
