"""What companies know of people, for the staff's pages (see `accounts.facets`)."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db.models import Q
from django.urls import reverse

from accounts.facets import Belonging, register_belongings, register_finder
from accounts.models import User
from common.localisation import pick
from companies.models import Membership
from mailing.finding import FIRM
from mailing.finding import register_finder as register_mail_finder


def _firms(people: Collection[int]) -> Mapping[int, list[Belonging]]:
    found: dict[int, list[Belonging]] = defaultdict(list)
    rows = Membership.objects.filter(user__in=people).select_related("company")
    for row in rows.order_by("created_at", "pk"):
        name, language = pick(row.company, "name")
        found[row.user_id].append(
            Belonging(
                firm=name,
                language=language,
                role=row.get_role_display(),
                path=reverse("companies:verification_detail", args=[row.company_id]),
                since=row.created_at,
            )
        )
    return found


def _by_firm(words: str) -> Q:
    """A firm's name in any language, or its official number."""
    named = Q()
    for column in ("name_ko", "name_ja", "name_en", "official_number"):
        named |= Q(**{f"company__{column}__icontains": words})
    return Q(pk__in=Membership.objects.filter(named).values("user"))


def _mails_of_firm(words: str) -> Q:
    """To whoever acts for the firm now."""
    return Q(user__in=User.objects.filter(_by_firm(words)).values("pk"))


register_belongings(_firms)
register_mail_finder(FIRM, _mails_of_firm)
register_finder(_by_firm)
