"""The index on disk that single firms are looked up in, made anew by every full run.

It only says who may be worth a closer look: what a firm is matched on is read from the database.
So an index that has missed something costs a pair until the next full run, never a wrong one.
"""

import logging
import tempfile
import threading
from hashlib import blake2b
from pathlib import Path

from django.conf import settings
from django.db import connection

from matching.engine.changes import Change
from matching.engine.compiling import private_folder
from matching.engine.incremental import LiveIndex, Rematch
from matching.engine.index import build
from matching.engine.live import IndexFull, IndexReplaced
from matching.engine.match import Prepared, Scales
from matching.engine.text import Lexicon
from matching.engine.types import Policy

logger = logging.getLogger(__name__)

_turn = threading.Lock()
_opened: dict[tuple[Path, str], tuple[Policy, LiveIndex]] = {}  # at most one


def build_index(prepared: Prepared) -> bool:
    """Make the index anew; False for a market so small that reading it whole is as quick."""
    problem = prepared.problem
    if len(problem.needs) + len(problem.offerings) < settings.MATCH_INDEX_FROM:
        return False
    try:
        root = _root()
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        build(prepared, root)
    except OSError:
        # A full disk, or another worker that does the same: the market is read whole instead.
        logger.exception("the index of single firms could not be written")
        return False
    return True


def look_up(change: Change, lexicon: Lexicon, policy: Policy) -> tuple[Rematch, Scales] | None:
    """The new lists of the needs that a change touches, and the statistics they are weighed by.

    None where there is no index that fits, or no room left in it.
    """
    with _turn:
        for _attempt in range(2):
            index = _open(lexicon, policy)
            if index is None:
                return None
            try:
                return index.rematch(change), index.scales
            except IndexFull:
                return None
            except IndexReplaced:
                _opened.clear()
            except BaseException:
                _opened.clear()  # half of the change may be in it
                raise
    return None


def _open(lexicon: Lexicon, policy: Policy) -> LiveIndex | None:
    key = (_root(), lexicon.fingerprint)
    if key in _opened and _opened[key][0] == policy:
        return _opened[key][1]
    _opened.clear()
    try:
        index = LiveIndex(key[0], lexicon, policy)
    except (OSError, IndexReplaced, ValueError) as reason:
        logger.info("no index of single firms: %s", reason)
        return None
    _opened[key] = policy, index
    return index


def _root() -> Path:
    """A folder for this database alone."""
    given = settings.MATCH_INDEX_FOLDER
    parent = Path(given) if given else private_folder(Path(tempfile.gettempdir()))
    database = "{HOST}:{PORT}/{NAME}".format_map(connection.settings_dict)
    return parent / f"index-{blake2b(database.encode(), digest_size=8).hexdigest()}"
