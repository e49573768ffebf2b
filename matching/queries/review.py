"""The review page: one match with both sides next to each other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from common.formatting import date_text, money_text, number_text, people_text
from common.localisation import active_language, pick
from companies.choices import Cooperation
from companies.models import Company, Need, Offering
from matching.choices import Criterion, Decision, MatchState
from matching.glossing import Segment, gloss
from matching.models import Match
from matching.wording import Told, sentences

#: From this value of a criterion on the sides are called equal, from the second one close.
EQUAL: Final = 0.85
CLOSE: Final = 0.4


@dataclass(frozen=True, slots=True)
class Bar:
    """A criterion: its value (None: unknown) and its share of the score, both in [0, 1]."""

    label: str
    value: float | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One aspect of both sides. `mark` is =, ≈, ≠ or ?; texts may carry glosses."""

    label: str
    need: list[Segment]
    offering: list[Segment]
    mark: str = ""
    need_language: str = ""
    offering_language: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history."""

    at: datetime
    who: str
    what: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReviewPanel:
    match: Match
    rows: list[Row]
    bars: list[Bar]
    reasons: Told
    history: list[Step] = field(default_factory=list)
    earlier: list[Match] = field(default_factory=list)
    can_undo: bool = False


def find_match(pk: UUID) -> Match | None:
    return (
        Match.objects.with_sides()
        .select_related("run__policy", "decided_by")
        .prefetch_related(
            "need__concepts",
            "offering__concepts",
            "need__certifications",
            "need__required_certifications",
            "offering__certifications",
            "need__company__certificates__certification",
            "offering__company__certificates__certification",
            "need__company__sectors",
            "offering__company__sectors",
            "events__actor",
            "reviews__reviewer",
        )
        .filter(pk=pk)
        .first()
    )


def review_panel(match: Match, *, now: datetime) -> ReviewPanel:
    """Everything a reviewer sees of one match, in the active language."""
    return ReviewPanel(
        match=match,
        rows=list(_rows(match)),
        bars=[
            Bar(str(Criterion(name).label), match.criteria.get(name), match.parts.get(name))
            for name in Criterion.values
        ],
        reasons=sentences(match, language=active_language()),
        history=_history(match),
        earlier=list(
            Match.objects.filter(
                need__company=match.need.company_id, offering__company=match.offering.company_id
            )
            .exclude(pk=match.pk)
            .exclude(state=MatchState.WITHDRAWN)
            .select_related("need", "offering")
            .order_by("-updated_at")[:5]
        ),
        can_undo=is_undoable(match, now=now),
    )


def is_undoable(match: Match, *, now: datetime) -> bool:
    """Whether `services.undo_decision` would still take the decision back."""
    if match.state == MatchState.PROPOSED:
        return match.held_until is not None or match.first_approved_at is not None
    if match.state == MatchState.APPROVED:
        return bool(match.published_at is None and match.publish_at and match.publish_at > now)
    grace_end = match.decided_at + settings.MATCH_GRACE if match.decided_at else None
    return match.state == MatchState.REJECTED and grace_end is not None and grace_end > now


def _rows(match: Match) -> Iterator[Row]:
    need, offering = match.need, match.offering
    value = match.criteria.get
    concepts = {c.pk: c for c in [*need.concepts.all(), *offering.concepts.all()]}.values()

    def row(label: str, left: str, right: str, criterion: str = "") -> Row:
        mark = mark_of(value(criterion)) if criterion else ""
        return Row(label, _plain(left), _plain(right), mark)

    yield _text_row(_("Title"), need, offering, "title", concepts, mark_of(value("product")))
    yield _text_row(_("Description"), need, offering, "text", concepts)
    yield row(_("Concepts"), _names(need.concepts.all()), _names(offering.concepts.all()))
    yield row(_("HS codes"), ", ".join(need.hs6), ", ".join(offering.hs6), "hs")
    yield row(_("Cooperation"), _cooperation(need), _cooperation(offering))
    yield row(
        _("Certifications"),
        _certifications_asked(need),
        _names({*offering.certifications.all(), *_held(offering.company)}),
        "certifications",
    )
    yield row(_("Annual volume"), _amount(need), _amount(offering), "volume")
    yield row(_("Minimum order"), "", _amount(offering, "minimum_order"))
    yield row(
        _("Lead time"),
        _lead_time(need),
        _days(offering.lead_time_days),
        "lead_time",
    )
    yield row(_("Price"), _price(need), _price(offering), "price")
    yield row(
        _("Development stage"),
        str(need.get_stage_display()),
        str(offering.get_stage_display()),
        "stage",
    )
    yield row(_("Supply-chain side"), _supply_chain(need), "")
    yield row(_("Employees"), _people(need.company), _people(offering.company))
    yield row(
        _("Experience with the other country"),
        _experience(need.company),
        _experience(offering.company),
        "experience",
    )


def mark_of(value: float | None) -> str:
    if value is None:
        return "?"
    return "=" if value >= EQUAL else "≈" if value >= CLOSE else "≠"


def _text_row(
    label: str, need: Need, offering: Offering, field: str, concepts: Any, mark: str = ""
) -> Row:
    reader = active_language()
    left, left_language = pick(need, field, order=(need.language, reader, "ko", "ja", "en"))
    right, right_language = pick(
        offering, field, order=(offering.language, reader, "ko", "ja", "en")
    )
    return Row(
        label,
        gloss(left, language=left_language, reader=reader, concepts=concepts),
        gloss(right, language=right_language, reader=reader, concepts=concepts),
        mark,
        left_language,
        right_language,
    )


def _history(match: Match) -> list[Step]:
    steps = [
        Step(
            event.at,
            event.actor.display_name if event.actor else _("the system"),
            str(event.get_to_state_display()),
            event.reason_label if event.reason else "",
        )
        for event in match.events.all()
    ]
    # Approvals and rejections stand among the events already; holds and notes only here.
    steps += [
        Step(
            review.at,
            review.reviewer.display_name if review.reviewer else "",
            str(review.get_decision_display()),
            review.note,
        )
        for review in match.reviews.all()
        if review.note or review.decision == Decision.HELD
    ]
    return sorted(steps, key=lambda step: step.at)


def _plain(text: str) -> list[Segment]:
    return [Segment(text)] if text else []


def _names(rows: Any) -> str:
    return ", ".join(sorted(str(row) for row in rows))


def _held(company: Company) -> list[Any]:
    return [held.certification for held in company.certificates.all()]


def _certifications_asked(need: Need) -> str:
    required = _names(need.required_certifications.all())
    wished = _names(need.certifications.all())
    parts = [_("required: %(names)s") % {"names": required}] if required else []
    return "; ".join([*parts, wished] if wished else parts)


def _cooperation(item: Need | Offering) -> str:
    return ", ".join(str(Cooperation(kind).label) for kind in item.cooperation)


def _amount(item: Need | Offering, field: str = "annual_volume") -> str:
    amount = getattr(item, field)
    if amount is None:
        return ""
    return f"{number_text(amount)} {item.unit or ''}".strip()


def _days(days: int | None) -> str:
    return "" if days is None else _("%(number)s days") % {"number": number_text(days)}


def _lead_time(need: Need) -> str:
    """What is wished, and what is the most that is accepted."""
    most = f"≤ {_days(need.max_lead_time_days)}" if need.max_lead_time_days is not None else ""
    return ", ".join(part for part in (_days(need.lead_time_days), most) if part)


def _price(item: Need | Offering) -> str:
    amounts = sorted({a for a in (item.price_min, item.price_max) if a is not None})
    code = item.currency.code if item.currency else ""
    shown = "–".join(money_text(a, code) if code else number_text(a) for a in amounts)
    return " ".join(part for part in (shown, item.incoterm) if part)


def _supply_chain(need: Need) -> str:
    facts = []
    if need.current_source_country:
        facts.append(_("today from %(country)s") % {"country": need.current_source_country})
    if need.is_single_sourced:
        facts.append(_("single-sourced"))
    if need.risk_reason:
        facts.append(str(need.get_risk_reason_display()))
    if need.needed_by:
        facts.append(_("needed by %(day)s") % {"day": date_text(need.needed_by)})
    return ", ".join(facts)


def _people(company: Company) -> str:
    return "" if company.employees is None else people_text(company.employees)


def _experience(company: Company) -> str:
    if company.has_partner_experience is None:
        return ""
    return _("yes") if company.has_partner_experience else _("no")
