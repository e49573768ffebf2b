"""The one door to the engine: rows become arrays, results become rows.

Only this package imports `matching.engine`. The functions here are the steps of a run; each can
be repeated with the same outcome as long as `Snapshot.fingerprint` is the same.
"""

from matching.engine.criteria import DEFAULT_WEIGHTS
from matching.engine_adapter.computing import (
    Prepared,
    Proposal,
    allocate,
    explain,
    prepare,
    score_block,
)
from matching.engine_adapter.lexicon import load_lexicon, tag_texts
from matching.engine_adapter.rematching import (
    Standing,
    allocate_firm,
    candidates_of_firm,
    firms_met,
)
from matching.engine_adapter.snapshot import Snapshot, load_snapshot

__all__ = [
    "DEFAULT_WEIGHTS",
    "Prepared",
    "Proposal",
    "Snapshot",
    "Standing",
    "allocate",
    "allocate_firm",
    "candidates_of_firm",
    "explain",
    "firms_met",
    "load_lexicon",
    "load_snapshot",
    "prepare",
    "score_block",
    "tag_texts",
]
