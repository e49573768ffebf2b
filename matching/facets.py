"""What reviewers have done and have in hand, for the staff's pages (see `accounts.facets`)."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.facets import Figure, register_figure
from mailing.finding import MATCH
from mailing.finding import register_finder as register_mail_finder
from matching.choices import MatchState
from matching.models import Match, Review

MATCH_NUMBER: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
RECENTLY: Final = timedelta(days=30)


def _decisions(people: Collection[int], now: datetime) -> Mapping[int, int]:
    recent = Review.objects.filter(reviewer__in=people, at__gt=now - RECENTLY)
    return _counted(recent, "reviewer")


def _assigned(people: Collection[int], now: datetime) -> Mapping[int, int]:
    waiting = Match.objects.filter(assigned_to__in=people, state=MatchState.PROPOSED)
    return _counted(waiting, "assigned_to")


def _counted(rows: "QuerySet[Any]", column: str) -> Mapping[int, int]:
    return dict(rows.order_by().values_list(column).annotate(number=Count("pk")))


def _mails_of_match(words: str) -> Q:
    """By a text that holds the match's number, such as the address of its page."""
    found = MATCH_NUMBER.search(words)
    if found is None:
        return Q(pk__in=[])
    number = found[0].lower()
    return Q(context_key__startswith=f"match:{number}") | Q(
        context_key__startswith=f"outcome:{number}"
    )


register_mail_finder(MATCH, _mails_of_match)
register_figure(Figure(_("Decisions in 30 days"), _decisions))
register_figure(Figure(_("Assigned matches"), _assigned))
