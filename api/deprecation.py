"""What is going to end says so: `Deprecation` (RFC 9745), `Sunset` (RFC 8594), the description.

A view has `ending = Ending(…)`, an action `@action(…, ending=Ending(…))`, fields of a serializer
`ending_fields = {"name": Ending(…)}`: their headers come with the answers that hold them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.http import http_date

#: Nobody has less time than this to move on: docs/api.md promises it.
SHORTEST: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Ending:
    """`until` is when it is gone; `instead` names what to use, in the description."""

    since: datetime
    until: datetime
    instead: str = ""

    def __post_init__(self) -> None:
        if self.until - self.since < SHORTEST:
            raise ValueError("An end must be told a year before.")

    @property
    def words(self) -> str:
        told = f"Deprecated since {self.since:%Y-%m-%d}; gone from {self.until:%Y-%m-%d} on."
        return f"{told} {self.instead}".strip()


def headers_of(endings: Iterable[Ending]) -> dict[str, str]:
    """Of several the earliest: an answer says each header once."""
    found = list(endings)
    if not found:
        return {}
    return {
        "Deprecation": f"@{int(min(each.since for each in found).timestamp())}",
        "Sunset": http_date(min(each.until for each in found).timestamp()),
        "Link": '</api/>; rel="deprecation"; type="text/html"',
    }
