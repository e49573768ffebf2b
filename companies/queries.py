"""Reads across the models of companies."""

from allauth.account.models import EmailAddress
from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from companies.choices import CompanyState, MemberRole
from companies.models import Company
from companies.names import fold

# Two folded names this close are shown as "perhaps the same firm".
SIMILAR_NAME = 0.6


def recipients(company: Company) -> list[User]:
    """Who gets the firm's match mails: active owners and editors with a verified address.

    An unclaimed firm has none: nobody ever writes to it.
    """
    if company.state == CompanyState.UNCLAIMED:
        return []
    verified = EmailAddress.objects.filter(
        user=OuterRef("pk"), email__iexact=OuterRef("email"), verified=True
    )
    return list(
        User.objects.filter(
            Exists(verified),
            memberships__company=company,
            memberships__role__in=[MemberRole.OWNER, MemberRole.EDITOR],
            is_active=True,
        ).order_by("memberships__created_at", "pk")
    )


def same_firm(*, country: str, number: str, names: list[str]) -> Company | None:
    """The firm that is here already under this number, or under one of these very names."""
    present = Company.objects.exclude(state=CompanyState.CLOSED).filter(country=country)
    if number and (found := present.filter(official_number=number).first()):
        return found
    keys = [fold(name) for name in names if name]
    without_other_number = present.filter(Q(official_number="") | Q(official_number=number))
    return without_other_number.filter(name_key__in=keys).order_by("state", "pk").first()


def similar_firms(company: Company, limit: int = 5) -> QuerySet[Company]:
    """Firms of the same country whose folded names are close: duplicates for staff to judge."""
    return (
        Company.objects.filter(country=company.country, name_key__trigram_similar=company.name_key)
        .exclude(pk=company.pk)
        .exclude(state=CompanyState.CLOSED)
        .annotate(similarity=TrigramSimilarity("name_key", company.name_key))
        .filter(similarity__gte=SIMILAR_NAME)
        .order_by("-similarity", "pk")[:limit]
    )
