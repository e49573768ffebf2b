"""What the two firms have been through: with each other, and with others for like reasons."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F
from django.utils.translation import gettext as _

from common.formatting import date_text, number_text
from common.querying import within
from matching.choices import (
    AnswerKind,
    Criterion,
    Decision,
    DeclineReason,
    EventReason,
    MatchState,
    Side,
    reason_label,
)
from matching.models import Answer, Match
from matching.queries.dossier.found import Conflict, warns
from matching.queries.dossier.rows import CLOSE

SHOWN: Final = 5
PATTERN_DAYS: Final = 365
# So many refusals of one kind are a pattern.
PATTERN: Final = 2
# What a firm that gives this reason found wanting.
CRITERION_OF: Final[dict[str, str]] = {
    DeclineReason.SPECIFICATION: Criterion.PRODUCT,
    DeclineReason.PRICE: Criterion.PRICE,
    DeclineReason.VOLUME: Criterion.VOLUME,
    DeclineReason.LEAD_TIME: Criterion.LEAD_TIME,
    DeclineReason.CERTIFICATION: Criterion.CERTIFICATIONS,
}
# What says something of the firm itself, whoever was proposed.
OF_THE_FIRM: Final = (DeclineReason.NO_CURRENT_NEED, DeclineReason.BUSY)


def earlier_matches(match: Match) -> list[Match]:
    """The latest matches of the two firms, whoever bought; not those that a run took back."""
    buyer, seller = match.buyer.pk, match.seller.pk
    # Each way by its own index, and first of all: together with the rest planning takes longer.
    ways = [
        Match.objects.filter(need__company=one, offering__company=other)
        .order_by()
        .values_list("pk", flat=True)
        for one, other in ((buyer, seller), (seller, buyer))
    ]
    return list(
        Match.objects.filter(pk__in=list(ways[0].union(ways[1], all=True)))
        .exclude(pk=match.pk)
        .exclude(state=MatchState.WITHDRAWN)
        .select_related("need", "offering")
        .prefetch_related("reviews", "answers")
        .order_by("-updated_at", "pk")[:SHOWN]
    )


def earlier_conflicts(match: Match, earlier: list[Match], *, now: datetime) -> Iterator[Conflict]:
    yield from filter(None, map(_ended, earlier))
    yield from _patterns(match, now)


def _ended(match: Match) -> Conflict | None:
    words = {"item": match.need.title, "day": date_text(match.ended_at) if match.ended_at else ""}
    if match.state == MatchState.REJECTED:
        last = [each for each in match.reviews.all() if each.decision == Decision.REJECTED]
        reason = reason_label(last[-1].reason) if last and last[-1].reason else ""
        told = _("Staff rejected “%(item)s” of these two firms on %(day)s. %(reason)s")
    elif match.state == MatchState.DECLINED:
        said = [each for each in match.answers.all() if each.kind != AnswerKind.INTERESTED]
        reason = reason_label(said[-1].reason or EventReason.NOT_NOW) if said else ""
        told = _("One of these firms declined “%(item)s” of the other on %(day)s. %(reason)s")
    elif match.state == MatchState.EXPIRED:
        reason = ""
        told = _("“%(item)s” of these two firms ended unanswered on %(day)s. %(reason)s")
    else:
        return None
    return warns(f"earlier_{match.state}", (told % (words | {"reason": reason})).strip(), match)


def _patterns(match: Match, now: datetime) -> Iterator[Conflict]:
    """What a firm keeps giving as its reason, where this match may run into it again."""
    firms = {match.buyer.pk: match.buyer, match.seller.pk: match.seller}
    since = now - timedelta(days=PATTERN_DAYS)
    sides = ((Side.BUYER, "match__need__company"), (Side.SELLER, "match__offering__company"))
    # Each side by its own index.
    buying, selling = (
        within(
            Answer.objects.filter(side=side, kind=AnswerKind.DECLINED, at__gte=since), firm, firms
        )
        .exclude(match=match)
        .annotate(firm=F(firm), code=F("reason"))
        .order_by()
        .values_list("pk", "firm", "code")
        for side, firm in sides
    )
    told = buying.union(selling, all=True)
    counted = Counter((firm, code) for _pk, firm, code in told)
    for (firm, code), count in counted.most_common():
        if count < PATTERN or not _is_touched(match, code):
            continue
        yield warns(
            "pattern",
            _("%(firm)s declined %(count)s matches within a year for one reason: %(reason)s")
            % {
                "firm": firms[firm].display_name,
                "count": number_text(count),
                "reason": reason_label(code),
            },
        )


def _is_touched(match: Match, code: str) -> bool:
    """Whether this match is weak, or says nothing, on what the reason is about."""
    if code in OF_THE_FIRM:
        return True
    if code not in CRITERION_OF:
        return False
    value = match.criteria.get(CRITERION_OF[code])
    return value is None or value < CLOSE
