"""Taking the audit trail out of the house; that too stands in it."""

from dataclasses import asdict
from datetime import datetime

from accounts.models import User
from accounts.queries.trail import TrailFilter
from common import audit


def note_trail_export(*, wanted: TrailFilter, form: str, actor: User, now: datetime) -> None:
    """Write down who took which part of the trail, before the first row leaves."""
    filters = {name: str(value) for name, value in asdict(wanted).items() if value}
    audit.record("audit.exported", actor, actor=actor, now=now, format=form, filters=filters)
