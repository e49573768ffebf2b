"""What stands in the navigation for whom, and how much waits behind each entry."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.choices import CompanyState
from companies.models import Company
from matching.models import Match

# Badges say "99+" above this; counting stops there, so the queue's length costs nothing.
COUNT_LIMIT: Final = 100

Label = str | Promise


@dataclass(frozen=True, slots=True)
class Entry:
    """One place to go; `count` is how much waits for this person there."""

    url_name: str
    label: Label
    icon: str
    count: Callable[[Any], int] | None = None


@dataclass(frozen=True, slots=True)
class NavItem:
    label: Label
    url: str
    icon: str
    is_current: bool
    badge: str


@dataclass(frozen=True, slots=True)
class Navigation:
    """`rail`: all places of a signed-in person; `bottom`: the first four, for a phone."""

    rail: tuple[NavItem, ...]
    account: tuple[NavItem, ...]
    public: tuple[NavItem, ...]
    footer: tuple[NavItem, ...]

    @property
    def bottom(self) -> tuple[NavItem, ...]:
        return self.rail[:4]


def matches_to_answer(user: Any) -> int:
    """Matches mailed to this person's firms that their side has not answered."""
    return Match.objects.unanswered_by(user).order_by()[:COUNT_LIMIT].count()


def matches_to_review(user: Any) -> int:
    return Match.objects.queue(timezone.localdate()).order_by()[:COUNT_LIMIT].count()


def firms_to_verify(user: Any) -> int:
    return Company.objects.filter(state=CompanyState.SUBMITTED).order_by()[:COUNT_LIMIT].count()


FIRM: Final = (
    Entry("portal:home", _("Home"), "home"),
    Entry("matching:inbox", _("Matches"), "inbox", matches_to_answer),
    Entry("companies:items", _("My items"), "packages"),
    Entry("companies:profile", _("Company"), "building-factory-2"),
    Entry("companies:directory", _("Directory"), "address-book"),
)
STAFF: Final = (
    Entry("portal:home", _("Home"), "home"),
    Entry("matching:review", _("Review"), "checkup-list", matches_to_review),
    Entry("companies:verification", _("Verification"), "rosette-discount-check", firms_to_verify),
    Entry("companies:directory", _("Directory"), "address-book"),
    Entry("matching:runs", _("Runs"), "player-play"),
    Entry("matching:policies", _("Policies"), "adjustments"),
    Entry("companies:imports", _("Imports"), "file-import"),
    Entry("mailing:log", _("Mail"), "mail"),
    Entry("taxonomy:concepts", _("Taxonomy"), "sitemap"),
)
ACCOUNT: Final = (
    Entry("accounts:settings", _("My settings"), "settings"),
    Entry("account_change_password", _("Password"), "key"),
    Entry("mfa_index", _("Two-factor log-in"), "device-mobile"),
    Entry("usersessions_list", _("Where I am logged in"), "devices"),
)
PUBLIC: Final = (
    Entry("portal:how_it_works", _("How it works"), "route"),
    Entry("companies:directory", _("Directory"), "address-book"),
)
FOOTER: Final = (
    Entry("portal:privacy", _("Privacy"), "lock"),
    Entry("portal:terms", _("Terms"), "file-text"),
    Entry("portal:contact", _("Contact"), "mail"),
)


def _items(entries: tuple[Entry, ...], request: HttpRequest) -> tuple[NavItem, ...]:
    """The entries with their addresses; the longest one that begins the path is the current."""
    found = []
    for entry in entries:
        try:
            found.append((entry, reverse(entry.url_name)))
        except NoReverseMatch:
            continue
    home = reverse_home()
    under = [
        url
        for _entry, url in found
        if request.path == url or (url != home and request.path.startswith(url))
    ]
    current = max(under, key=len, default=None)
    return tuple(
        NavItem(
            label=entry.label,
            url=url,
            icon=entry.icon,
            is_current=url == current,
            badge=_badge(entry.count(request.user) if entry.count else 0),
        )
        for entry, url in found
    )


def reverse_home() -> str:
    try:
        return reverse("portal:home")
    except NoReverseMatch:
        return "/"


def _badge(count: int) -> str:
    if count >= COUNT_LIMIT:
        return f"{COUNT_LIMIT - 1}+"
    return str(count) if count else ""


def navigation_for(request: HttpRequest) -> Navigation:
    user = getattr(request, "user", None)
    rail: tuple[Entry, ...] = ()
    if user is not None and user.is_authenticated:
        rail = STAFF if user.is_association_staff else FIRM
    return Navigation(
        rail=_items(rail, request),
        account=_items(ACCOUNT, request) if rail else (),
        public=_items(PUBLIC, request),
        footer=_items(FOOTER, request),
    )
