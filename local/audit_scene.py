"""Fictional firms for `make audit`, and the addresses of the pages that are looked at, as JSON."""

import json
import os
from typing import Any

import django
from django.core.management import call_command

from demo.logins import OWNER_KO

FIRMS = 20


def main() -> None:
    django.setup()
    for words in (
        ("migrate", "--no-input", "--verbosity", "0"),
        ("load_taxonomy", "--verbosity", "0"),
        ("seed", "--firms", str(FIRMS), "--verbosity", "0"),
    ):
        call_command(*words, stdout=open(os.devnull, "w"))  # noqa: SIM115
    print(json.dumps(scene()))


def scene() -> dict[str, Any]:
    """A Korean owner with a match to answer: the session's cookie, and the paths."""
    from django.test import Client
    from django.urls import reverse

    from accounts.models import User
    from companies.models import Company
    from matching.choices import Side
    from matching.links import answer_url
    from matching.models import Match

    owner = User.objects.get(email=OWNER_KO.email)
    match = Match.objects.unanswered_by(owner).order_by("pk")[0]
    own = Company.objects.of_member(owner)
    side = next(side for side in Side if match.company_of(side) in own)
    firm = (
        Company.objects.listed()
        .filter(is_name_hidden=False, offerings__isnull=False)
        .order_by("pk")[0]
    )
    client = Client()
    client.force_login(owner)
    return {
        "session": client.cookies["sessionid"].value,
        "link": answer_url(match, side, owner),
        "match": reverse("matching:match", args=[match.pk]),
        "profile": reverse("companies:profile"),
        "firm": reverse("companies:company", args=[firm.pk]),
    }


if __name__ == "__main__":
    main()
