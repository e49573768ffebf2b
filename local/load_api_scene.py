"""A market of firms with people, matches and tokens for the load of the API, as JSON."""

import argparse
import json
import os
from datetime import timedelta
from typing import Any, Final

import django
from django.core.management import call_command

ITEMS: Final = 200
ANSWERS: Final = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, required=True)
    options = parser.parse_args()
    django.setup()
    with open(os.devnull, "w") as nowhere:
        for words in (
            ("migrate", "--no-input", "--verbosity", "0"),
            ("load_taxonomy", "--verbosity", "0"),
            ("seed", "--firms", str(options.firms), "--verbosity", "0"),
        ):
            call_command(*words, stdout=nowhere)
    print(json.dumps(scene()))


def scene() -> dict[str, Any]:
    from accounts.choices import StaffRole
    from accounts.models import User
    from api.choices import Scope
    from companies.models import Company, Membership, Offering

    staff = User.objects.create_user(
        email="load@gagyo.example",
        password=None,
        name="Load",
        language="en",
        staff_role=StaffRole.SUPERVISOR,
    )
    owner = Membership.objects.filter(company__state="verified", role="owner").earliest("pk")
    return {
        "firms": Company.objects.count(),
        "offerings": Offering.objects.count(),
        "ids": [str(pk) for pk in Offering.objects.values_list("pk", flat=True)[:ITEMS]],
        "staff": key_of(staff, [Scope.REVIEWER, Scope.DATA]),
        "answers": answerable(),
        "bulk": [key_of(owner.user, [Scope.FIRM]), str(owner.company_id)],
    }


def key_of(user: Any, scopes: list[str]) -> str:
    from django.utils import timezone

    from api.services import issue_token

    now = timezone.now()
    _token, key = issue_token(
        user=user,
        name="load",
        scopes=scopes,
        expires_at=now + timedelta(days=1),
        actor=user,
        now=now,
    )
    return key


def answerable() -> list[list[str]]:
    """[match, key] of firms that have not answered yet: each firm once, so that none gets full."""
    from api.choices import Scope
    from companies.models import Membership
    from matching.models import Match

    found: list[list[str]] = []
    seen: set[Any] = set()
    for match in Match.objects.awaiting_answers().filter(answers=None).with_sides().order_by("pk"):
        firms = {match.buyer.pk, match.seller.pk}
        member = Membership.objects.filter(company=match.seller, role="owner").first()
        if member is None or firms & seen:
            continue
        seen |= firms
        found.append([str(match.pk), key_of(member.user, [Scope.FIRM])])
        if len(found) == ANSWERS:
            break
    return found


if __name__ == "__main__":
    main()
