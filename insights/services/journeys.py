"""Counting: the journeys are brought in line with the history of the matches, set by set."""

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from dialogue.choices import CallState
from insights.choices import CONTRACTS, REVIEW_DAYS
from insights.models import Counting
from matching.choices import AnswerKind, EventReason, MatchState, OutcomeStage

# Two countings at once would do the same work twice and wait for each other's rows.
LOCK: Final = 8_142_201

# A pair that is proposed again begins another journey; an undo returns to the one it was on.
EVENTS: Final = """
    CREATE TEMPORARY TABLE event ON COMMIT DROP AS
    SELECT e.match_id, e.id, e.at, e.from_state, e.to_state, e.actor_id, e.reason,
           count(*) FILTER (
               WHERE e.to_state = %(proposed)s AND e.from_state NOT IN (%(approved)s, %(rejected)s)
           ) OVER (PARTITION BY e.match_id ORDER BY e.at, e.id) AS round,
           (e.from_state = %(proposed)s AND e.to_state IN (%(approved)s, %(rejected)s))
           OR (e.to_state = %(proposed)s AND e.from_state IN (%(approved)s, %(rejected)s))
           AS is_decision
    FROM matching_matchevent e
    JOIN matching_match match ON match.id = e.match_id AND NOT match.is_prospect
"""

# A decision that was taken back is none.
COURSES: Final = """
    CREATE TEMPORARY TABLE course ON COMMIT DROP AS
    SELECT begun.*, last.state, last.state_at, last.end_reason,
           coalesce(decision.state, '') AS decision, decision.at AS decided_at,
           decision.actor_id AS decided_by_id,
           coalesce(decision.is_automatic, false) AS is_automatic
    FROM (
        SELECT match_id, round, min(at) AS proposed_at,
               max(at) FILTER (WHERE to_state = %(introduced)s) AS introduced_at
        FROM event WHERE round > 0 GROUP BY match_id, round
    ) begun
    JOIN (
        SELECT DISTINCT ON (match_id, round)
               match_id, round, to_state AS state, at AS state_at, reason AS end_reason
        FROM event ORDER BY match_id, round, at DESC, id DESC
    ) last USING (match_id, round)
    LEFT JOIN (
        SELECT * FROM (
            SELECT DISTINCT ON (match_id, round) match_id, round, to_state AS state, at, actor_id,
                   reason = %(automatic)s AS is_automatic
            FROM event WHERE is_decision ORDER BY match_id, round, at DESC, id DESC
        ) latest WHERE state <> %(proposed)s
    ) decision USING (match_id, round);
    CREATE UNIQUE INDEX ON course (match_id, round);
    ANALYZE course
"""

# What a journey's row says. A decision is late by the rule of `matching.business_days`: after as
# many business days, at the same time of day; one on a weekend counts like the end of Friday.
FOUND: Final = """
    CREATE TEMPORARY TABLE found ON COMMIT DROP AS
    SELECT course.match_id, course.round, match.direction, coalesce(sector.keys, '{}') AS sectors,
           need.company_id AS buyer_id, offering.company_id AS seller_id,
           course.proposed_at, (course.proposed_at AT TIME ZONE %(zone)s)::date AS proposed_on,
           course.state, course.state_at, course.end_reason,
           course.decision, course.decided_at,
           (course.decided_at AT TIME ZONE %(zone)s)::date AS decided_on,
           course.decided_by_id, course.is_automatic,
           coalesce(waited.days > review.days OR (
               waited.days = review.days AND extract(isodow FROM waited.since) < 6
               AND (extract(isodow FROM waited.until) > 5
                    OR waited.until::time > waited.since::time)
           ), false) AS is_late,
           answer.first_at AS first_answer_at, answer.both_at AS both_answered_at,
           coalesce(refusal.kind, '') AS refusal, coalesce(refusal.side, '') AS refused_by,
           course.introduced_at,
           (course.introduced_at AT TIME ZONE %(zone)s)::date AS introduced_on,
           least(told.met_on, held.held_on) AS met_on, told.contract_on,
           coalesce(told.is_confirmed, false) AS is_contract_confirmed
    FROM course
    JOIN matching_match match ON match.id = course.match_id
    JOIN companies_need need ON need.id = match.need_id
    JOIN companies_offering offering ON offering.id = match.offering_id
    LEFT JOIN LATERAL (
        SELECT since, until, (
            SELECT count(*) FROM generate_series(since::date + 1, until::date, interval '1 day') day
            WHERE extract(isodow FROM day) < 6
        ) AS days
        FROM (
            SELECT course.proposed_at AT TIME ZONE %(zone)s AS since,
                   course.decided_at AT TIME ZONE %(zone)s AS until
        ) clock WHERE until IS NOT NULL
    ) waited ON true
    LEFT JOIN matching_matchrun run ON run.id = match.run_id
    LEFT JOIN matching_matchpolicy policy ON policy.id = run.policy_id
    CROSS JOIN LATERAL (SELECT coalesce(policy.review_days, %(review_days)s) AS days) review
    LEFT JOIN LATERAL (
        SELECT array_agg(DISTINCT sector_id ORDER BY sector_id) AS keys
        FROM companies_company_sectors
        WHERE company_id IN (need.company_id, offering.company_id)
    ) sector ON true
    LEFT JOIN (
        SELECT match_id, round, min(at) AS first_at,
               max(at) FILTER (WHERE number = 2) AS both_at
        FROM (
            SELECT match_id, round, at, count(*) OVER (PARTITION BY match_id, round) AS number
            FROM matching_answer
        ) answers GROUP BY match_id, round
    ) answer ON answer.match_id = course.match_id AND answer.round = course.round
    LEFT JOIN (
        SELECT DISTINCT ON (match_id, round) match_id, round, kind, side
        FROM matching_answer WHERE kind <> %(interested)s ORDER BY match_id, round, at, id
    ) refusal ON refusal.match_id = course.match_id AND refusal.round = course.round
    LEFT JOIN (
        SELECT match_id, min(day) AS met_on,
               min(day) FILTER (WHERE stage = ANY(%(contracts)s)) AS contract_on,
               bool_or(sides = 2 AND stage = ANY(%(contracts)s)) AS is_confirmed
        FROM (
            SELECT match_id, stage, coalesce(happened_on, (at AT TIME ZONE %(zone)s)::date) AS day,
                   count(*) OVER (PARTITION BY match_id, stage) AS sides
            FROM matching_outcome WHERE stage <> %(none)s
        ) outcomes GROUP BY match_id
    ) told ON told.match_id = course.match_id AND course.introduced_at IS NOT NULL
    LEFT JOIN (
        SELECT thread.match_id, min((call.starts_at AT TIME ZONE %(zone)s)::date) AS held_on
        FROM dialogue_call call JOIN dialogue_thread thread ON thread.match_id = call.thread_id
        WHERE call.state = %(held)s GROUP BY thread.match_id
    ) held ON held.match_id = course.match_id AND course.introduced_at IS NOT NULL
"""

COLUMNS: Final = (
    "direction", "sectors", "buyer_id", "seller_id", "proposed_at", "proposed_on", "state",
    "state_at", "end_reason", "decision", "decided_at", "decided_on", "decided_by_id",
    "is_automatic", "is_late", "first_answer_at", "both_answered_at", "refusal",
    "refused_by", "introduced_at", "introduced_on", "met_on", "contract_on",
    "is_contract_confirmed",
)  # fmt: skip
_NAMES: Final = ", ".join(COLUMNS)
_NEW: Final = ", ".join(f"excluded.{name}" for name in COLUMNS)
_OLD: Final = ", ".join(f"journey.{name}" for name in COLUMNS)

# Most rows are as they were and are not written again.
WRITE: Final = f"""
    INSERT INTO insights_journey AS journey (match_id, round, {_NAMES})
    SELECT match_id, round, {_NAMES} FROM found
    ON CONFLICT (match_id, round) DO UPDATE SET ({_NAMES}) = ROW ({_NEW})
    WHERE ({_OLD}) IS DISTINCT FROM ({_NEW})
"""  # noqa: S608 - constants of this module

FORGET: Final = """
    DELETE FROM insights_journey AS journey
    WHERE NOT EXISTS (
        SELECT 1 FROM found
        WHERE found.match_id = journey.match_id AND found.round = journey.round
    )
"""


def count_journeys(*, now: datetime) -> int:
    """Bring the journeys in line with the history of the matches; return how many rows changed.

    Readers see the old figures until all new ones are there. Does nothing (-1) while another
    process counts.
    """
    values: dict[str, Any] = {
        "zone": settings.TIME_ZONE,
        "contracts": [stage.value for stage in CONTRACTS],
        "review_days": REVIEW_DAYS,
        "held": CallState.HELD.value,
        "none": OutcomeStage.NONE.value,
        "automatic": EventReason.AUTOMATIC.value,
        "interested": AnswerKind.INTERESTED.value,
        **{state.value: state.value for state in MatchState},
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return -1
        cursor.execute("DROP TABLE IF EXISTS pg_temp.event, pg_temp.course, pg_temp.found")
        for statement in (EVENTS, *COURSES.split(";"), FOUND):
            cursor.execute(statement, values)
        changed = 0
        for statement in (WRITE, FORGET):
            cursor.execute(statement)
            changed += cursor.rowcount
        Counting.objects.update_or_create(defaults={"counted_at": now})
    return changed
