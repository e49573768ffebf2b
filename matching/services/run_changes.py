"""How the proposals of a run differ from those that stood: written with them, kept for a while."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.backends.utils import CursorWrapper

from companies.choices import CompanyState, ItemState
from matching.choices import ChangeCause, ChangeKind
from matching.models import MatchRun, RunChange
from matching.queries.runs import last_run_before

#: A change of the score by less than half a point is no move.
NOTICED: Final = 0.005

_COLUMNS: Final = """
    run_id, kind, cause, direction, match_id, need_id, offering_id,
    score_before, score_after, rank_before, rank_after, weight
"""
_SIDES: Final = """
    JOIN companies_need need ON need.id = it.need_id
    JOIN companies_offering offering ON offering.id = it.offering_id
    JOIN companies_company buyer ON buyer.id = need.company_id
    JOIN companies_company seller ON seller.id = offering.company_id
"""
# The first reason that holds; without an earlier run there is nothing to compare with.
_NEW_FIRM: Final = "greatest(buyer.verified_at, seller.verified_at) > %(before)s"
_ITEM: Final = "greatest(need.material_at, offering.material_at) > %(before)s"
_LEFT: Final = """(
    need.state <> %(open)s OR offering.state <> %(open)s
    OR need.valid_until < %(today)s OR offering.valid_until < %(today)s
    OR buyer.state NOT IN (%(verified)s, %(unclaimed)s)
    OR seller.state NOT IN (%(verified)s, %(unclaimed)s)
    OR NOT buyer.is_matching_enabled OR NOT seller.is_matching_enabled
)"""


def _case(*causes: tuple[str, str], otherwise: str) -> str:
    whens = " ".join(f"WHEN {condition} THEN '{cause}'" for condition, cause in causes)
    return f"CASE {whens} ELSE '{otherwise}' END"


_WHY_CAME: Final = _case(
    (_NEW_FIRM, ChangeCause.NEW_FIRM),
    (_ITEM, ChangeCause.ITEM),
    ("%(is_other_policy)s", ChangeCause.POLICY),
    otherwise=ChangeCause.PLACE,
)
_WHY_WENT: Final = _case(
    (_LEFT, ChangeCause.LEFT),
    (_ITEM, ChangeCause.ITEM),
    ("%(is_other_policy)s", ChangeCause.POLICY),
    otherwise=ChangeCause.DISPLACED,
)
_WHY_MOVED: Final = _case(
    (_ITEM, ChangeCause.ITEM),
    ("%(is_other_policy)s", ChangeCause.POLICY),
    otherwise=ChangeCause.FACTS,
)

# Before the standing proposals are scored anew; `stands` is the condition by which they are found.
_MOVED: Final = """
    CREATE TEMPORARY TABLE moved ON COMMIT DROP AS
    SELECT match.id, match.need_id, match.offering_id, found.direction,
           match.score AS score_before, found.score AS score_after,
           match.rank AS rank_before, found.rank AS rank_after,
           abs(found.score - match.score) AS weight
    FROM matching_match AS match JOIN found ON {stands}
    WHERE abs(found.score - match.score) >= %(noticed)s
"""
_KEEP_MOVED: Final = f"""
    INSERT INTO matching_runchange ({_COLUMNS})
    SELECT %(run)s, '{ChangeKind.MOVED}', {_WHY_MOVED}, it.direction, it.id, it.need_id,
           it.offering_id, score_before, score_after, rank_before, rank_after, weight
    FROM (SELECT * FROM moved ORDER BY weight DESC, id LIMIT %(most)s) it {_SIDES}
"""  # noqa: S608 - constants of this module
_KEEP_CAME: Final = f"""
    INSERT INTO matching_runchange ({_COLUMNS})
    SELECT %(run)s, '{ChangeKind.CAME}', {_WHY_CAME}, it.direction, it.id, it.need_id,
           it.offering_id, NULL, it.score, NULL, it.rank, it.score
    FROM (
        SELECT * FROM matching_match
        WHERE run_id = %(run)s AND state = %(proposed)s AND created_at = %(now)s
        ORDER BY score DESC, id LIMIT %(most)s
    ) it {_SIDES}
"""  # noqa: S608 - constants of this module
_KEEP_WENT: Final = f"""
    INSERT INTO matching_runchange ({_COLUMNS})
    SELECT %(run)s, '{ChangeKind.WENT}', {_WHY_WENT}, it.direction, it.id, it.need_id,
           it.offering_id, it.score, NULL, it.rank, NULL, it.score
    FROM (
        SELECT match.* FROM matching_match match
        JOIN gone USING (id) ORDER BY score DESC, id LIMIT %(most)s
    ) it {_SIDES}
"""  # noqa: S608 - constants of this module

# Each need counts in one sector, so that the parts add up to the whole.
_BY_SECTOR: Final = """
    WITH of_need AS (
        SELECT DISTINCT ON (tagged.need_id) tagged.need_id, sector.code
        FROM companies_need_concepts tagged
        JOIN taxonomy_concept concept ON concept.id = tagged.concept_id
        JOIN taxonomy_sector sector ON sector.id = concept.sector_id
        WHERE tagged.need_id IN (SELECT need_id FROM found)
        ORDER BY tagged.need_id, sector.position, sector.code
    )
    SELECT match.direction, coalesce(of_need.code, ''), count(*)
    FROM found
    JOIN matching_match AS match USING (need_id, offering_id)
    LEFT JOIN of_need USING (need_id)
    WHERE match.state = %(proposed)s
    GROUP BY 1, 2 ORDER BY 1, 2
"""


def comparison_values(run: MatchRun) -> dict[str, Any]:
    """What the statements of this module ask for beside those of the proposals."""
    last = last_run_before(run)
    return {
        "before": last.snapshot_at if last else run.snapshot_at or run.created_at,
        "is_other_policy": last is not None and last.policy_id != run.policy_id,
        "most": settings.RUN_CHANGES_KEPT,
        "noticed": NOTICED,
        "open": ItemState.OPEN.value,
        "verified": CompanyState.VERIFIED.value,
        "unclaimed": CompanyState.UNCLAIMED.value,
    }


def note_moved(cursor: CursorWrapper, values: dict[str, Any], *, stands: str) -> int:
    """Before standing proposals are scored anew: which move. Returns how many."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.moved")
    cursor.execute(_MOVED.format(stands=stands), values)
    count: int = cursor.rowcount
    cursor.execute(_KEEP_MOVED, values)
    return count


def note_others(cursor: CursorWrapper, values: dict[str, Any]) -> list[list[Any]]:
    """After the proposals are written: which came and which went; `gone` holds the ids of the
    latter. Returns [direction, sector code, proposals] for all that this run found."""
    cursor.execute(_KEEP_CAME, values)
    cursor.execute(_KEEP_WENT, values)
    cursor.execute(_BY_SECTOR, values)
    return [list(row) for row in cursor.fetchall()]


def forget_old_changes(*, now: datetime) -> int:
    """Changes by runs of long ago are deleted; the runs keep their counts. Returns how many."""
    old = now - timedelta(days=settings.RUN_CHANGES_DAYS)
    deleted, _by_model = RunChange.objects.filter(run__created_at__lt=old).delete()
    return int(deleted)
