"""Taking the audit trail or the consents out of the house; that too stands in the trail."""

from dataclasses import asdict
from datetime import datetime

from accounts.models import User
from accounts.queries.register import RegisterFilter
from accounts.queries.trail import TrailFilter
from common import audit


def note_trail_export(*, wanted: TrailFilter, form: str, actor: User, now: datetime) -> None:
    """Write down who took which part of the trail, before the first row leaves."""
    told = _told(wanted)
    audit.record("audit.exported", actor, actor=actor, now=now, format=form, filters=told)


def note_register_export(*, wanted: RegisterFilter, form: str, actor: User, now: datetime) -> None:
    """The same of the consent register."""
    told = _told(wanted)
    audit.record("register.exported", actor, actor=actor, now=now, format=form, filters=told)


def _told(wanted: TrailFilter | RegisterFilter) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(wanted).items() if value}
