"""What staff write down among themselves."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged
from companies.models import Company
from matching.models import Match, StaffNote


def add_note(
    *,
    text: str,
    match: Match | None = None,
    company: Company | None = None,
    author: User,
    now: datetime,
) -> StaffNote:
    """Write a note on a match, or on a firm: exactly one of them. No firm ever reads it."""
    if not text.strip():
        raise RuleViolated(_("Write the note first."))
    with transaction.atomic():
        note = StaffNote.objects.create(
            match=match, company=company, text=text.strip(), author=author, at=now
        )
        audit.record("note.added", match or company or note, actor=author, now=now, note=note.pk)
    return note


def edit_note(*, note: StaffNote, text: str, actor: User, now: datetime) -> StaffNote:
    """Change one's own note within settings.NOTE_EDIT_TIME. Raises RuleViolated afterwards, and
    for anybody else's."""
    if not note.is_editable_by(actor, now):
        raise RuleViolated(_("Only the author may change a note, for a day after writing it."))
    if not text.strip():
        raise RuleViolated(_("Write the note first."))
    with transaction.atomic():
        StaffNote.objects.filter(pk=note.pk).update(text=text.strip(), edited_at=now)
        audit.record("note.edited", note.match or note.company or note, actor=actor, now=now)
    note.refresh_from_db()
    return note


def pin_note(*, note: StaffNote, is_pinned: bool, actor: User, now: datetime) -> StaffNote:
    """Keep the note above the others, or no longer. Raises StateChanged when it is so already."""
    with transaction.atomic():
        moved = StaffNote.objects.filter(~Q(is_pinned=is_pinned), pk=note.pk).update(
            is_pinned=is_pinned
        )
        if not moved:
            raise StateChanged(_("This has changed in the meantime."))
        verb = "note.pinned" if is_pinned else "note.unpinned"
        audit.record(verb, note.match or note.company or note, actor=actor, now=now)
    note.is_pinned = is_pinned
    return note
