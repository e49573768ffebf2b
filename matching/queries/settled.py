"""Why there is nothing to answer (any more): a sentence for each side, and what to do next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from common.formatting import date_text, moment_text
from companies.choices import CompanyState, ItemState
from companies.models import Block, Need, Offering
from matching.choices import AnswerKind, DeclineReason, EventReason, MatchState, Side, told_reason
from matching.models import Answer, Match
from matching.queries.capacity import introduction_obstacles, next_month
from matching.queries.veil import veil_of
from matching.tips import Tip, decline_tip, item_url


@dataclass(frozen=True, slots=True)
class Settled:
    """`text` says what happened. `reason` and `words` are the other side's, if it declined; `tip`
    is what the firm can do. `undo_until`: how long its own answer can still be taken back."""

    text: str
    tone: str = "info"
    reason: str = ""
    words: str = ""
    words_language: str = ""
    tip: Tip | None = None
    undo_until: datetime | None = None


_NEUTRAL: Final = EventReason.COMPANY_LEFT


def is_answerable(match: Match, now: datetime) -> bool:
    """Whether the sides may still answer."""
    return (
        match.state == MatchState.APPROVED
        and match.published_at is not None
        and (match.expires_at is None or match.expires_at > now)
        and _past_item(match, now) is None
    )


def answer_of(match: Match, side: Side) -> Answer | None:
    """The last word of `side` in the present round."""
    return match.answers.select_related("by").filter(side=side, round=match.round).first()


def told_answer(answer: Answer) -> str:
    """Who of one's own firm answered what, and when."""
    who = answer.by.display_name if answer.by else _("A former colleague")
    return _("%(who)s answered “%(answer)s” on %(moment)s.") % {
        "who": who,
        "answer": answer.get_kind_display(),
        "moment": moment_text(answer.at),
    }


def settled(match: Match, side: Side, now: datetime) -> Settled:
    """What `side` is told about a match that cannot be answered; call only for such a match."""
    if match.state == MatchState.INTRODUCED:
        return Settled(
            _(
                "Both of you are interested: you have been introduced. The contact person is on"
                " this page, and the letter of introduction is in your mail."
            ),
            "success",
        )
    if match.state == MatchState.DECLINED:
        return _declined(match, side, now)
    if match.state == MatchState.WITHDRAWN:
        return _withdrawn(match, side)
    if match.state == MatchState.APPROVED and (item := _past_item(match, now)):
        return _item_ended(item, is_own=item == match.item_of(side))
    return _over_time(match, side)


def next_step(match: Match, side: Side, now: datetime) -> str:
    """What happens after the "interested" of `side`, and by when; call only for an open match."""
    return step_after(match, side, answer_of(match, side.other), now)


def step_after(match: Match, side: Side, theirs: Answer | None, now: datetime) -> str:
    """`next_step` for whom the other side's answer is known."""
    if theirs is None or theirs.kind != AnswerKind.INTERESTED:
        until = date_text(match.expires_at, "long") if match.expires_at else ""
        return _(
            "The other firm can answer until %(day)s. As soon as it is interested as well, both of"
            " you get the letter of introduction; if not, we tell you why. Until then you can"
            " change your answer."
        ) % {"day": until}
    day = date_text(next_month(now), "long")
    if side in introduction_obstacles(match, now):
        return _(
            "Both of you are interested, but your firm has no place left for an introduction. It"
            " is made as soon as you raise the number, or on %(day)s."
        ) % {"day": day}
    return _(
        "Both of you are interested. The other firm has no place left for an introduction at"
        " present; it is made as soon as it has, usually by %(day)s."
    ) % {"day": day}


def _declined(match: Match, side: Side, now: datetime) -> Settled:
    own = answer_of(match, side)
    if own is not None and own.kind != AnswerKind.INTERESTED:
        until = match.ended_at + settings.MATCH_GRACE if match.ended_at else now
        is_undoable = until > now and (match.expires_at is None or match.expires_at > now)
        ended = _("This match has ended, and the other firm is told.")
        return Settled(f"{told_answer(own)} {ended}", undo_until=until if is_undoable else None)
    theirs = answer_of(match, side.other)
    if theirs is None or theirs.kind == AnswerKind.NOT_NOW:
        if match.reopens_at is None:
            return Settled(_("The other firm has no room for it at present."))
        text = _(
            "The other firm has no room for it at present. If it still fits, it may be proposed"
            " again from %(day)s on."
        )
        return Settled(text % {"day": date_text(match.reopens_at, "long")})
    return Settled(
        _("The other firm has declined. Your items stay in the matching as they are."),
        reason=str(DeclineReason(theirs.reason).label) if theirs.reason else "",
        words=veil_of(match, side).words(theirs.note) if theirs.is_note_shared else "",
        words_language=match.company_of(side.other).native_language,
        tip=decline_tip(theirs.reason, match.item_of(side)),
    )


def _withdrawn(match: Match, side: Side) -> Settled:
    event = match.events.order_by("-at", "-pk").first()
    reason = event.reason if event else _NEUTRAL
    own, theirs = match.company_of(side), match.company_of(side.other)
    if reason == EventReason.ITEM_CLOSED:
        item = match.item_of(side)
        is_own = item.state != ItemState.OPEN
        return _item_ended(item if is_own else match.item_of(side.other), is_own=is_own)
    if reason == EventReason.BLOCKED and Block.objects.filter(company=own, blocked=theirs).exists():
        return Settled(
            _("Your firm never wants to meet this firm, so the match was taken back."),
            tip=Tip("", _("Firms never to meet"), reverse("companies:blocks")),
        )
    takes_part = own.state == CompanyState.VERIFIED and own.is_matching_enabled
    if reason == EventReason.COMPANY_LEFT and not takes_part:
        return Settled(
            _("Your firm does not take part in the matching now, so its matches were taken back."),
            tip=Tip("", _("Go to the profile"), reverse("companies:profile")),
        )
    return Settled(told_reason(reason))


def _item_ended(item: Need | Offering, *, is_own: bool) -> Settled:
    if not is_own:
        if isinstance(item, Need):
            text = _(
                "The other firm does not look for this any more, so there is nothing to answer."
            )
        else:
            text = _("The other firm does not offer this any more, so there is nothing to answer.")
        going_on = _("We go on looking for others.")
        return Settled(f"{text} {going_on}")
    tip = Tip("", _("Go to the item"), item_url(item))
    if item.state == ItemState.OPEN:
        text = _(
            "“%(title)s” of your firm was valid until %(day)s. Give it a later day, and it is"
            " matched again."
        )
        day = date_text(item.valid_until) if item.valid_until else ""
        return Settled(text % {"title": item.title, "day": day}, "warning", tip=tip)
    text = _(
        "“%(title)s” of your firm was closed, so its open matches were taken back. Open it"
        " again, and we look for partners anew."
    )
    return Settled(text % {"title": item.title}, "warning", tip=tip)


def _over_time(match: Match, side: Side) -> Settled:
    day = date_text(match.expires_at, "long") if match.expires_at else ""
    if answer_of(match, side) is not None:
        text = _(
            "The match ended on %(day)s without both answers. Thank you for yours; if it still"
            " fits, it may be proposed to you again."
        )
    else:
        text = _(
            "The time to answer this match ended on %(day)s. If it still fits, it may be"
            " proposed to you again; an open item is all it takes."
        )
    return Settled(text % {"day": day})


def _past_item(match: Match, now: datetime) -> Need | Offering | None:
    """The item whose last valid day is over."""
    today = timezone.localdate(now)
    for item in (match.need, match.offering):
        if item.valid_until is not None and item.valid_until < today:
            return item
    return None
