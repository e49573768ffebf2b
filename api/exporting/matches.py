"""Matches and what came of them as tables: whole for staff, veiled for a firm."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from api.choices import ExportKind
from api.exporting.reading import Caller, Row, Table
from common.localisation import LANGUAGES, active_language, pick
from common.tabling import Column
from companies.models import Company, Item, Membership
from matching.choices import (
    AnswerKind,
    Criterion,
    Direction,
    MatchState,
    OutcomeStage,
    Side,
    ValueBand,
)
from matching.engine_adapter import DEFAULT_WEIGHTS
from matching.models import Answer, Match, Outcome
from matching.queries.veil import VEILED, veil_of
from matching.wording import fit_words, sentences
from taxonomy.choices import Country

_SIDES: Final = ("need__company", "offering__company")
_STATES: Final = dict(MatchState.choices)
_ANSWERS: Final = dict(AnswerKind.choices)
_COUNTRIES: Final = dict(Country.choices)
_ABOUT: Final = (
    Column("id", _("ID")),
    Column("state", _("state"), _STATES),
    Column("direction", _("direction"), dict(Direction.choices)),
)
_OF_STAFF: Final = (
    *_ABOUT,
    Column("is_prospect", _("with an unclaimed firm")),
    Column("run", _("run")),
    Column("rank", _("rank")),
    Column("score", _("score")),
    Column("confidence", _("confidence")),
    Column("need", _("need (ID)")),
    Column("need_title", _("need")),
    Column("buyer", _("buyer (ID)")),
    Column("buyer_number", _("official number of the buyer")),
    Column("buyer_name", _("buyer")),
    Column("buyer_country", _("country of the buyer"), _COUNTRIES),
    Column("offering", _("offering (ID)")),
    Column("offering_title", _("offering")),
    Column("seller", _("seller (ID)")),
    Column("seller_number", _("official number of the seller")),
    Column("seller_name", _("seller")),
    Column("seller_country", _("country of the seller"), _COUNTRIES),
    Column("buyer_answer", _("answer of the buyer"), _ANSWERS),
    Column("seller_answer", _("answer of the seller"), _ANSWERS),
    *(Column(name, Criterion(name).label) for name in DEFAULT_WEIGHTS),
    Column("reasons", _("reasons"), separator="\n"),
    Column("created_at", _("proposed")),
    Column("decided_at", _("decided")),
    Column("published_at", _("mails went out")),
    Column("expires_at", _("answer until")),
    Column("introduced_at", _("introduced")),
    Column("ended_at", _("ended")),
    Column("updated_at", _("changed")),
)
_OF_FIRMS: Final = (
    *_ABOUT,
    Column("side", _("your side"), dict(Side.choices)),
    Column("own_item", _("your item (ID)")),
    Column("own_title", _("your item")),
    Column("their_name", _("the other firm")),
    Column("their_country", _("country of the other firm"), _COUNTRIES),
    Column("their_title", _("their item")),
    Column("fit", _("fit")),
    Column("reasons", _("reasons"), separator="\n"),
    Column("own_answer", _("your answer"), _ANSWERS),
    Column("published_at", _("mails went out")),
    Column("expires_at", _("answer until")),
    Column("introduced_at", _("introduced")),
    Column("ended_at", _("ended")),
)
#: The fields that a row for staff is made of.
_READ: Final = (
    *("state", "direction", "is_prospect", "run_id", "rank", "score", "confidence", "round"),
    *("criteria", "reasons", "created_at", "decided_at", "published_at", "expires_at"),
    *("ended_at", "updated_at", "introduction__at"),
    *(f"{item}__title_{code}" for item in ("need", "offering") for code in LANGUAGES),
    *(f"{firm}__{name}" for firm in _SIDES for name in ("official_number", "country")),
    *(f"{firm}__name_{code}" for firm in _SIDES for code in LANGUAGES),
)
#: (match, side, round) → what was said
Answers = Mapping[tuple[UUID, str, int], str]
_OUTCOMES: Final = (
    Column("match", _("match (ID)")),
    Column("side", _("told by"), dict(Side.choices)),
    Column("stage", _("outcome"), dict(OutcomeStage.choices)),
    Column("is_confirmed", _("told by both sides")),
    Column("happened_on", _("day")),
    Column("value_band", _("value"), dict(ValueBand.choices)),
    Column("note", _("note")),
    Column("buyer_name", _("buyer")),
    Column("need_title", _("need")),
    Column("seller_name", _("seller")),
    Column("offering_title", _("offering")),
    Column("at", _("time")),
)


def _match_columns(caller: Caller) -> tuple[Column, ...]:
    return _OF_STAFF if caller.sees_all else _OF_FIRMS


def _matches(caller: Caller) -> "models.QuerySet[Match]":
    if caller.sees_all:
        # Of the three widest tables only what the columns show: a third of the time and memory.
        return Match.objects.select_related(*_SIDES, "introduction").only(*_READ)
    found = Match.objects.of_member(caller.user).select_related(
        *_SIDES, "need__company__region", "offering__company__region", "introduction"
    )
    return found.prefetch_related(*VEILED)


def _read_matches(batch: Sequence[Match], caller: Caller) -> list[Row]:
    answers = _answers(batch)
    if caller.sees_all:
        return [_staff_row(match, answers) for match in batch]
    own = _own_firms(caller)
    return [_firm_row(match, _side_of(match, own), answers) for match in batch]


def _staff_row(match: Match, answers: Answers) -> Row:
    language = active_language()
    return {
        **_times(match),
        "id": str(match.pk),
        "state": match.state,
        "direction": match.direction,
        "is_prospect": match.is_prospect,
        "run": str(match.run_id) if match.run_id else None,
        "rank": match.rank,
        "score": round(match.score, 6),
        "confidence": round(match.confidence, 6),
        "need": str(match.need_id),
        "need_title": _title(match.need),
        "offering": str(match.offering_id),
        "offering_title": _title(match.offering),
        **_firm("buyer", match.buyer),
        **_firm("seller", match.seller),
        "buyer_answer": answers.get((match.pk, Side.BUYER, match.round)),
        "seller_answer": answers.get((match.pk, Side.SELLER, match.round)),
        **{name: match.criteria.get(name) for name in DEFAULT_WEIGHTS},
        "reasons": list(sentences(match, language=language)),
        "created_at": match.created_at,
        "decided_at": match.decided_at,
        "updated_at": match.updated_at,
    }


def _firm_row(match: Match, side: Side, answers: Answers) -> Row:
    veil = veil_of(match, side)
    own = match.item_of(side)
    told = sentences(match, language=active_language(), side=side)
    return {
        **_times(match),
        "id": str(match.pk),
        "state": match.state,
        "direction": match.direction,
        "side": side.value,
        "own_item": str(own.pk),
        "own_title": _title(own),
        "their_name": veil.name()[0],
        "their_country": veil.company.country,
        "their_title": veil.own_text(match.item_of(side.other), "title")[0],
        "fit": fit_words(match.score),
        "reasons": [veil.words(line) for line in told],
        "own_answer": answers.get((match.pk, side, match.round)),
    }


def _times(match: Match) -> Row:
    introduction = getattr(match, "introduction", None)
    return {
        "published_at": match.published_at,
        "expires_at": match.expires_at,
        "introduced_at": introduction.at if introduction else None,
        "ended_at": match.ended_at,
    }


def _firm(side: str, firm: Company) -> Row:
    return {
        side: str(firm.pk),
        f"{side}_number": firm.official_number,
        f"{side}_name": firm.display_name,
        f"{side}_country": firm.country,
    }


def _answers(batch: Sequence[Match]) -> Answers:
    """What each side of each match said in each round."""
    said = Answer.objects.filter(match__in=[match.pk for match in batch])
    return {
        (match, side, turn): kind
        for match, side, turn, kind in said.values_list("match", "side", "round", "kind")
    }


def _title(item: Item) -> str:
    return pick(item, "title")[0]


def _own_firms(caller: Caller) -> set[Any]:
    return set(Membership.objects.filter(user=caller.user).values_list("company", flat=True))


def _side_of(match: Match, own: set[Any]) -> Side:
    return Side.BUYER if match.need.company_id in own else Side.SELLER


def _outcome_columns(caller: Caller) -> tuple[Column, ...]:
    return _OUTCOMES


def _outcomes(caller: Caller) -> "models.QuerySet[Outcome]":
    """Of a firm's matches both sides' words: they were told after the introduction."""
    confirming = Outcome.objects.filter(
        match=models.OuterRef("match"), stage=models.OuterRef("stage")
    ).exclude(side=models.OuterRef("side"))
    found = Outcome.objects.annotate(is_confirmed=models.Exists(confirming)).select_related(
        *(f"match__{side}" for side in _SIDES)
    )
    if caller.sees_all:
        return found
    own = Match.objects.of_member(caller.user).order_by().values("pk")
    return found.filter(match__in=own).prefetch_related(*(f"match__{path}" for path in VEILED))


def _read_outcomes(batch: Sequence[Any], caller: Caller) -> list[Row]:
    own = set() if caller.sees_all else _own_firms(caller)
    return [_outcome_row(outcome, own, caller) for outcome in batch]


def _outcome_row(outcome: Any, own: set[Any], caller: Caller) -> Row:
    match = outcome.match
    names = {side: match.company_of(side).display_name for side in Side}
    titles = {side: _title(match.item_of(side)) for side in Side}
    is_readable = True
    if not caller.sees_all:
        side = _side_of(match, own)
        veil = veil_of(match, side)
        names[side.other] = veil.name()[0]
        titles[side.other] = veil.own_text(match.item_of(side.other), "title")[0]
        # Worth and words are each side's own, as on the page.
        is_readable = outcome.side == side
    return {
        "match": str(match.pk),
        "side": outcome.side,
        "stage": outcome.stage,
        "is_confirmed": outcome.is_confirmed and outcome.stage != OutcomeStage.NONE,
        "happened_on": outcome.happened_on,
        "value_band": outcome.value_band if is_readable else "",
        "note": outcome.note if is_readable else "",
        "buyer_name": names[Side.BUYER],
        "need_title": titles[Side.BUYER],
        "seller_name": names[Side.SELLER],
        "offering_title": titles[Side.SELLER],
        "at": outcome.at,
    }


MATCHES: Final = Table(ExportKind.MATCHES, _match_columns, _matches, _read_matches)
OUTCOMES: Final = Table(ExportKind.OUTCOMES, _outcome_columns, _outcomes, _read_outcomes)
