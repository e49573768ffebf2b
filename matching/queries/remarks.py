"""Staff's notes on a firm, for pages that know no matches."""

from uuid import UUID

from companies.noted import Remark
from matching.models import StaffNote


def remarks_on(company_id: UUID) -> list[Remark]:
    """Pinned ones first, then the newest; in one query."""
    notes = StaffNote.objects.filter(company=company_id).select_related("author")
    return [
        Remark(
            text=note.text,
            author=note.author.display_name if note.author else "",
            at=note.at,
            is_pinned=note.is_pinned,
        )
        for note in notes.order_by("-is_pinned", "-at", "-pk")
    ]
