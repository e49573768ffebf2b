"""A market with very many proposed matches, and reviewers who are logged in, as JSON.

Firms and their first matches are made as always: by the seed and a run. The other matches are
copies of those with other pairs and values: what a page shows of them is as long as it is in life.
"""

import argparse
import json
import os
import sys
from typing import Any, Final

import django
from django.core.management import call_command

REVIEWERS: Final = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, required=True)
    parser.add_argument("--matches", type=int, required=True)
    options = parser.parse_args()
    django.setup()
    with open(os.devnull, "w") as nowhere:
        for words in (
            ("migrate", "--no-input", "--verbosity", "0"),
            ("load_taxonomy", "--verbosity", "0"),
            ("seed", "--firms", str(options.firms), "--items-only", "--verbosity", "0"),
            ("run_matching", "--wait"),
        ):
            call_command(*words, stdout=nowhere)
    copy_matches(options.matches)
    print(json.dumps(scene()))


def copy_matches(wanted: int) -> None:
    """Copy the proposals to pairs that have none until there are `wanted`."""
    from django.db import connection

    from matching.models import Match

    table = Match._meta.db_table
    own = {"id", "need_id", "offering_id", "direction", "score", "confidence", "value", "priority"}
    fields = [field.column for field in Match._meta.concrete_fields]
    copied = ", ".join(f'"{name}"' for name in fields if name not in own)
    ranked = ", ".join(name for name in ("value", "priority") if name in fields)
    spread = ", ".join("round(random()::numeric, 6)" for _name in ranked.split(", "))
    patterns = Match.objects.queue().count()
    missing = wanted - Match.objects.count()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH need AS (
              SELECT n.id, f.country,
                row_number() OVER (PARTITION BY f.country ORDER BY n.id) AS place
              FROM companies_need n JOIN companies_company f ON f.id = n.company_id
              WHERE n.state = 'open'
            ), offering AS (
              SELECT o.id, f.country,
                row_number() OVER (PARTITION BY f.country ORDER BY o.id) AS place,
                count(*) OVER (PARTITION BY f.country) AS many
              FROM companies_offering o JOIN companies_company f ON f.id = o.company_id
              WHERE o.state = 'open'
            ), pair AS (
              SELECT need.id AS need_id, offering.id AS offering_id, need.country,
                row_number() OVER () AS place
              FROM need JOIN offering ON offering.country <> need.country
                AND (offering.place + need.place * 31) %% (offering.many / %s) = 0
              WHERE NOT EXISTS (SELECT 1 FROM {table} there WHERE there.need_id = need.id
                AND there.offering_id = offering.id)
              LIMIT %s
            ), pattern AS (
              SELECT *, row_number() OVER (ORDER BY id) AS place
              FROM {table} WHERE state = 'proposed' AND NOT is_prospect
            )
            INSERT INTO {table} (id, need_id, offering_id, direction, score, confidence, {ranked},
              {copied})
            SELECT gen_random_uuid(), pair.need_id, pair.offering_id,
              CASE pair.country WHEN 'JP' THEN 'kr_to_jp' ELSE 'jp_to_kr' END,
              pattern.score, pattern.confidence, {spread},
              {", ".join(f"pattern.{name.strip()}" for name in copied.split(","))}
            FROM pair JOIN pattern ON pattern.place = 1 + pair.place %% %s
            """,
            [_share(missing), missing, patterns],
        )
        cursor.execute("ANALYZE")


def _share(missing: int) -> int:
    """How many offerings a need is paired with, a few more than needed; ends the program with a
    message when the needs do not meet as many.
    """
    from companies.models import Need, Offering

    needs = Need.objects.filter(state="open")
    offerings = Offering.objects.filter(state="open")
    share = max(1, missing * 5 // 4 // max(1, needs.count()))
    countries = needs.order_by().values_list("company__country", flat=True).distinct()
    met = min((offerings.exclude(company__country=each).count() for each in countries), default=0)
    if share > met:
        most = needs.count() * met * 4 // 5
        sys.exit(f"These firms make {most:,} matches at most: ask for fewer, or for more firms.")
    return share


def scene() -> dict[str, Any]:
    """How many matches wait, and a session of each reviewer."""
    from django.test import Client

    from accounts.choices import StaffRole
    from accounts.models import User
    from companies.models import Company
    from matching.models import Match

    sessions = []
    for number in range(REVIEWERS):
        reviewer = User.objects.create_user(
            email=f"load{number}@gagyo.example",
            password=None,
            name=f"Reviewer {number}",
            language="ko" if number % 2 else "ja",
            staff_role=StaffRole.REVIEWER,
        )
        client = Client()
        client.force_login(reviewer)
        sessions.append(client.cookies["sessionid"].value)
    return {
        "firms": Company.objects.count(),
        "matches": Match.objects.filter(state="proposed").count(),
        "sessions": sessions,
    }


if __name__ == "__main__":
    main()
