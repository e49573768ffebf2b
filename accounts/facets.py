"""What apps above know of people, for the staff's pages: firms they belong to, figures of their
work, and by what else they are found.

They say so in their `ready()`; each answers for many people with one query.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from common.trail import Label


@dataclass(frozen=True, slots=True)
class Belonging:
    """A firm a person acts for: its name and the language of it, the role there, the page."""

    firm: str
    language: str
    role: Label
    path: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of each person's work; `counts` gives it for those who have any."""

    label: Label
    counts: Callable[[Collection[int], datetime], Mapping[int, int]]


Belongings = Callable[[Collection[int]], Mapping[int, list[Belonging]]]
Finder = Callable[[str], Q]

_belongings: list[Belongings] = []
_finders: list[Finder] = []
_figures: list[Figure] = []


def register_belongings(belongings: Belongings) -> None:
    _belongings.append(belongings)


def register_finder(finder: Finder) -> None:
    """`finder(words)` is a condition on people, beside name and address."""
    _finders.append(finder)


def register_figure(figure: Figure) -> None:
    _figures.append(figure)


def belongings_of(people: Collection[int]) -> dict[int, list[Belonging]]:
    found: dict[int, list[Belonging]] = {key: [] for key in people}
    for belongings in _belongings:
        for key, rows in belongings(people).items():
            found[key] += rows
    return found


def found_by(words: str) -> Q:
    """The people whose name or address holds the words, or whom an app above finds by them."""
    condition = Q(name__icontains=words) | Q(email__icontains=words) | Q(name_kana__icontains=words)
    for finder in _finders:
        condition |= finder(words)
    return condition


def figures_of(people: Collection[int], now: datetime) -> list[tuple[Label, Mapping[int, int]]]:
    return [(figure.label, figure.counts(people, now)) for figure in _figures]


def belongs_somewhere(user: Any) -> bool:
    return bool(belongings_of([user.pk])[user.pk])
