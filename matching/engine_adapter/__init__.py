"""The one door to the engine: rows become arrays, results become rows.

Only this package imports `matching.engine`. The functions here are the steps of a run; each can
be repeated with the same outcome as long as `Snapshot.fingerprint` is the same.
"""

from matching.engine.criteria import DEFAULT_WEIGHTS
from matching.engine.types import COMPATIBLE as COMPATIBLE_COOPERATION
from matching.engine.types import Result
from matching.engine_adapter.computing import (
    Prepared,
    Proposal,
    allocate,
    count_candidates,
    explain,
    prepare,
    score_block,
)
from matching.engine_adapter.indexing import build_index
from matching.engine_adapter.lexicon import (
    compare_tags,
    load_lexicon,
    read_mentions,
    read_words_ahead,
    tag_texts,
)
from matching.engine_adapter.rematching import (
    FirmPairs,
    Standing,
    allocate_firm,
    pairs_of_firm,
    score_firm,
)
from matching.engine_adapter.snapshot import Snapshot, load_snapshot

__all__ = [
    "COMPATIBLE_COOPERATION",
    "DEFAULT_WEIGHTS",
    "FirmPairs",
    "Prepared",
    "Proposal",
    "Result",
    "Snapshot",
    "Standing",
    "allocate",
    "allocate_firm",
    "build_index",
    "compare_tags",
    "count_candidates",
    "explain",
    "load_lexicon",
    "load_snapshot",
    "pairs_of_firm",
    "prepare",
    "read_mentions",
    "read_words_ahead",
    "score_block",
    "score_firm",
    "tag_texts",
]
