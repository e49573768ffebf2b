"""The matches a supervisor keeps in view while tuning."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.errors import RuleViolated
from matching.models import Match, PinnedMatch
from matching.queries.preview import SHOWN


def pin_match(*, match: Match, user: User, now: datetime) -> None:
    """Keep `match` in view; once is enough. RuleViolated beyond ten."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two clicks, one count
        others = PinnedMatch.objects.filter(user=user).exclude(match=match)
        if others.count() >= SHOWN:
            raise RuleViolated(
                _("Ten matches are pinned already. Unpin one of them on a draft's page first.")
            )
        PinnedMatch.objects.get_or_create(user=user, match=match, defaults={"at": now})


def unpin_match(*, match: Match, user: User) -> None:
    PinnedMatch.objects.filter(user=user, match=match).delete()
