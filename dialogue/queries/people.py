"""Who takes part in a conversation, as the reader may see them."""

from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.choices import ConsentKind
from accounts.models import Consent, User
from accounts.queries import has_consent
from dialogue.models import Post, Thread
from matching.choices import Side
from matching.models import Match


@dataclass(frozen=True, slots=True)
class StaffContact:
    """The association's person for this introduction, or its desk (no name)."""

    name: str
    email: str


def staff_contact(match: Match) -> StaffContact:
    """Who approved the match while still on the staff, else the association's desk."""
    reviewer = match.decided_by
    if reviewer is not None and reviewer.is_active and reviewer.is_association_staff:
        return StaffContact(reviewer.display_name, settings.MAIL_CONTACT)
    return StaffContact("", settings.MAIL_CONTACT)


def named_people(thread: Thread) -> set[int]:
    """Writers whose consent to being named to a firm abroad stands."""
    writers = Post.objects.filter(thread=thread).values("author")
    return set(
        Consent.objects.standing()
        .filter(kind=ConsentKind.CROSS_BORDER, user__in=writers)
        .values_list("user", flat=True)
    )


def signature(post: Post, reader: Side | None, named: Collection[int] | None = None) -> str:
    """Who wrote, in the active language, for a reader of `reader`'s firm (None: staff).

    Staff and colleagues see the name. The other firm sees it while that person's consent stands,
    and the firm alone otherwise. `named`: whose consent stands, when that is known already.
    """
    person: User | None = post.author
    if not post.side:
        staff = person.display_name if person else ""
        return _("%(name)s (association)") % {"name": staff} if staff else _("the association")
    firm = post.thread.company_of(post.side).display_name
    if person is None:
        return firm
    if reader and reader != post.side:
        may_name = (
            has_consent(person, ConsentKind.CROSS_BORDER) if named is None else person.pk in named
        )
        if not may_name:
            return firm
    return _("%(name)s, %(firm)s") % {"name": person.display_name, "firm": firm}
