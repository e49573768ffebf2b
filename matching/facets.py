"""What reviewers have done and have in hand, for the staff's pages (see `accounts.facets`)."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.facets import Figure, register_figure
from matching.choices import MatchState
from matching.models import Match, Review

RECENTLY: Final = timedelta(days=30)


def _decisions(people: Collection[int], now: datetime) -> Mapping[int, int]:
    recent = Review.objects.filter(reviewer__in=people, at__gt=now - RECENTLY)
    return _counted(recent, "reviewer")


def _assigned(people: Collection[int], now: datetime) -> Mapping[int, int]:
    waiting = Match.objects.filter(assigned_to__in=people, state=MatchState.PROPOSED)
    return _counted(waiting, "assigned_to")


def _counted(rows: "QuerySet[Any]", column: str) -> Mapping[int, int]:
    return dict(rows.order_by().values_list(column).annotate(number=Count("pk")))


register_figure(Figure(_("Decisions in 30 days"), _decisions))
register_figure(Figure(_("Assigned matches"), _assigned))
