"""What stands in the navigation for whom, and how much waits behind each entry."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.choices import StaffRole
from accounts.permissions import has_staff_role
from companies.choices import CompanyState
from companies.models import Company
from dialogue.queries.threads import unread_threads
from matching.models import Match
from portal.languages import PUBLIC_PAGES, with_language

# Badges say "99+" above this; counting stops there, so the queue's length costs nothing.
COUNT_LIMIT: Final = 100

Label = str | Promise


@dataclass(frozen=True, slots=True)
class Entry:
    """One place to go; `count` is how much waits there, `role` what staff need to be let in, and
    `group` the heading it stands under."""

    url_name: str
    label: Label
    icon: str
    count: Callable[[Any], int] | None = None
    role: StaffRole = StaffRole.NONE
    group: Label = ""


@dataclass(frozen=True, slots=True)
class NavItem:
    label: Label
    url: str
    icon: str
    is_current: bool
    badge: str
    group: Label = ""


def matches_to_answer(user: Any) -> int:
    """Matches mailed to this person's firms that their side has not answered."""
    return Match.objects.unanswered_by(user).order_by()[:COUNT_LIMIT].count()


def threads_to_read(user: Any) -> int:
    """Conversations in which somebody else wrote since this person last looked."""
    return unread_threads(user, COUNT_LIMIT)


def matches_to_review(user: Any) -> int:
    return Match.objects.queue(timezone.localdate()).order_by()[:COUNT_LIMIT].count()


def firms_to_verify(user: Any) -> int:
    return Company.objects.filter(state=CompanyState.SUBMITTED).order_by()[:COUNT_LIMIT].count()


FIRM: Final = (
    Entry("portal:home", _("Home"), "home"),
    Entry("matching:inbox", _("Matches"), "inbox", matches_to_answer),
    Entry("companies:items", _("My items"), "packages"),
    Entry("dialogue:threads", _("Messages"), "messages", threads_to_read),
    Entry("companies:profile", _("Company"), "building-factory-2"),
    Entry("companies:directory", _("Directory"), "address-book"),
)
MATCHING: Final = _("Matching")
ADMINISTRATION: Final = _("Administration")
STAFF: Final = (
    Entry("portal:home", _("Home"), "home"),
    Entry("matching:review", _("Review"), "checkup-list", matches_to_review),
    Entry("companies:verification", _("Verification"), "rosette-discount-check", firms_to_verify),
    Entry("dialogue:threads", _("Messages"), "messages"),
    Entry("companies:directory", _("Directory"), "address-book"),
    Entry("matching:runs", _("Runs"), "player-play", group=MATCHING),
    Entry("matching:policies", _("Policies"), "adjustments", group=MATCHING),
    Entry("insights:overview", _("Figures"), "chart-bar", group=MATCHING),
    Entry("insights:gaps", _("Supply gaps"), "puzzle", group=MATCHING),
    Entry(
        "companies:imports",
        _("Imports"),
        "file-import",
        role=StaffRole.SUPERVISOR,
        group=ADMINISTRATION,
    ),
    Entry("taxonomy:concepts", _("Taxonomy"), "sitemap", group=ADMINISTRATION),
    Entry("mailing:log", _("Mail"), "mail", group=ADMINISTRATION),
    Entry("accounts:people", _("People"), "users", group=ADMINISTRATION),
    Entry(
        "accounts:staff",
        _("Staff"),
        "user-cog",
        role=StaffRole.ADMINISTRATOR,
        group=ADMINISTRATION,
    ),
    Entry(
        "hooks:endpoints",
        _("Webhooks"),
        "webhook",
        role=StaffRole.ADMINISTRATOR,
        group=ADMINISTRATION,
    ),
    Entry(
        "tokens:systems",
        _("Systems"),
        "api",
        role=StaffRole.ADMINISTRATOR,
        group=ADMINISTRATION,
    ),
    Entry(
        "accounts:register",
        _("Consents"),
        "checkbox",
        role=StaffRole.ADMINISTRATOR,
        group=ADMINISTRATION,
    ),
    Entry(
        "accounts:audit",
        _("Audit trail"),
        "history",
        role=StaffRole.SUPERVISOR,
        group=ADMINISTRATION,
    ),
)
ACCOUNT: Final = (
    Entry("accounts:settings", _("My settings"), "settings"),
    Entry("accounts:consents", _("My consents"), "checkbox"),
    Entry("mfa_index", _("Two-factor log-in"), "device-mobile"),
    Entry("usersessions_list", _("Where I am logged in"), "devices"),
    Entry("tokens:own", _("My tokens"), "key"),
    Entry("accounts:data", _("My data"), "database-export"),
)
# The tabs of every page about oneself.
SETTINGS: Final = (
    Entry("accounts:settings", _("My settings"), "settings"),
    Entry("accounts:consents", _("My consents"), "checkbox"),
    Entry("companies:mail_preferences", _("My mails"), "mail-cog"),
    Entry("account_email", _("E-mail address"), "mail"),
    Entry("account_change_password", _("Password"), "key"),
    Entry("mfa_index", _("Two-factor log-in"), "device-mobile"),
    Entry("usersessions_list", _("Devices"), "devices"),
    Entry("dialogue:calendar_settings", _("Calendar"), "calendar"),
    Entry("tokens:own", _("Tokens"), "key"),
    Entry("accounts:data", _("My data"), "database-export"),
)
PUBLIC: Final = (
    Entry("portal:how_it_works", _("How it works"), "route"),
    Entry("portal:sectors", _("Sectors"), "category"),
    Entry("companies:directory", _("Directory"), "address-book"),
)
FOOTER: Final = (
    Entry("portal:privacy", _("Privacy"), "lock"),
    Entry("portal:terms", _("Terms"), "file-text"),
    Entry("portal:contact", _("Contact"), "mail"),
    Entry("portal:api", _("API"), "api"),
)


@dataclass(frozen=True)
class Navigation:
    """What one request shows; each part is worked out, and counted, when a frame asks for it."""

    request: HttpRequest

    @cached_property
    def rail(self) -> tuple[NavItem, ...]:
        """All places of a signed-in person."""
        user = self.request.user
        if not user.is_authenticated:
            return ()
        return self._items(STAFF if user.is_association_staff else FIRM)

    @property
    def bottom(self) -> tuple[NavItem, ...]:
        """The four places that a phone's bar has room for."""
        return self.rail[:4]

    @cached_property
    def account(self) -> tuple[NavItem, ...]:
        return self._items(ACCOUNT) if self._is_signed_in else ()

    @cached_property
    def settings(self) -> tuple[NavItem, ...]:
        return self._items(SETTINGS) if self._is_signed_in else ()

    @cached_property
    def public(self) -> tuple[NavItem, ...]:
        return self._items(PUBLIC)

    @cached_property
    def footer(self) -> tuple[NavItem, ...]:
        return self._items(FOOTER)

    @property
    def _is_signed_in(self) -> bool:
        # An error page may come from before the session was read.
        return hasattr(self.request, "user") and self.request.user.is_authenticated

    def _items(self, entries: tuple[Entry, ...]) -> tuple[NavItem, ...]:
        """The entries this person may open; the longest address that begins the path is current."""
        addresses = {}
        for entry in entries:
            if entry.role and not has_staff_role(self.request.user, entry.role):
                continue
            addresses[entry] = reverse(entry.url_name)
        path = self.request.path
        below_home = [url for url in addresses.values() if url != "/" and path.startswith(url)]
        current = max(below_home, key=len, default=path)
        return tuple(
            NavItem(
                label=entry.label,
                url=self._in_language(entry.url_name, url),
                icon=entry.icon,
                is_current=url == current,
                badge=_badge(entry.count(self.request.user) if entry.count else 0),
                group=entry.group,
            )
            for entry, url in addresses.items()
        )

    def _in_language(self, url_name: str, url: str) -> str:
        """Who reads below the prefix of a language stays there."""
        prefix = getattr(self.request, "language_prefix", "")
        return with_language(url, prefix) if url_name in PUBLIC_PAGES else url


def _badge(count: int) -> str:
    if count >= COUNT_LIMIT:
        return f"{COUNT_LIMIT - 1}+"
    return str(count) if count else ""
