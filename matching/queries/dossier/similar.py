"""What became of earlier pairs like this one: they tell a reviewer how such pairs tend to end.

Alike are pairs of which the needs share a product and the offerings share one. Products are the
items' concepts; of an item without any, the concepts under its HS headings. Where fewer than
ENOUGH pairs of the very same products were decided, those of the broader concept and its other
branches count as well. Looked at are the NEEDS newest needs of that kind and of their pairs the
PAIRS decided last, so that the answer costs the same in a market of any size.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models.expressions import RawSQL

from companies.models import Need, Offering
from matching.choices import (
    AnswerKind,
    Decision,
    EventReason,
    MatchState,
    OutcomeStage,
    reason_label,
)
from matching.models import Answer, Match, Outcome, Review
from taxonomy.models import Concept

NEEDS: Final = 200
PAIRS: Final = 200
ENOUGH: Final = 5
EXAMPLES: Final = 5
MOST_KIN: Final = 60
# The digits of a heading of the Harmonized System.
HEADING: Final = 4
DECIDED: Final = (
    MatchState.APPROVED,
    MatchState.REJECTED,
    MatchState.INTRODUCED,
    MatchState.DECLINED,
    MatchState.EXPIRED,
)
CONTRACTS: Final = (
    OutcomeStage.TRIAL_ORDER,
    OutcomeStage.REPEAT_ORDER,
    OutcomeStage.JOINT_PROJECT,
)


@dataclass(frozen=True, slots=True)
class Example:
    """One earlier pair and, as a sentence, why it ended if it did."""

    match: Match
    reason: str


@dataclass(frozen=True, slots=True)
class SimilarPairs:
    """How far `decided` earlier pairs came; each figure counts pairs. `is_wide`: of a broader kind
    of product than this one. `rejections`, `refusals`: (sentence, pairs), most frequent first."""

    decided: int
    approved: int
    said_yes: int
    introduced: int
    met: int
    contracts: int
    rejections: tuple[tuple[str, int], ...]
    refusals: tuple[tuple[str, int], ...]
    examples: tuple[Example, ...]
    is_wide: bool
    is_capped: bool


def similar_pairs(match: Match) -> SimilarPairs:
    needs, offerings = _products(match.need), _products(match.offering)
    same = _decided(match, needs, offerings)
    if len(same) >= ENOUGH:
        return _told(same, is_wide=False)
    kin = _kin([match.need, match.offering])
    wide = _decided(match, needs | kin[0], offerings | kin[1])
    return _told(wide, is_wide=len(wide) > len(same))


def _products(item: Need | Offering) -> set[int]:
    """The item's concepts, or those under its HS headings."""
    concepts = {concept.pk for concept in item.concepts.all()}
    return concepts or _under_headings({code[:HEADING] for code in item.hs6})


def _under_headings(headings: set[str]) -> set[int]:
    if not headings:
        return set()
    below = RawSQL(
        "SELECT concept.id FROM taxonomy_concept concept, unnest(concept.hs6) goods"
        " WHERE left(goods, 4) = ANY(%s)",
        [sorted(headings)],
    )
    return set(Concept.objects.filter(pk__in=below).order_by().values_list("pk", flat=True))


def _kin(items: list[Need | Offering]) -> list[set[int]]:
    """For each item the broader concepts of its own, and the other branches below those as long
    as these are few: below "metal" stands everything."""
    above = [{c.parent_id for c in item.concepts.all() if c.parent_id} for item in items]
    rows = Concept.objects.filter(parent__in=set().union(*above)).order_by()
    below = list(rows.values_list("pk", "parent_id"))
    kin = []
    for parents in above:
        branches = {pk for pk, parent in below if parent in parents}
        kin.append(parents | branches if len(branches) <= MOST_KIN else parents)
    return kin


def _decided(match: Match, needs: Collection[int], offerings: Collection[int]) -> list[Match]:
    """The pairs decided last between needs and offerings of these concepts."""
    if not needs or not offerings:
        return []
    newest = (
        Need.concepts.through.objects.filter(concept__in=needs)
        .order_by("-pk")
        .values_list("need_id", flat=True)[:NEEDS]
    )
    alike = Offering.concepts.through.objects.filter(concept__in=offerings).values("offering_id")
    return list(
        Match.objects.filter(
            need__in=list(newest), offering__in=alike, state__in=DECIDED, decided_at__isnull=False
        )
        .exclude(pk=match.pk)
        .order_by("-decided_at", "pk")
        .only("pk", "state", "round", "decided_at", "published_at")[:PAIRS]
    )


def _told(pairs: list[Match], *, is_wide: bool) -> SimilarPairs:
    ids = [pair.pk for pair in pairs]
    approved = [pair.pk for pair in pairs if pair.state != MatchState.REJECTED]
    answers = _last_answers(pairs, approved)
    outcomes: dict[UUID, set[str]] = {}
    for pk, stage in Outcome.objects.filter(match__in=approved).values_list("match", "stage"):
        outcomes.setdefault(pk, set()).add(stage)
    rejected = dict(
        Review.objects.filter(match__in=ids, decision=Decision.REJECTED)
        .order_by("at", "pk")
        .values_list("match", "reason")
    )
    reached = {pk: stages - {OutcomeStage.NONE} for pk, stages in outcomes.items()}
    refused = {
        answer.match_id: answer.reason for answer in answers if answer.kind == AnswerKind.DECLINED
    }
    yes = {answer.match_id for answer in answers if answer.kind == AnswerKind.INTERESTED}
    return SimilarPairs(
        decided=len(pairs),
        approved=len(approved),
        said_yes=len(yes),
        introduced=sum(pair.state == MatchState.INTRODUCED for pair in pairs),
        met=sum(bool(stages) for stages in reached.values()),
        contracts=sum(not stages.isdisjoint(CONTRACTS) for stages in reached.values()),
        rejections=_counted(
            rejected[pair.pk]
            for pair in pairs
            if pair.state == MatchState.REJECTED and rejected.get(pair.pk)
        ),
        refusals=_counted(reason for reason in refused.values() if reason),
        examples=tuple(_examples(ids[:EXAMPLES], rejected, refused)),
        is_wide=is_wide,
        is_capped=len(pairs) == PAIRS,
    )


def _last_answers(pairs: list[Match], approved: list[UUID]) -> list[Answer]:
    """Those of the pairs' present rounds."""
    rounds = {pair.pk: pair.round for pair in pairs}
    rows = Answer.objects.filter(match__in=approved).only("match", "round", "kind", "reason")
    return [row for row in rows if row.round == rounds[row.match_id]]


def _counted(reasons: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple((reason_label(code), n) for code, n in Counter(reasons).most_common())


def _examples(
    ids: list[UUID], rejected: dict[UUID, str], refused: dict[UUID, str]
) -> Iterator[Example]:
    """The pairs decided last, with why they ended."""
    shown = Match.objects.select_related("need__company", "offering__company").in_bulk(ids)
    for pk in ids:
        pair = shown[pk]
        codes = {
            MatchState.REJECTED: rejected.get(pk, ""),
            MatchState.DECLINED: refused.get(pk, EventReason.NOT_NOW),
            MatchState.EXPIRED: EventReason.UNANSWERED,
        }
        code = codes.get(MatchState(pair.state), "")
        yield Example(pair, reason_label(code) if code else "")
