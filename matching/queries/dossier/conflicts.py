"""What stands in the way of a match, or should make a reviewer look twice."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import ConsentKind
from accounts.models import Consent
from accounts.queries import refusing_addresses
from common.formatting import date_text, number_text
from companies.choices import BlockReason, CompanyState, ItemState, MemberRole
from companies.domains import domain_of_address, domain_of_website
from companies.models import Block, Company, Item, Membership
from mailing.choices import Category
from matching.choices import Side
from matching.models import Match
from matching.queries.capacity import Places
from matching.queries.dossier.earlier import earlier_conflicts
from matching.queries.dossier.found import Conflict, blocks, warns

__all__ = ["Conflict", "conflicts"]
WRITERS: Final = (MemberRole.OWNER, MemberRole.EDITOR)
SHORTEST_BRAND: Final = 4
# Words with which a firm's English name may begin without saying whose it is.
_NO_BRAND: Final = """
korea korean japan japanese nippon asia east west north south seoul tokyo osaka busan global
international general national united first new the daehan hankook
"""
NO_BRAND: Final = frozenset(_NO_BRAND.split())


def conflicts(
    match: Match, *, earlier: list[Match], places: Mapping[UUID, Places], now: datetime
) -> list[Conflict]:
    """What would stop the match first, then what only warns; `places`: of `places_beside`."""
    found = [
        *_standing(match, now),
        *_parted(match),
        *_same_group(match),
        *_room(match, places),
        *_people(match),
        *earlier_conflicts(match, earlier, now=now),
    ]
    return sorted(found, key=lambda conflict: not conflict.is_blocking)


def _standing(match: Match, now: datetime) -> Iterator[Conflict]:
    """What the firms' and items' own state says."""
    today = timezone.localdate(now)
    for side in Side:
        yield from _firm_standing(match.company_of(side), now)
        yield from _item_standing(match.item_of(side), today)
    if match.is_stale:
        yield warns(
            "stale",
            _("An item has changed since this was scored. The next run scores it again."),
        )


def _firm_standing(firm: Company, now: datetime) -> Iterator[Conflict]:
    name = {"firm": firm.display_name}
    if firm.state == CompanyState.UNCLAIMED:
        return
    if firm.state != CompanyState.VERIFIED:
        yield blocks(
            "not_verified",
            _("%(firm)s is not verified now (%(state)s).")
            % (name | {"state": firm.get_state_display()}),
        )
    elif firm.verified_until and firm.verified_until <= now + timedelta(
        days=settings.RENEWAL_NOTICE_DAYS
    ):
        yield warns(
            "verification_ends",
            _("The verification of %(firm)s ends on %(day)s.")
            % (name | {"day": date_text(firm.verified_until)}),
        )
    if not firm.is_matching_enabled:
        yield blocks("not_matching", _("%(firm)s does not take part in the matching now.") % name)


def _item_standing(item: Item, today: date) -> Iterator[Conflict]:
    title = {"item": item.title}
    if item.state != ItemState.OPEN or (item.valid_until and item.valid_until < today):
        yield blocks("item_closed", _("“%(item)s” is no longer open.") % title)
    elif item.valid_until and item.valid_until <= today + timedelta(
        days=settings.MATCH_ANSWER_DAYS
    ):
        yield warns(
            "item_ends",
            _("“%(item)s” is valid until %(day)s only, before the firms have to answer.")
            % (title | {"day": date_text(item.valid_until)}),
        )


def _parted(match: Match) -> Iterator[Conflict]:
    """The never-meet lists of both firms."""
    pair = {match.buyer.pk: match.buyer, match.seller.pk: match.seller}
    seen = set()
    for block in Block.objects.filter(company__in=pair, blocked__in=pair).order_by("pk"):
        if block.company_id in seen:
            continue
        seen.add(block.company_id)
        told = _("%(firm)s never wants to meet %(other)s.") % {
            "firm": pair[block.company_id].display_name,
            "other": pair[block.blocked_id].display_name,
        }
        reason = str(BlockReason(block.reason).label) if block.reason else ""
        yield blocks("blocked", f"{told} {reason}".strip())


def _same_group(match: Match) -> Iterator[Conflict]:
    """Signs that both firms belong to one owner."""
    domains = [
        {domain_of_website(firm.website)}
        | {domain_of_address(each.user.email) for each in firm.memberships.all()}
        for firm in (match.buyer, match.seller)
    ]
    for domain in sorted((domains[0] & domains[1]) - {""}):
        yield warns(
            "same_domain",
            _("Both firms use the domain %(domain)s: perhaps one group.") % {"domain": domain},
        )
    people = {each.user_id for each in match.buyer.memberships.all()}
    for member in match.seller.memberships.all():
        if member.user_id in people:
            yield warns(
                "same_person",
                _("%(person)s is a member of both firms.") % {"person": member.user.display_name},
            )
    brand = _brand(match.buyer)
    if brand and brand == _brand(match.seller):
        yield warns(
            "same_brand",
            _("Both names begin with “%(word)s”: perhaps one group.") % {"word": brand.title()},
        )
    boss = "".join(match.buyer.representative.split()).casefold()
    if boss and boss == "".join(match.seller.representative.split()).casefold():
        yield warns(
            "same_representative",
            _("Both firms are represented by %(person)s.") % {"person": match.buyer.representative},
        )


def _brand(firm: Company) -> str:
    """The first word of the English name, when it can say whose firm it is."""
    words = firm.name_en.casefold().replace(",", " ").replace("-", " ").split()
    first = words[0].strip(".") if words else ""
    return first if len(first) >= SHORTEST_BRAND and first not in NO_BRAND else ""


def _room(match: Match, places: Mapping[UUID, Places]) -> Iterator[Conflict]:
    """Places of the month and of the need; only mailed matches stop a publication."""
    for firm in (match.buyer, match.seller):
        taken = places[firm.pk]
        words = {
            "firm": firm.display_name,
            "taken": number_text(taken.every),
            "limit": number_text(firm.introductions_per_month),
        }
        if taken.mailed >= firm.introductions_per_month:
            yield blocks(
                "no_capacity",
                _("%(firm)s has reached its introductions for this month: %(taken)s of %(limit)s.")
                % words,
            )
        elif taken.every >= firm.introductions_per_month:
            yield warns(
                "capacity_promised",
                _("Approved matches will use up this month of %(firm)s: %(taken)s of %(limit)s.")
                % words,
            )
    seats = (
        Match.objects.meeting()
        .filter(need=match.need_id)
        .exclude(pk=match.pk)
        .aggregate(every=Count("pk"), mailed=Count("pk", filter=~Q(published_at=None)))
    )
    words = {"taken": number_text(seats["every"]), "limit": number_text(match.need.seats)}
    if seats["mailed"] >= match.need.seats:
        yield blocks(
            "no_seat",
            _("The need talks to all the suppliers it wants: %(taken)s of %(limit)s.") % words,
        )
    elif seats["every"] >= match.need.seats:
        yield warns(
            "seats_promised",
            _("Approved matches will fill the need: %(taken)s of %(limit)s suppliers.") % words,
        )


def _people(match: Match) -> Iterator[Conflict]:
    """Who can be written to, and who may be named abroad."""
    firms = [
        (firm, [each.user for each in firm.memberships.all() if _can_answer(each)])
        for firm in (match.buyer, match.seller)
        if firm.state != CompanyState.UNCLAIMED
    ]
    everybody = [user for _firm, writers in firms for user in writers]
    refusing = refusing_addresses([user.email for user in everybody], Category.MATCHES)
    consents = Consent.objects.standing().filter(user__in=everybody, kind=ConsentKind.CROSS_BORDER)
    consenting = set(consents.values_list("user", flat=True))
    for firm, writers in firms:
        name = {"firm": firm.display_name}
        if not writers:
            yield blocks("no_recipient", _("Nobody of %(firm)s can receive the mail.") % name)
            continue
        if all(user.email.lower() in refusing for user in writers):
            yield warns(
                "mail_refused",
                _("Nobody of %(firm)s takes mails about matches; it has to log in to answer.")
                % name,
            )
        if consenting.isdisjoint(user.pk for user in writers):
            yield warns(
                "no_consent",
                _(
                    "Nobody of %(firm)s has agreed to be named abroad: an introduction would show"
                    " no contact."
                )
                % name,
            )


def _can_answer(member: Membership) -> bool:
    user: Any = member.user
    return bool(
        member.role in WRITERS
        and user.is_active
        and any(
            address.verified and address.email.lower() == user.email.lower()
            for address in user.emailaddress_set.all()
        )
    )
