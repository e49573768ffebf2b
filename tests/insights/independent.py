"""Each figure once more, in SQL of its own over the rows of the product.

Nothing here comes from `insights`: the journeys of a pair are cut out of its events in another
way (by the reasons of the events, row by row), and every figure has its own condition.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection

# One row for each proposal: `since` … `until` is its part of the match's history.
PROPOSALS: Final = """
CREATE TEMPORARY TABLE p ON COMMIT DROP AS
WITH begun AS (
    SELECT e.match_id, e.at AS since, m.direction, m.run_id,
           n.company_id AS buyer, o.company_id AS seller,
           coalesce((SELECT min(x.at) FROM matching_matchevent x
                     WHERE x.match_id = e.match_id AND x.at > e.at
                       AND x.reason IN ('found', 'found_again')), 'infinity') AS until,
           (SELECT count(*) FROM matching_matchevent x
            WHERE x.match_id = e.match_id AND x.at <= e.at
              AND x.reason IN ('found', 'found_again')) AS nth
    FROM matching_matchevent e
    JOIN matching_match m ON m.id = e.match_id
    JOIN companies_need n ON n.id = m.need_id
    JOIN companies_offering o ON o.id = m.offering_id
    WHERE e.reason IN ('found', 'found_again') AND NOT m.is_prospect
)
SELECT b.*, (b.since + interval '9 hours')::timestamptz AT TIME ZONE 'UTC' AS seoul,
       final.to_state AS final, final.reason AS because,
       verdict.to_state AS verdict, verdict.at AS verdict_at, verdict.actor_id AS reviewer,
       verdict.reason AS verdict_reason,
       (SELECT min(a.at) FROM matching_answer a
        WHERE a.match_id = b.match_id AND a.round = b.nth) AS one_at,
       (SELECT max(a.at) FROM matching_answer a
        WHERE a.match_id = b.match_id AND a.round = b.nth HAVING count(*) > 1) AS both_at,
       refusal.side AS refuser, refusal.kind AS refusal,
       CASE WHEN final.to_state = 'introduced' THEN i.at END AS introduced_at,
       CASE WHEN final.to_state = 'introduced' THEN least(
           (SELECT min(coalesce(
                t.happened_on, ((t.at + interval '9 hours') AT TIME ZONE 'UTC')::date))
            FROM matching_outcome t WHERE t.match_id = b.match_id AND t.stage != 'none'),
           (SELECT min(((c.starts_at + interval '9 hours') AT TIME ZONE 'UTC')::date)
            FROM dialogue_call c WHERE c.thread_id = b.match_id AND c.state = 'held')
       ) END AS met_on,
       CASE WHEN final.to_state = 'introduced' THEN
           (SELECT min(coalesce(
                t.happened_on, ((t.at + interval '9 hours') AT TIME ZONE 'UTC')::date))
            FROM matching_outcome t WHERE t.match_id = b.match_id
              AND t.stage IN ('trial_order', 'repeat_order', 'joint_project'))
       END AS contract_on,
       EXISTS (SELECT 1 FROM matching_outcome t JOIN matching_outcome u
               ON u.match_id = t.match_id AND u.stage = t.stage AND u.side = 'seller'
               WHERE t.match_id = b.match_id AND t.side = 'buyer' AND final.to_state = 'introduced'
                 AND t.stage IN ('trial_order', 'repeat_order', 'joint_project')) AS agreed,
       (SELECT y.review_days FROM matching_matchrun r
        JOIN matching_matchpolicy y ON y.id = r.policy_id WHERE r.id = b.run_id) AS allowed
FROM begun b
JOIN LATERAL (
    SELECT e.to_state, e.reason FROM matching_matchevent e
    WHERE e.match_id = b.match_id AND e.at >= b.since AND e.at < b.until
    ORDER BY e.at DESC, e.id DESC LIMIT 1
) final ON true
LEFT JOIN LATERAL (
    SELECT e.* FROM matching_matchevent e
    WHERE e.match_id = b.match_id AND e.at >= b.since AND e.at < b.until
      AND e.from_state = 'proposed' AND e.to_state IN ('approved', 'rejected')
      AND NOT EXISTS (
          SELECT 1 FROM matching_matchevent back
          WHERE back.match_id = b.match_id AND back.reason = 'undone' AND back.to_state = 'proposed'
            AND back.at > e.at AND back.at < b.until
      )
    ORDER BY e.at DESC LIMIT 1
) verdict ON true
LEFT JOIN LATERAL (
    SELECT a.side, a.kind FROM matching_answer a
    WHERE a.match_id = b.match_id AND a.round = b.nth AND a.kind IN ('declined', 'not_now')
    ORDER BY a.at LIMIT 1
) refusal ON true
LEFT JOIN matching_introduction i ON i.match_id = b.match_id
"""

# Business days one after the other, as a person with a calendar would.
LATE: Final = """
    (SELECT count(*) FROM generate_series(1, 400) AS k
     WHERE extract(isodow FROM p.seoul::date + k::int) BETWEEN 1 AND 5
       AND (p.seoul::date + k::int) + CASE
               WHEN extract(isodow FROM p.seoul) > 5 THEN time '24:00' ELSE p.seoul::time END
           < CASE WHEN extract(isodow FROM p.verdict_at AT TIME ZONE 'Asia/Seoul') > 5
                  THEN (p.verdict_at AT TIME ZONE 'Asia/Seoul')::date + time '24:00'
                  ELSE p.verdict_at AT TIME ZONE 'Asia/Seoul' END
    ) >= coalesce(p.allowed, 3)
"""

SECTOR_OF_PAIR: Final = """EXISTS (SELECT 1 FROM companies_company_sectors s
    WHERE s.sector_id = %(sector)s AND s.company_id IN ({buyer}, {seller}))"""


@dataclass(frozen=True)
class Asked:
    """What is asked of a figure, in plain values."""

    first: date
    last: date
    sector: int | None = None
    direction: str = ""
    extra: str = "true"


def prepare() -> None:
    """The table `p`; once in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(PROPOSALS)


def _ask(sql: str, asked: Asked) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, vars_of(asked))
        return cursor.fetchone()[0]


def vars_of(asked: Asked) -> dict[str, Any]:
    return {
        "first": asked.first,
        "last": asked.last,
        "sector": asked.sector,
        "direction": asked.direction,
    }


def _pairs(asked: Asked, day: str) -> str:
    """FROM and WHERE over the proposals in the scope."""
    where = [f"({day})::date >= %(first)s AND ({day})::date <= %(last)s", asked.extra]
    if asked.sector:
        where.append(SECTOR_OF_PAIR.format(buyer="p.buyer", seller="p.seller"))
    if asked.direction:
        where.append("p.direction = %(direction)s")
    return f"FROM p WHERE {' AND '.join(where)}"


def _ratings(asked: Asked) -> str:
    where = [
        "r.at >= (%(first)s::date)::timestamp AT TIME ZONE 'Asia/Seoul'",
        "r.at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'Asia/Seoul'",
        """r.number = (SELECT max(z.number) FROM matching_satisfaction z
            WHERE z.match_id = r.match_id AND z.side = r.side
              AND z.at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'Asia/Seoul')""",
        asked.extra,
    ]
    if asked.sector:
        where.append(SECTOR_OF_PAIR.format(buyer="n.company_id", seller="o.company_id"))
    if asked.direction:
        where.append("m.direction = %(direction)s")
    return f"""FROM matching_satisfaction r JOIN matching_match m ON m.id = r.match_id
        JOIN companies_need n ON n.id = m.need_id JOIN companies_offering o ON o.id = m.offering_id
        WHERE {" AND ".join(where)}"""


def _firms(asked: Asked) -> str:
    toward = "AND p.direction = %(direction)s" if asked.direction else ""
    mine = f"""(SELECT count(*) FROM p WHERE c.id IN (p.buyer, p.seller)
        AND p.seoul::date BETWEEN %(first)s AND %(last)s {toward} AND {{}})"""
    where = ["c.state = 'verified'", "c.source <> 'association'", asked.extra]
    if asked.sector:
        where.append(
            "c.id IN (SELECT s.company_id FROM companies_company_sectors s"
            " WHERE s.sector_id = %(sector)s)"
        )
    return f"""FROM (SELECT c.id, c.employees, c.country,
        c.created_at >= (%(last)s::date + 1 - 180)::timestamp AT TIME ZONE 'Asia/Seoul'
        AND c.created_at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'Asia/Seoul' AS young,
        {mine.format("true")} AS found,
        {mine.format("p.verdict = 'approved'")} AS agreed,
        {mine.format("p.final = 'introduced'")} AS met
        FROM companies_company c WHERE {" AND ".join(where)}) f WHERE true"""


def _dated(table: str, asked: Asked) -> str:
    return f"""FROM {table} t WHERE (t.created_at AT TIME ZONE 'Asia/Seoul')::date
        BETWEEN %(first)s AND %(last)s AND {asked.extra}"""


def _count(source: Any, condition: str) -> Any:
    return lambda asked: _ask(f"SELECT count(*) {source(asked)} AND ({condition})", asked)


def _share(source: Any, part: str, whole: str) -> Any:
    return lambda asked: _ask(
        f"""SELECT (count(*) FILTER (WHERE {part}))::float8
            / nullif(count(*) FILTER (WHERE {whole}), 0) {source(asked)}""",
        asked,
    )


def _quantile(source: Any, fraction: float, wait: str, condition: str) -> Any:
    """In seconds, from the two rows around the place and the way between them."""

    def ask(asked: Asked) -> Any:
        return _ask(
            f"""WITH waits AS (
                    SELECT extract(epoch FROM {wait})::float8 AS wait,
                           row_number() OVER (ORDER BY {wait}) - 1 AS place,
                           count(*) OVER () - 1 AS most
                    {source(asked)} AND ({condition})
                ), around AS (
                    SELECT max(wait) FILTER (WHERE place = floor({fraction} * most)) AS low,
                           max(wait) FILTER (WHERE place = ceil({fraction} * most)) AS high,
                           max({fraction} * most - floor({fraction} * most)) AS way
                    FROM waits
                ) SELECT low + (high - low) * way FROM around""",
            asked,
        )

    return ask


def _gini(column: str) -> Any:
    """From its first definition: the mean difference of all pairs over twice the mean."""
    return lambda asked: _ask(
        f"""WITH each AS (SELECT f.{column} AS x {_firms(asked)})
            SELECT sum(abs(a.x - b.x))::float8
                / nullif(2 * (SELECT count(*) FROM each) * (SELECT sum(x) FROM each), 0)
            FROM each a, each b""",
        asked,
    )


def _journeys(asked: Asked) -> str:
    return _pairs(asked, "p.seoul")


def _decisions(asked: Asked) -> str:
    return _pairs(asked, "p.verdict_at AT TIME ZONE 'Asia/Seoul'") + " AND p.verdict_at IS NOT NULL"


def _mails(asked: Asked) -> str:
    return _dated("mailing_message", asked)


def _refusals(asked: Asked) -> str:
    return _dated("mailing_suppression", asked)


def _news(kind: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM mailing_mailevent e"
        f" WHERE e.message_id = t.id AND e.kind = '{kind}')"
    )


_APPROVED: Final = "p.verdict = 'approved'"
_BY_PEOPLE: Final = "p.reviewer IS NOT NULL"
_INTRODUCED_ON: Final = "(p.introduced_at AT TIME ZONE 'Asia/Seoul')::date"
_WAITS: Final = {
    "wait_approval": ("p.verdict_at - p.since", _APPROVED),
    "wait_answer": ("p.one_at - p.verdict_at", "p.one_at IS NOT NULL"),
    "wait_both": ("p.both_at - p.one_at", "p.both_at IS NOT NULL"),
    "wait_introduction": ("p.introduced_at - p.both_at", "p.introduced_at IS NOT NULL"),
    "wait_meeting": (
        f"(interval '1 day' * greatest(p.met_on - {_INTRODUCED_ON}, 0))",
        "p.met_on IS NOT NULL",
    ),
    "wait_contract": (
        "(interval '1 day' * (p.contract_on - p.met_on))",
        "p.contract_on > '-infinity'",
    ),
}

# code → what asks the database for it.
SQL: Final[dict[str, Any]] = {
    "proposed": _count(_journeys, "true"),
    "approved": _count(_journeys, _APPROVED),
    "answered_one": _count(_journeys, "p.one_at IS NOT NULL"),
    "answered_both": _count(_journeys, "p.both_at IS NOT NULL"),
    "introduced": _count(_journeys, "p.introduced_at IS NOT NULL"),
    "met": _count(_journeys, "p.met_on IS NOT NULL"),
    "contract": _count(_journeys, "p.contract_on IS NOT NULL"),
    "contract_confirmed": _count(_journeys, "p.agreed"),
    "rate_approved": _share(_journeys, _APPROVED, "true"),
    "rate_answered_one": _share(_journeys, "p.one_at IS NOT NULL", _APPROVED),
    "rate_answered_both": _share(_journeys, "p.both_at IS NOT NULL", "p.one_at IS NOT NULL"),
    "rate_introduced": _share(_journeys, "p.final = 'introduced'", "p.both_at IS NOT NULL"),
    "rate_met": _share(_journeys, "p.met_on IS NOT NULL", "p.final = 'introduced'"),
    "rate_contract": _share(_journeys, "p.contract_on IS NOT NULL", "p.met_on IS NOT NULL"),
    "rate_whole": _share(_journeys, "p.contract_on IS NOT NULL", "true"),
    **{
        f"{code}_{name}": _quantile(_journeys, fraction, wait, condition)
        for code, (wait, condition) in _WAITS.items()
        for name, fraction in (("median", 0.5), ("p90", 0.9))
    },
    "waiting_review": _count(_journeys, "p.final = 'proposed'"),
    "waiting_answers": _count(_journeys, "p.final = 'approved'"),
    "ended_introduced": _count(_journeys, "p.final = 'introduced'"),
    "rejected": _count(_journeys, "p.final = 'rejected'"),
    "declined": _count(_journeys, "p.final = 'declined'"),
    "expired": _count(_journeys, "p.final = 'expired'"),
    "withdrawn": _count(_journeys, "p.final = 'withdrawn'"),
    "declined_buyer": _count(_journeys, "p.final = 'declined' AND p.refuser = 'buyer'"),
    "declined_seller": _count(_journeys, "p.final = 'declined' AND p.refuser = 'seller'"),
    "declined_not_now": _count(_journeys, "p.final = 'declined' AND p.refusal = 'not_now'"),
    "rated": _count(_ratings, "r.score IS NOT NULL"),
    "satisfied": _count(_ratings, "r.score >= 4"),
    "satisfied_share": _share(_ratings, "r.score >= 4", "r.score IS NOT NULL"),
    "intending": _count(_ratings, "r.intention <> ''"),
    "keeping": _count(_ratings, "r.intention = 'keep' OR r.intention = 'expand'"),
    "keeping_share": _share(
        _ratings, "r.intention = 'keep' OR r.intention = 'expand'", "r.intention <> ''"
    ),
    "firms": _count(_firms, "true"),
    "firms_proposed": _count(_firms, "f.found >= 1"),
    "firms_approved": _count(_firms, "f.agreed >= 1"),
    "firms_introduced": _count(_firms, "f.met >= 1"),
    "coverage_proposed": _share(_firms, "f.found >= 1", "true"),
    "coverage_approved": _share(_firms, "f.agreed >= 1", "true"),
    "coverage_introduced": _share(_firms, "f.met >= 1", "true"),
    "gini_proposals": _gini("found"),
    "gini_approvals": _gini("agreed"),
    "gini_introductions": _gini("met"),
    "firms_new": _count(_firms, "f.young"),
    "firms_new_proposed": _count(_firms, "f.young AND f.found >= 1"),
    "coverage_new": _share(_firms, "f.young AND f.found >= 1", "f.young"),
    "firms_small": _count(_firms, "f.employees <= 49"),
    "firms_small_proposed": _count(_firms, "f.employees <= 49 AND f.found >= 1"),
    "coverage_small": _share(_firms, "f.employees <= 49 AND f.found >= 1", "f.employees <= 49"),
    "mail_written": _count(_mails, "true"),
    "mail_sent": _count(_mails, "t.state = 'sent'"),
    "mail_waiting": _count(_mails, "t.state IN ('queued', 'sending')"),
    "mail_uncertain": _count(_mails, "t.state = 'uncertain'"),
    "mail_failed": _count(_mails, "t.state = 'failed'"),
    "mail_suppressed": _count(_mails, "t.state = 'suppressed'"),
    "mail_cancelled": _count(_mails, "t.state = 'cancelled'"),
    "mail_delivered": _count(_mails, "t.delivered_at IS NOT NULL"),
    "mail_bounced": _count(_mails, _news("came_back")),
    "mail_complained": _count(_mails, _news("complained")),
    "mail_bounced_share": _share(_mails, _news("came_back"), "true"),
    "mail_complained_share": _share(_mails, _news("complained"), "true"),
    "mail_unsubscribed": _count(_refusals, "t.reason = 'unsubscribed'"),
    "mail_dead": _count(_refusals, "t.reason = 'bounced' OR t.reason = 'comes_back'"),
    **{
        f"mail_delay_{name}": _quantile(
            _mails,
            fraction,
            "t.handed_over_at - greatest(t.created_at, t.send_after)",
            "t.state = 'sent' AND t.handed_over_at IS NOT NULL",
        )
        for name, fraction in (("median", 0.5), ("p90", 0.9))
    },
    "decisions": _count(_decisions, _BY_PEOPLE),
    "approvals": _count(_decisions, f"{_BY_PEOPLE} AND p.verdict = 'approved'"),
    "rejections": _count(_decisions, f"{_BY_PEOPLE} AND p.verdict = 'rejected'"),
    "automatic": _count(_decisions, "p.verdict_reason = 'automatic'"),
    **{
        f"decision_wait_{name}": _quantile(
            _decisions, fraction, "p.verdict_at - p.since", _BY_PEOPLE
        )
        for name, fraction in (("median", 0.5), ("p90", 0.9))
    },
    "late": _count(_decisions, f"{_BY_PEOPLE} AND {LATE}"),
    "late_share": _share(_decisions, f"{_BY_PEOPLE} AND {LATE}", _BY_PEOPLE),
}
