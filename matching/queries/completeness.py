"""What an entry of a firm would bring: counted over its present matches, never guessed.

A step is one thing the firm has not said and the other side of some of its matches asks about.
Its effect follows from the stored criteria and the policy's weights: score and confidence as
docs/engine.md defines them, once with the criterion as it is and once with it known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from django.db.models import prefetch_related_objects

from common.localisation import FALLBACK, active_language
from companies.choices import ItemState
from companies.models import Company, Item, Need, Offering
from matching.choices import MatchState, Side
from matching.models import Match, MatchPolicy

MOST_STEPS: Final = 3
# Of a firm with more matches the most valuable are looked at.
MOST_MATCHES: Final = 2000
LIVE: Final = (MatchState.PROPOSED, MatchState.APPROVED)
# {criterion: (fields that say it of the one side, fields that ask it of the other)}
_NEED_LEAD: Final = ("lead_time_days", "max_lead_time_days")
STATED: Final[Mapping[str, Mapping[type[Item], tuple[str, ...]]]] = {
    "hs": {Need: ("hs6",), Offering: ("hs6",)},
    "volume": {Need: ("annual_volume",), Offering: ("annual_volume",)},
    "lead_time": {Need: _NEED_LEAD, Offering: ("lead_time_days",)},
    "price": {Need: ("price_max", "price_min"), Offering: ("price_max", "price_min")},
    "stage": {Need: ("stage",), Offering: ("stage",)},
}
CERTIFICATE_GAPS: Final = ("certifications_unknown", "certifications_missing")


@dataclass(slots=True)
class Step:
    """`criterion` to be stated by `form_field` of the item, or of the firm (`item` None).

    `matches` of `total` ask for it. `points`: by how many of 100 their score would rise on
    average if it were met; None where stating it only makes matches more certain.
    `subject`: the certificate in question.
    """

    criterion: str
    form_field: str
    item: Item | None
    total: int
    subject: str = ""
    rises: list[float] = field(default_factory=list)
    certainties: list[float] = field(default_factory=list)

    @property
    def matches(self) -> int:
        return len(self.certainties)

    @property
    def points(self) -> int | None:
        return round(100 * sum(self.rises) / len(self.rises)) if self.rises else None

    @property
    def worth(self) -> float:
        return sum(self.rises) + sum(self.certainties)


@dataclass(frozen=True, slots=True)
class Completeness:
    """`share` in [0, 1]: how much of what matches weigh is said. With `total` 0 matches the steps
    are what weighs most, without figures."""

    share: float
    total: int
    steps: list[Step]


def completeness_of_firm(company: Company) -> Completeness:
    """Over all open items of the firm; a step leads to the item where it brings most."""
    return _completeness(company, _open_items(company))


def completeness_of_item(item: Item) -> Completeness:
    return _completeness(item.company, [item])


def _open_items(company: Company) -> list[Item]:
    found = (
        model._default_manager.filter(company=company, state=ItemState.OPEN)
        .select_related("company")
        .prefetch_related("certifications")
        for model in (Offering, Need)
    )
    return list(chain(*found))


def _completeness(company: Company, items: list[Item]) -> Completeness:
    prefetch_related_objects([company], "certificates")
    prefetch_related_objects(
        [item for item in items if isinstance(item, Need)], "required_certifications"
    )
    weights = _weights()
    matches = list(_matches(items))
    own = {item.pk: item for item in items}
    steps: dict[Any, Step] = {}
    for match in matches:
        for side in Side:
            item = own.get(match.item_of(side).pk)
            if item is not None:
                _look(match, item, match.item_of(side.other), weights, len(matches), steps)
    if matches:
        found = sorted(steps.values(), key=lambda step: (-step.worth, step.criterion))
    else:
        found = list(_unsaid(company, items, weights))
    return Completeness(_share(company, items, weights), len(matches), _best(found))


def _weights() -> Mapping[str, float]:
    policy = MatchPolicy.objects.filter(state="active").first()
    return policy.weights if policy else {}


def _matches(items: list[Item]) -> Iterable[Match]:
    ids = [item.pk for item in items]
    live = Match.objects.filter(state__in=LIVE, is_prospect=False)
    own = live.filter(need__in=ids) | live.filter(offering__in=ids)
    return own.select_related("need", "offering").order_by("-value", "pk")[:MOST_MATCHES]


def _look(
    match: Match,
    own: Item,
    their: Item,
    weights: Mapping[str, float],
    total: int,
    steps: dict[Any, Step],
) -> None:
    """Note what `own` lacks in this match and what saying it would change."""

    def note(criterion: str, form_field: str, item: Item | None, subject: str = "") -> None:
        weight = weights.get(criterion, 0)
        if not weight:
            return
        key = (criterion, subject, item and item.pk)
        step = steps.setdefault(key, Step(criterion, form_field, item, total, subject))
        rise, certainty = _effect(match, criterion, weights)
        step.certainties.append(certainty)
        if isinstance(own, Offering) and criterion != "experience":
            step.rises.append(rise)

    for criterion, stated in STATED.items():
        is_open = match.criteria.get(criterion) is None
        if is_open and not _says(own, stated) and _says(their, stated):
            note(criterion, stated[type(own)][0], own)
    if isinstance(own, Offering):
        for reason in match.reasons.get("missing", ()):
            if reason["code"] in CERTIFICATE_GAPS:
                for labels in reason["args"]["certifications"]:
                    note("certifications", "certifications", own, _label(labels))
    if own.company.has_partner_experience is None and match.criteria.get("experience") is None:
        note("experience", "has_partner_experience", None)


def _effect(match: Match, criterion: str, weights: Mapping[str, float]) -> tuple[float, float]:
    """(rise of the score if the criterion were met, rise of the confidence if it were known)."""
    known = sum(weights.get(name, 0) for name, value in match.criteria.items() if value is not None)
    weight, value = weights[criterion], match.criteria.get(criterion)
    gained = match.score * known
    if value is None:
        return (gained + weight) / (known + weight) - match.score, weight / sum(weights.values())
    return (gained + weight * (1 - value)) / known - match.score, 0.0


def _says(item: Item, stated: Mapping[type[Item], tuple[str, ...]]) -> bool:
    return any(getattr(item, name) not in (None, "", []) for name in stated[type(item)])


def _label(labels: Any) -> str:
    if isinstance(labels, str):
        return labels
    names = (labels.get(language) for language in FALLBACK[active_language()])
    return str(next(filter(None, names), labels["code"]))


def _share(company: Company, items: list[Item], weights: Mapping[str, float]) -> float:
    """The weight of what is said among the weight of what a firm can say; the mean over items."""
    if not items:
        return 0.0
    return sum(_share_of(company, item, weights) for item in items) / len(items)


def _share_of(company: Company, item: Item, weights: Mapping[str, float]) -> float:
    said = {criterion: _says(item, stated) for criterion, stated in STATED.items()}
    said["product"] = True
    said["certifications"] = _has_certificates(company, item)
    said["experience"] = company.has_partner_experience is not None
    everything = sum(weights.get(name, 0) for name in said)
    told = sum(weights.get(name, 0) for name, is_said in said.items() if is_said)
    return told / everything if everything else 0.0


def _has_certificates(company: Company, item: Item) -> bool:
    if item.certifications.all():
        return True
    if isinstance(item, Need):
        return bool(item.required_certifications.all())
    return bool(company.certificates.all())


def _unsaid(company: Company, items: list[Item], weights: Mapping[str, float]) -> Iterable[Step]:
    """Without matches: what is not said, what weighs most first."""
    found = []
    for item in items:
        found += [
            Step(criterion, stated[type(item)][0], item, 0)
            for criterion, stated in STATED.items()
            if not _says(item, stated)
        ]
        if not _has_certificates(company, item):
            found.append(Step("certifications", "certifications", item, 0))
    if company.has_partner_experience is None:
        found.append(Step("experience", "has_partner_experience", None, 0))
    weighed = [step for step in found if weights.get(step.criterion)]
    return sorted(weighed, key=lambda step: -weights[step.criterion])


def _best(steps: Iterable[Step]) -> list[Step]:
    """The first few, each criterion once: the same of several items would say nothing new."""
    once: dict[str, Step] = {}
    for step in steps:
        once.setdefault(step.criterion, step)
    return list(once.values())[:MOST_STEPS]
