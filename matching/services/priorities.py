"""Keeping the order of the review queue true while days pass and firms get busy or free."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from matching.choices import MatchState
from matching.models import Match
from matching.priority import AGE_SQL, LOAD_SQL, REPLY_SQL, URGENCY_SQL, freshness_sql
from matching.queries.capacity import introductions_taken

BATCH: Final = 5000

# Rows somebody decides on at this moment are left to the next time: nobody waits for this.
REFRESH: Final = f"""
    WITH load (firm, taken) AS (SELECT * FROM {LOAD_SQL}),
    wanted AS (
        SELECT match.id, match.value * ({URGENCY_SQL} + {AGE_SQL})
            * {freshness_sql("buyer")} * {freshness_sql("seller")} + {REPLY_SQL} AS priority
        FROM matching_match AS match
        JOIN companies_need need ON need.id = match.need_id
        JOIN companies_company buyer ON buyer.id = need.company_id
        JOIN companies_offering offering ON offering.id = match.offering_id
        JOIN companies_company seller ON seller.id = offering.company_id
        LEFT JOIN load buyer_load ON buyer_load.firm = buyer.id
        LEFT JOIN load seller_load ON seller_load.firm = seller.id
        WHERE match.id = ANY(%(ids)s::uuid[]) AND match.state = %(proposed)s
    ),
    changed AS (
        SELECT match.id, wanted.priority
        FROM matching_match AS match JOIN wanted ON wanted.id = match.id
        WHERE match.priority <> wanted.priority
        ORDER BY match.id
        FOR NO KEY UPDATE OF match SKIP LOCKED
    )
    UPDATE matching_match AS match SET priority = changed.priority
    FROM changed WHERE match.id = changed.id
"""  # noqa: S608 - constants of matching.priority


def priority_values(now: datetime, *, firms: Collection[UUID] | None = None) -> dict[str, Any]:
    """What the SQL of `matching.priority` asks for; `firms`: only their loads."""
    loads = introductions_taken(now, firms=firms)
    return {
        "today": timezone.localdate(now),
        "zone": timezone.get_default_timezone_name(),
        "loaded_firms": list(loads),
        "loads": list(loads.values()),
    }


def refresh_priorities(*, company_ids: Collection[UUID] | None = None, now: datetime) -> int:
    """Write the priority of proposals whose urgency or whose firms' load has changed.

    Of all proposals, or of those of the firms `company_ids`. Batch by batch, each in a transaction
    of its own; a row that stays as it is, or is being decided on, is not written. Return how many
    were.
    """
    values = priority_values(now) | {"proposed": MatchState.PROPOSED.value}
    written = 0
    for ids in _batches(company_ids):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(REFRESH, values | {"ids": ids})
            written += cursor.rowcount
    return written


def _batches(company_ids: Collection[UUID] | None) -> Iterator[list[UUID]]:
    proposals = Match.objects.filter(state=MatchState.PROPOSED, is_prospect=False)
    if company_ids is not None:
        # Side by side, so that the database finds either by its index.
        of_firms = {
            pk
            for side in ("need__company__in", "offering__company__in")
            for pk in proposals.filter(**{side: company_ids})
            .order_by()
            .values_list("pk", flat=True)
        }
        ordered = sorted(of_firms)
        yield from (ordered[at : at + BATCH] for at in range(0, len(ordered), BATCH))
        return
    last = None
    while True:
        rest = proposals.filter(pk__gt=last) if last else proposals
        ids = list(rest.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not ids:
            return
        yield ids
        last = ids[-1]
