"""Writing a run's result: set by set in PostgreSQL, because a full run proposes 250,000 pairs."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

from companies.choices import CompanyState, ItemState
from matching.choices import Direction, EventReason, MatchState
from matching.engine_adapter import Proposal, Standing
from matching.models import Match, MatchRun
from matching.priority import AGE_SQL, LOAD_SQL, REPLY_SQL, URGENCY_SQL, freshness_sql
from matching.services.priorities import priority_values
from matching.services.run_changes import comparison_values, note_moved, note_others
from taxonomy.choices import Country

BATCH: Final = 5000

CREATE: Final = """
    CREATE TEMPORARY TABLE proposal (
        need_id uuid, offering_id uuid, rank smallint, score float8, confidence float8,
        criteria jsonb, parts jsonb, reasons jsonb
    ) ON COMMIT DROP
"""

COPY: Final = """
    COPY proposal (need_id, offering_id, rank, score, confidence, criteria, parts, reasons)
    FROM STDIN
"""

# What may be proposed now: since the snapshot an item may have been closed, a firm may have left.
FOUND: Final = f"""
    CREATE TEMPORARY TABLE found ON COMMIT DROP AS
    WITH load (firm, taken) AS (SELECT * FROM {LOAD_SQL})
    SELECT p.*,
           CASE seller.country WHEN %(korea)s THEN %(kr_to_jp)s ELSE %(jp_to_kr)s END AS direction,
           p.score * p.confidence AS value, {URGENCY_SQL} AS urgency,
           {freshness_sql("buyer")} AS buyer_freshness,
           {freshness_sql("seller")} AS seller_freshness,
           greatest(need.material_at, offering.material_at) AS material_at
    FROM proposal p
    JOIN companies_need need ON need.id = p.need_id
    JOIN companies_company buyer ON buyer.id = need.company_id
    JOIN companies_offering offering ON offering.id = p.offering_id
    JOIN companies_company seller ON seller.id = offering.company_id
    LEFT JOIN load buyer_load ON buyer_load.firm = buyer.id
    LEFT JOIN load seller_load ON seller_load.firm = seller.id
    WHERE need.state = %(open)s AND offering.state = %(open)s
      AND buyer.country <> seller.country
      AND buyer.state IN (%(verified)s, %(unclaimed)s)
      AND seller.state IN (%(verified)s, %(unclaimed)s)
      AND (%(unclaimed)s IN (buyer.state, seller.state)) = %(is_prospect)s
"""  # noqa: S608 - constants of matching.priority

INDEX: Final = (
    "CREATE UNIQUE INDEX ON found (need_id, offering_id); ANALYZE found (need_id, offering_id)"
)

# The priority of a pair that is proposed now, and of one that has waited.
FRESH: Final = "found.value * found.urgency * found.buyer_freshness * found.seller_freshness"
WAITED: Final = FRESH.replace("found.urgency", f"(found.urgency + {AGE_SQL})") + f" + {REPLY_SQL}"

SCORED: Final = """
    run_id = %(run)s, is_prospect = %(is_prospect)s, direction = found.direction,
    rank = found.rank, score = found.score, confidence = found.confidence, value = found.value,
    criteria = found.criteria, parts = found.parts, reasons = found.reasons,
    is_stale = false, updated_at = %(now)s
"""

_STANDS: Final = """
    match.need_id = found.need_id AND match.offering_id = found.offering_id
    AND match.state = %(proposed)s AND match.updated_at <= %(snapshot_at)s
"""
_TOLD: Final = ("direction", "rank", "score", "confidence", "criteria", "parts", "reasons")

STANDING: Final = f"SELECT count(*) FROM matching_match AS match JOIN found ON {_STANDS}"  # noqa: S608

# Most of what stands is as it was and is not written: a run leaves few dead rows behind.
KEEP: Final = f"""
    UPDATE matching_match AS match SET {SCORED}, priority = {WAITED}
    FROM found
    WHERE {_STANDS} AND (match.is_stale OR ({", ".join(f"match.{it}" for it in _TOLD)})
        IS DISTINCT FROM ({", ".join(f"found.{it}" for it in _TOLD)}))
"""  # noqa: S608 - constants of this module

# The same rule as MatchQuerySet.closed, from the other side.
REOPEN: Final = f"""
    WITH reopened AS (
        UPDATE matching_match AS match SET {SCORED}, priority = {FRESH},
            state = %(proposed)s, round = match.round + 1, created_at = %(now)s,
            held_until = NULL, hold_note = '', assigned_to_id = NULL,
            first_approved_by_id = NULL, first_approved_at = NULL,
            decided_by_id = NULL, decided_at = NULL,
            publish_at = NULL, published_at = NULL, reminded_at = NULL, expires_at = NULL,
            ended_at = NULL, reopens_at = NULL
        FROM found JOIN matching_match AS before USING (need_id, offering_id)
        WHERE match.id = before.id AND match.state = before.state
          AND match.state IN (%(withdrawn)s, %(expired)s, %(declined)s)
          AND (match.state <> %(declined)s OR found.material_at > match.ended_at
               OR match.reopens_at <= %(now)s)
        RETURNING match.id, before.state AS from_state
    )
    INSERT INTO matching_matchevent (match_id, from_state, to_state, reason, at)
    SELECT id, from_state, %(proposed)s, %(found_again)s, %(now)s FROM reopened
"""  # noqa: S608 - constants of this module

ADD: Final = f"""
    WITH added AS (
        INSERT INTO matching_match (
            id, need_id, offering_id, run_id, direction, state, is_prospect, rank, score,
            confidence, value, priority, criteria, parts, reasons, round, is_stale, hold_note,
            created_at, updated_at
        )
        SELECT gen_random_uuid(), need_id, offering_id, %(run)s, direction, %(proposed)s,
               %(is_prospect)s, rank, score, confidence, value, {FRESH}, criteria, parts, reasons,
               1, false, '', %(now)s, %(now)s
        FROM found
        ON CONFLICT (need_id, offering_id) DO NOTHING
        RETURNING id
    )
    INSERT INTO matching_matchevent (match_id, from_state, to_state, reason, at)
    SELECT id, '', %(proposed)s, %(found)s, %(now)s FROM added
"""  # noqa: S608 - constants of this module

# What a reviewer put on hold stays until the hold is over, and what one has approved until a second
# one has looked at it; what was found after this run's
# snapshot, because a firm changed meanwhile, is newer than what this run knows.
WITHDRAW: Final = """
    WITH gone AS (
        UPDATE matching_match AS match
        SET state = %(withdrawn)s, ended_at = %(now)s, updated_at = %(now)s
        WHERE state = %(proposed)s AND is_prospect = %(is_prospect)s
          AND (held_until IS NULL OR held_until <= %(today)s) AND first_approved_at IS NULL
          AND updated_at <= %(snapshot_at)s
          AND (%(needs)s::uuid[] IS NULL OR need_id = ANY(%(needs)s::uuid[]))
          AND (%(matches)s::uuid[] IS NULL OR id = ANY(%(matches)s::uuid[]))
          AND NOT EXISTS (
              SELECT 1 FROM found
              WHERE found.need_id = match.need_id AND found.offering_id = match.offering_id
          )
        RETURNING id
    ), told AS (
        INSERT INTO matching_matchevent (match_id, from_state, to_state, reason, at)
        SELECT id, %(proposed)s, %(withdrawn)s, %(not_found)s, %(now)s FROM gone
    )
    INSERT INTO pg_temp.gone (id) SELECT id FROM gone
"""

# The places of a need's proposals after some came and went.
RANK: Final = """
    WITH placed AS (
        SELECT id, row_number() OVER (
            PARTITION BY need_id ORDER BY score DESC, confidence DESC, offering_id
        ) AS place
        FROM matching_match
        WHERE state = %(proposed)s AND is_prospect = %(is_prospect)s
          AND need_id IN (
              SELECT need_id FROM found
              UNION SELECT need_id FROM matching_match WHERE id = ANY(%(matches)s::uuid[])
          )
    )
    UPDATE matching_match AS match SET rank = placed.place
    FROM placed WHERE match.id = placed.id AND match.rank <> placed.place
"""


def proposals_of(firms: Collection[UUID], *, except_of: UUID) -> list[Standing]:
    """The proposals in which one of `firms` stands, those of `except_of` aside."""
    found = Match.objects.filter(state=MatchState.PROPOSED, is_prospect=False)
    found = found.exclude(need__company=except_of).exclude(offering__company=except_of)
    columns = ("pk", "need_id", "offering_id", "score", "confidence")
    rows = {  # side by side, so that the database finds either by its index
        row
        for side in ("need__company__in", "offering__company__in")
        for row in found.filter(**{side: firms}).order_by().values_list(*columns)
    }
    return [Standing(*row) for row in sorted(rows)]


def _proposed_to(company_id: UUID) -> set[UUID]:
    """The ids of the proposals in which the firm stands."""
    return {
        pk
        for side in ("need__company", "offering__company")
        for pk in Match.objects.filter(state=MatchState.PROPOSED, **{side: company_id})
        .order_by()
        .values_list("pk", flat=True)
    }


def write_proposals(
    *,
    run: MatchRun,
    proposals: Iterable[Proposal],
    need_ids: Sequence[UUID] | None = None,
    company_id: UUID | None = None,
    displaced: Sequence[UUID] = (),
    now: datetime,
) -> dict[str, Any]:
    """Bring the matches in line with what the run found; call in a transaction, under the lock.

    A pair found becomes proposed, if it is new, was withdrawn or expired, or was declined and may
    come up again; a proposal that stands is scored anew; a proposal not found is withdrawn, of
    all, or of `need_ids`, or of `company_id` and those `displaced`. Whatever staff or a firm
    decided stays as it is. A run with prospects writes the pairs with an unclaimed firm, any
    other run the pairs without. What came, went and moved is kept as RunChange. Returns how many
    were {new, kept, reopened, withdrawn, moved}, and `by` direction and sector. Memory: one batch
    of proposals.
    """
    values = {
        **priority_values(now),
        **comparison_values(run),
        "run": run.pk,
        "is_prospect": run.includes_prospects,
        "needs": None if need_ids is None else list(need_ids),
        "matches": None if company_id is None else [*_proposed_to(company_id), *displaced],
        "snapshot_at": run.snapshot_at or now,
        "now": now,
        "korea": Country.KR.value,
        "open": ItemState.OPEN.value,
        "verified": CompanyState.VERIFIED.value,
        "unclaimed": CompanyState.UNCLAIMED.value,
        **{choice.value: choice.value for choice in (*MatchState, *Direction, *EventReason)},
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.proposal, pg_temp.found, pg_temp.gone")
        cursor.execute(CREATE)
        cursor.execute("CREATE TEMPORARY TABLE gone (id uuid) ON COMMIT DROP")
        # Batches are complete before they are copied: explaining reads from this connection too.
        waiting = iter(proposals)
        while batch := [_row(proposal) for proposal in islice(waiting, BATCH)]:
            with cursor.copy(COPY) as copy:
                for row in batch:
                    copy.write_row(row)
        cursor.execute(FOUND, values)
        for statement in INDEX.split(";"):
            cursor.execute(statement)
        cursor.execute(STANDING, values)
        counts: dict[str, Any] = {"kept": cursor.fetchone()[0]}
        counts["moved"] = note_moved(cursor, values, stands=_STANDS)
        cursor.execute(KEEP, values)
        for name, statement in (("reopened", REOPEN), ("new", ADD), ("withdrawn", WITHDRAW)):
            cursor.execute(statement, values)
            counts[name] = cursor.rowcount
        counts["by"] = note_others(cursor, values)
        if company_id is not None:
            cursor.execute(RANK, values)
    return counts


def _row(proposal: Proposal) -> tuple[Any, ...]:
    return (
        proposal.need_id,
        proposal.offering_id,
        proposal.rank,
        proposal.score,
        proposal.confidence,
        *(
            orjson.dumps(told).decode()
            for told in (proposal.criteria, proposal.parts, proposal.reasons)
        ),
    )
