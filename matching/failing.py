"""What a run's failure means, and what staff can do about it."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Failure:
    """In words, with advice; `technical`: what the programs said, for the administrators."""

    what: str | Promise
    advice: str | Promise
    technical: str


# The beginning of what was kept with the run: (what happened, what to do).
KINDS: Final[dict[str, tuple[Promise, Promise]]] = {
    "The worker stopped": (
        _("The worker stopped several times before the run was complete."),
        _(
            "Usually its machine was restarted or ran out of memory. Ask the administrators "
            "whether the worker runs, then try again: finished parts are not computed twice."
        ),
    ),
    "MemoryError": (
        _("The run needed more memory than the worker has."),
        _(
            "Start runs for single sectors instead, or ask the administrators for a worker with "
            "more memory."
        ),
    ),
    "OSError": (
        _("The worker could not read or write its disk."),
        _("Ask the administrators whether the disk is full, then try again."),
    ),
    "OperationalError": (
        _("The database was away or refused to answer."),
        _("Wait until the other pages work as usual, then try again."),
    ),
    "zlib.error": (
        _("Parts that an earlier attempt had kept are damaged."),
        _("Stop this run and start a new one: it computes everything anew."),
    ),
}
OTHER: Final = (
    _("The computation met an error that it does not know."),
    _(
        "Try again once. If it fails in the same way, give the lines below to the administrators. "
        "The matches are as they were before this run."
    ),
)
ALIASES: Final = {
    "PermissionError": "OSError",
    "FileNotFoundError": "OSError",
    "error": "zlib.error",
}


def failure_of(kept: str) -> Failure:
    """`kept`: what the run says of its failure, "Type: words" or a sentence."""
    kind = kept.partition(":")[0]
    kind = ALIASES.get(kind, kind)
    what, advice = next((told for begin, told in KINDS.items() if kind.startswith(begin)), OTHER)
    return Failure(what, advice, kept)
