"""Mails by what they are about. Firms, people and matches live above this app: who owns them says
in its `ready()` how their mails are found."""

from collections import defaultdict
from collections.abc import Callable
from typing import Final

from django.db.models import Q

Finder = Callable[[str], Q]

FIRM: Final = "firm"
MATCH: Final = "match"
_finders: dict[str, list[Finder]] = defaultdict(list)


def register_finder(name: str, finder: Finder) -> None:
    """`finder(words)` is a condition on mails; several finders of a name add up."""
    _finders[name].append(finder)


def about(name: str, words: str) -> Q:
    """The mails that some finder of this name finds; none without a finder."""
    condition = Q(pk__in=[])
    for finder in _finders[name]:
        condition |= finder(words)
    return condition
