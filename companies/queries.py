"""Reads across the models of companies."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db.models import (
    Exists,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries import refusing_addresses
from common.localisation import LANGUAGES
from companies.choices import GONE, CompanyState, JoinKind, JoinState, MemberRole
from companies.models import (
    Company,
    CompanyCertification,
    Invitation,
    JoinRequest,
    Membership,
    Proof,
)
from companies.names import fold
from mailing.choices import Category

MIN_DIGITS: Final = 3


def recipients(company: Company) -> list[User]:
    """Who gets the firm's match mails: active owners and editors with a verified address.

    An unclaimed firm has none: nobody ever writes to it.
    """
    if company.state == CompanyState.UNCLAIMED:
        return []
    return _members_with_mail(company, MemberRole.OWNER, MemberRole.EDITOR)


def owners(company: Company) -> list[User]:
    """The firm's active owners with a verified address: who decides about its people."""
    return _members_with_mail(company, MemberRole.OWNER)


def _members_with_mail(company: Company, *roles: str) -> list[User]:
    verified = EmailAddress.objects.filter(
        user=OuterRef("pk"), email__iexact=OuterRef("email"), verified=True
    )
    return list(
        User.objects.filter(
            Exists(verified),
            memberships__company=company,
            memberships__role__in=roles,
            is_active=True,
        ).order_by("memberships__created_at", "pk")
    )


@dataclass(frozen=True, slots=True)
class TeamMember:
    """A person of the firm; `mail_obstacle` says why no mails about matches go there, if so."""

    membership: Membership
    last_active_at: datetime | None
    mail_obstacle: str | Promise

    @property
    def gets_mail(self) -> bool:
        return not self.mail_obstacle


def team_members(company: Company) -> list[TeamMember]:
    """The firm's people, longest there first, in three queries."""
    members = list(
        company.memberships.select_related("user").annotate(
            seen_at=Subquery(
                UserSession.objects.filter(user=OuterRef("user"))
                .order_by("-last_seen_at")
                .values("last_seen_at")[:1]
            )
        )
    )
    people = [member.user for member in members]
    verified = set(
        EmailAddress.objects.filter(user__in=people, verified=True).values_list("user_id", "email")
    )
    refusing = refusing_addresses([person.email for person in people], Category.MATCHES)

    def obstacle(member: Membership) -> str | Promise:
        user = member.user
        if member.role == MemberRole.VIEWER:
            return _("Viewers get no mails about matches.")
        if (user.pk, user.email) not in verified:
            return _("The address is not confirmed.")
        if user.email in refusing:
            return _("Mails about matches are refused or do not arrive.")
        return ""

    return [
        TeamMember(
            membership=member,
            last_active_at=max(
                (at for at in (member.seen_at, member.user.last_login) if at), default=None
            ),
            mail_obstacle=obstacle(member),
        )
        for member in members
    ]


def firms_without_reader(user: User) -> list[Company]:
    """Firms that `user` owns and nobody of which gets the mails about matches, by name."""
    held = Membership.objects.filter(user=user, role=MemberRole.OWNER).select_related("company")
    alone = []
    for company in (membership.company for membership in held):
        addresses = [person.email for person in recipients(company)]
        if set(addresses) <= refusing_addresses(addresses, Category.MATCHES):
            alone.append(company)
    return sorted(alone, key=lambda company: company.display_name)


def invitations_to(user: User, now: datetime) -> "QuerySet[Invitation]":
    """What the person's confirmed address is invited to and may still accept."""
    addresses = EmailAddress.objects.filter(user=user, verified=True).values("email")
    return (
        Invitation.objects.standing(now)
        .filter(email__in=addresses)
        .exclude(company__state__in=(*GONE, CompanyState.SUSPENDED))
        .select_related("company")
        .order_by("-sent_at", "pk")
    )


@dataclass(frozen=True, slots=True)
class MissingFact:
    """What a profile lacks before staff can check the firm; `field` of the profile form."""

    field: str
    sentence: str | Promise


def missing_facts(company: Company) -> list[MissingFact]:
    """Empty when the firm can be submitted."""
    wanted = (
        ("official_number", company.official_number, _("The official number is missing.")),
        (
            f"name_{company.native_language}",
            getattr(company, f"name_{company.native_language}"),
            _("The legal name in the firm's own language is missing."),
        ),
        ("sectors", company.sectors.all(), _("Choose at least one sector.")),
        ("region", company.region_id, _("Say in which region the firm is.")),
        (
            f"about_{company.native_language}",
            any(getattr(company, f"about_{language}") for language in LANGUAGES),
            _("Describe the firm in a few sentences, in any language."),
        ),
    )
    return [MissingFact(field, sentence) for field, value, sentence in wanted if not value]


def same_firm(*, country: str, number: str, names: list[str]) -> Company | None:
    """The firm that is here already under this number, or under one of these very names.

    A record that another has absorbed stands for that one."""
    present = Company.objects.exclude(state__in=GONE).filter(country=country)
    if number and (found := present.filter(official_number=number).first()):
        return found
    absorbed = Company.objects.filter(country=country, state=CompanyState.MERGED)
    if number and (merged := absorbed.filter(official_number=number).first()):
        # The number of a record that has gone into another leads to that one.
        return merged.merged_into
    keys = [fold(name) for name in names if name]
    without_other_number = present.filter(Q(official_number="") | Q(official_number=number))
    return without_other_number.filter(name_key__in=keys).order_by("state", "pk").first()


def with_papers() -> "Prefetch[str, QuerySet[Proof], str]":
    """For requests: the documents that came with each, without their bytes."""
    papers = Proof.objects.select_related("document").defer("document__content")
    return Prefetch("proofs", queryset=papers)


def requests_for_staff() -> QuerySet[JoinRequest]:
    """Open claims, requests to join firms that have no owner, and those the owners left lying."""
    owned = Membership.objects.filter(company=OuterRef("company"), role=MemberRole.OWNER)
    return (
        JoinRequest.objects.filter(state=JoinState.OPEN)
        .filter(Q(kind=JoinKind.CLAIM) | ~Exists(owned) | Q(handed_on_at__isnull=False))
        .select_related("company", "user")
        .prefetch_related(with_papers())
        .order_by("created_at", "pk")
    )


def held_certificates(company: Company, *, today: date) -> list[CompanyCertification]:
    """The firm's certificates with `shown_standing` and `days` (left) of each as of today."""
    held = list(
        company.certificates.select_related("certification", "document").defer("document__content")
    )
    for certificate in held:
        certificate.shown_standing = certificate.standing(today)  # type: ignore[attr-defined]
        certificate.days = certificate.days_left(today)  # type: ignore[attr-defined]
    return held
