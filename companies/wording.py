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
    "company.merged": _("merged with another record"),
    "company.unmerged": _("the merge was undone"),
    "company.not_duplicate": _("said to be another firm than a similar one"),
    "company.proof_accepted": _("a document was accepted"),
    "company.proof_rejected": _("a document was rejected"),
}

# What two firms have in common that may be one; %(text)s is the domain, number or share.
LIKENESSES: Final[dict[str, Promise]] = {
    "name": _("The names are alike by %(text)s %%."),
    "website": _("The websites have the same domain: %(text)s"),
    "mail": _("People of one write from the domain of the other: %(text)s"),
    "stock_code": _("The stock codes are the same: %(text)s"),
    "claim": _("Somebody asks for the one under the number of the other: %(text)s"),
    "numbers_differ": _("But the official numbers differ: two numbers are usually two firms."),
}

# What a merge does to the rows that hang on the absorbed record, by model and what happens.
MERGE_CHANGES: Final[dict[tuple[str, str], Promise]] = {
    ("companies.membership", "moved"): _("members who come along"),
    ("companies.membership", "changed"): _("owners who come along as editors"),
    ("companies.membership", "removed"): _("people who are members of both"),
    ("companies.offering", "moved"): _("offerings that come along"),
    ("companies.need", "moved"): _("needs that come along"),
    ("companies.offering", "closed"): _("offerings that both have: one of the two is closed"),
    ("companies.need", "closed"): _("needs that both have: one of the two is closed"),
    ("companies.companycertification", "moved"): _("certificates that come along"),
    ("companies.proof", "moved"): _("documents that come along"),
    ("companies.registrycheck", "moved"): _("answers of public registers"),
    ("companies.importjob", "moved"): _("imports of items"),
    ("companies.invitation", "moved"): _("invitations that come along"),
    ("companies.invitation", "withdrawn"): _("invitations that both sent: one is withdrawn"),
    ("companies.joinrequest", "moved"): _("requests to join that come along"),
    ("companies.joinrequest", "accepted"): _("requests to join of people who are members already"),
    ("companies.joinrequest", "refused"): _("requests to join that were asked of both"),
    ("companies.block", "moved"): _("entries of never-meet lists"),
    ("companies.block", "removed"): _("entries of never-meet lists that fall away"),
    ("companies.company_sectors", "added"): _("sectors that are added"),
    ("matching.staffnote", "moved"): _("notes of the staff"),
    ("matching.staffquestion", "moved"): _("questions of the staff to the firm"),
    ("insights.approach", "moved"): _("approaches to the firm"),
    ("matching.match", "moved"): _("matches that come along with their items"),
    ("matching.match", "changed"): _("matches that go over to the item that stays"),
    ("matching.match", "withdrawn"): _("matches that are withdrawn"),
}
OTHER_ROWS: Final = _("other entries")

# What keeps a merge from being undone.
BUILT_ON: Final[dict[str, Promise]] = {
    "companies.company": _("The firm's own facts or its state have changed."),
    "companies.membership": _("The members have changed."),
    "companies.offering": _("Offerings have changed."),
    "companies.need": _("Needs have changed."),
    "matching.match": _("Matches have moved on."),
    "matching.answer": _("Firms have answered matches."),
    "matching.introduction": _("Firms have been introduced."),
    "matching.outcome": _("Results of introductions have been told."),
    "number": _("The official number or a list's entry has been given to another firm."),
}
OTHER_BUILT_ON: Final = _("Other entries have changed.")

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
