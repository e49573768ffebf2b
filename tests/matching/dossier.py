"""Reading the page of one match as its tests do."""

from django.utils import timezone

from matching.choices import RejectReason
from matching.models import Match
from matching.queries.background import Background, background, find_background
from matching.queries.dossier.found import Conflict
from matching.queries.dossier.rows import Row
from matching.queries.review import ReviewPanel, find_match, review_panel
from matching.services import reject_match
from tests.factories import (
    StaffFactory,
)


def panel_of(match: Match) -> ReviewPanel:
    found = find_match(match.pk)
    assert found is not None
    return review_panel(found, now=timezone.now())


def background_of(match: Match) -> Background:
    found = find_background(match.pk)
    assert found is not None
    return background(found, now=timezone.now())


def row_of(match: Match, label: str) -> Row:
    rows = [row for group in panel_of(match).groups for row in group.rows if row.label == label]
    assert len(rows) == 1, label
    return rows[0]


def text(segments: list) -> str:
    return "".join(segment.text for segment in segments)


def conflicts_of(match: Match) -> dict[str, Conflict]:
    """By their codes, but for the domain: everybody of these tests has an address at one."""
    return {each.code: each for each in panel_of(match).conflicts if each.code != "same_domain"}


def codes(match: Match) -> dict[str, bool]:
    """code → whether it blocks"""
    return {code: each.is_blocking for code, each in conflicts_of(match).items()}


def reject(match: Match, reason: str = RejectReason.CAPACITY) -> None:
    reject_match(match=match, reason=reason, actor=StaffFactory(), now=timezone.now())
