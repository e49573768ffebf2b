"""Phrases for firms without a name, and sentences for the codes of events."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from companies.models import Company

# What the audit trail says of a firm, by the verb of its event.
COMPANY_EVENTS: Final[dict[str, Promise]] = {
    "company.registered": _("registered"),
    "company.edited": _("profile changed"),
    "company.submitted": _("submitted"),
    "company.verified": _("verified"),
    "company.returned": _("returned"),
    "company.suspended": _("suspended"),
    "company.reinstated": _("reinstated"),
    "company.lapsed": _("verification lapsed"),
    "company.renewal_asked": _("renewal asked"),
    "company.claim_link_sent": _("a person asked for a link to claim the record"),
    "company.claimed_by_domain": _("claimed by mail to the firm's domain"),
    "company.join_handed_on": _("a request to join was handed to the staff"),
    "company.registry_answered": _("a public register answered"),
    "company.join_asked": _("a person asked to join"),
    "company.join_accepted": _("a person was let in"),
    "company.join_refused": _("a person was refused"),
    "company.claim_asked": _("a person claimed the record"),
    "company.claim_accepted": _("a claim was accepted"),
    "company.claim_refused": _("a claim was refused"),
    "company.member_changed": _("a member's role was changed"),
    "company.member_removed": _("a member was removed"),
    "company.certificate_added": _("a certificate was added"),
    "company.certificate_changed": _("a certificate was changed"),
    "company.certificate_expired": _("a certificate expired"),
    "company.proof_added": _("a document was handed in"),
    "company.proof_replaced": _("a document was replaced"),
    "company.proof_withdrawn": _("a document was withdrawn"),
    "company.proof_erased": _("a document was erased, its time being up"),
    "company.certificate_removed": _("a certificate was removed"),
    "company.blocked": _("a firm was put on the never-meet list"),
    "company.unblocked": _("a firm was taken off the never-meet list"),
}

# Where staff look an official number up; named on the page, not linked to.
REGISTERS: Final[dict[str, Promise]] = {
    "KR": _("National Tax Service of Korea: hometax.go.kr, business registration status"),
    "JP": _("National Tax Agency of Japan: houjin-bangou.nta.go.jp, corporate number search"),
}


def blind_description(company: Company) -> str:
    """A firm that hides its name until both accept, as a phrase: A firm in Aichi: mobility."""
    place = str(company.region or company.get_country_display())
    sectors = ", ".join(str(sector) for sector in company.sectors.all())
    if sectors:
        return gettext("A firm in %(place)s: %(sectors)s") % {"place": place, "sectors": sectors}
    return gettext("A firm in %(place)s") % {"place": place}
