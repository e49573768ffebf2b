"""Words and transition tables of companies and what they offer and need."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class CompanyState(models.TextChoices):
    UNCLAIMED = "unclaimed", _("unclaimed")
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    VERIFIED = "verified", _("verified")
    RETURNED = "returned", _("returned")
    LAPSED = "lapsed", _("verification lapsed")
    SUSPENDED = "suspended", _("suspended")
    CLOSED = "closed", _("closed")
    # Another record of the same firm has taken its place: `Company.merged_into`.
    MERGED = "merged", _("merged")


# Gone from all that firms see; `Company.merged_into` and `Closing` tell what became of them.
GONE: Final = (CompanyState.CLOSED, CompanyState.MERGED)

COMPANY_TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    # An unclaimed record becomes a draft when a person of the firm has claimed it.
    CompanyState.UNCLAIMED: (CompanyState.DRAFT,),
    CompanyState.DRAFT: (CompanyState.SUBMITTED, CompanyState.CLOSED),
    CompanyState.SUBMITTED: (
        CompanyState.VERIFIED,
        CompanyState.RETURNED,
        CompanyState.CLOSED,
    ),
    CompanyState.RETURNED: (CompanyState.SUBMITTED, CompanyState.CLOSED),
    CompanyState.VERIFIED: (
        CompanyState.LAPSED,
        CompanyState.SUSPENDED,
        CompanyState.CLOSED,
    ),
    CompanyState.LAPSED: (
        CompanyState.SUBMITTED,
        CompanyState.SUSPENDED,
        CompanyState.CLOSED,
    ),
    CompanyState.SUSPENDED: (CompanyState.VERIFIED, CompanyState.CLOSED),
    # Reopened by an owner within settings.CLOSING_DAYS: back to what it was.
    CompanyState.CLOSED: (
        CompanyState.DRAFT,
        CompanyState.SUBMITTED,
        CompanyState.RETURNED,
        CompanyState.VERIFIED,
        CompanyState.LAPSED,
        CompanyState.SUSPENDED,
    ),
}


class MemberRole(models.TextChoices):
    OWNER = "owner", _("owner")
    EDITOR = "editor", _("editor")
    VIEWER = "viewer", _("viewer")


class JoinKind(models.TextChoices):
    JOIN = "join", _("join this company")
    CLAIM = "claim", _("claim this record")


class JoinState(models.TextChoices):
    OPEN = "open", _("open")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")


class InvitationState(models.TextChoices):
    OPEN = "open", _("open")
    ACCEPTED = "accepted", _("accepted")
    WITHDRAWN = "withdrawn", _("withdrawn")


INVITATION_TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    # Open again: its mail was sent once more.
    InvitationState.OPEN: (
        InvitationState.OPEN,
        InvitationState.ACCEPTED,
        InvitationState.WITHDRAWN,
    ),
}


class Cooperation(models.TextChoices):
    SUPPLY = "supply", _("supply")
    CONTRACT_MANUFACTURING = "contract_manufacturing", _("contract manufacturing")
    JOINT_DEVELOPMENT = "joint_development", _("joint development")
    RD_PLATFORM = "rd_platform", _("R&D platform")
    CONSORTIUM = "consortium", _("consortium")
    MUTUAL_CERTIFICATION = "mutual_certification", _("mutual certification")
    THIRD_COUNTRY_PROJECT = "third_country_project", _("third-country project")
    TECHNICAL_GUIDANCE = "technical_guidance", _("technical guidance")
    INVESTMENT = "investment", _("investment")


class ItemState(models.TextChoices):
    DRAFT = "draft", _("draft")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


class ItemKind(models.TextChoices):
    OFFERING = "offering", _("offering")
    NEED = "need", _("need")


class Stage(models.TextChoices):
    """How far a product is; later stages come later in the list."""

    CONCEPT = "concept", _("concept")
    PROTOTYPE = "prototype", _("prototype")
    PILOT = "pilot", _("pilot production")
    MASS_PRODUCTION = "mass_production", _("mass production")


class Incoterm(models.TextChoices):
    EXW = "EXW", "EXW"
    FCA = "FCA", "FCA"
    FOB = "FOB", "FOB"
    CFR = "CFR", "CFR"
    CIF = "CIF", "CIF"
    DAP = "DAP", "DAP"
    DDP = "DDP", "DDP"


class RiskReason(models.TextChoices):
    DISASTER = "disaster", _("disaster")
    EXPORT_CONTROL = "export_control", _("export control")
    PRICE = "price", _("price")
    END_OF_LIFE = "end_of_life", _("end of life")
    GEOPOLITICS = "geopolitics", _("geopolitics")


class CompanySource(models.TextChoices):
    SELF = "self", _("registered by the firm")
    IMPORT = "import", _("imported from a list")
    ASSOCIATION = "association", _("run by the association")


class VerificationDecision(models.TextChoices):
    VERIFIED = "verified", _("verified")
    RETURNED = "returned", _("returned")
    SUSPENDED = "suspended", _("suspended")
    REINSTATED = "reinstated", _("reinstated")


class VerificationCheck(models.TextChoices):
    """What staff looked at before they called a firm verified."""

    OFFICIAL_NUMBER = "official_number", _("official number in the public register")
    NAME_AND_ADDRESS = "name_and_address", _("name and address")
    WEBSITE = "website", _("website")
    MEMBER_AUTHORITY = "member_authority", _("the member acts for the firm")
    DOCUMENTS = "documents", _("documents")


# Without these nobody is verified, or verified once more.
REQUIRED_CHECKS: Final = (
    VerificationCheck.OFFICIAL_NUMBER,
    VerificationCheck.NAME_AND_ADDRESS,
    VerificationCheck.MEMBER_AUTHORITY,
)
REQUIRED_FOR_RENEWAL: Final = (VerificationCheck.OFFICIAL_NUMBER,)


class BlockReason(models.TextChoices):
    """Why a firm never wants to meet another; its own people and staff may know."""

    COMPETITOR = "competitor", _("It is a competitor.")
    PARTNER = "partner", _("We work with it already.")
    PARTED = "parted", _("We have parted with it.")
    OWN_GROUP = "own_group", _("It belongs to our own group.")
    DISTRUST = "distrust", _("We do not trust it.")


class ReturnReason(models.TextChoices):
    NUMBER_NOT_FOUND = "number_not_found", _("The official number was not found in the register.")
    NAME_DIFFERS = "name_differs", _("The name differs from the register.")
    AUTHORITY_UNCLEAR = "authority_unclear", _("It is not clear that you act for this firm.")
    PROFILE_INCOMPLETE = "profile_incomplete", _("The profile does not say enough.")
    OUT_OF_SCOPE = "out_of_scope", _("The firm's business is outside this programme.")
    OTHER = "other", _("Another reason, given in words.")


class ProofKind(models.TextChoices):
    """Documents that firms of both countries have at hand."""

    BUSINESS_REGISTRATION = "business_registration", _("business registration certificate")
    REGISTER_EXTRACT = "register_extract", _("extract of the commercial register")
    EMPLOYMENT = "employment", _("certificate of employment")
    AUTHORITY = "authority", _("letter of authority")
    OTHER = "other", _("another document")


class Verdict(models.TextChoices):
    """What staff say of one document."""

    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")


class ProofFault(models.TextChoices):
    """Why a document does not show what it should; the firm reads this sentence."""

    UNREADABLE = "unreadable", _("The document cannot be read.")
    OUTDATED = "outdated", _("The document is too old.")
    OTHER_FIRM = "other_firm", _("The document is about another firm.")
    INCOMPLETE = "incomplete", _("Pages are missing.")
    WRONG_KIND = "wrong_kind", _("This is another document than the one named.")


class Registry(models.TextChoices):
    """Public registers that can be asked under an official number."""

    NTA = "nta", _("corporate number register (National Tax Agency of Japan)")
    GBIZINFO = "gbizinfo", _("gBizINFO (Ministry of Economy, Trade and Industry of Japan)")
    NTS = "nts", _("business status (National Tax Service of Korea)")


class RegistryState(models.TextChoices):
    """waiting → asking → answered | failed; asking → waiting to be tried again"""

    WAITING = "waiting", _("waiting")
    ASKING = "asking", _("being asked")
    ANSWERED = "answered", _("answered")
    FAILED = "failed", _("no answer")


class RegistryOutcome(models.TextChoices):
    FOUND = "found", _("in the register, active")
    SUSPENDED = "suspended", _("in the register, business suspended")
    CLOSED = "closed", _("in the register, closed")
    NOT_FOUND = "not_found", _("not in the register")
    UNREACHABLE = "unreachable", _("the register did not answer")
    LIMITED = "limited", _("the register takes no more questions today")
    REFUSED = "refused", _("the register refused our key")
    UNREADABLE = "unreadable", _("the register's answer could not be read")


REGISTRY_TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    RegistryState.WAITING: (RegistryState.ASKING,),
    RegistryState.ASKING: (
        RegistryState.ANSWERED,
        RegistryState.FAILED,
        RegistryState.WAITING,
        RegistryState.ASKING,
    ),
}


class ImportState(models.TextChoices):
    """uploaded → checking → checked → queued → running → done | failed | cancelled;
    what was written → reverting → reverted, or what it was when others have built on it"""

    UPLOADED = "uploaded", _("uploaded")
    CHECKING = "checking", _("being checked")
    CHECKED = "checked", _("checked")
    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    REVERTING = "reverting", _("being reverted")
    REVERTED = "reverted", _("reverted")


# What has ended with rows written can be taken back.
REVERTIBLE: Final = (ImportState.DONE, ImportState.FAILED, ImportState.CANCELLED)
IMPORT_TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    ImportState.UPLOADED: (ImportState.CHECKING, ImportState.FAILED, ImportState.CANCELLED),
    ImportState.CHECKING: (
        ImportState.CHECKED,
        ImportState.CHECKING,
        ImportState.FAILED,
        ImportState.CANCELLED,
    ),
    ImportState.CHECKED: (ImportState.QUEUED, ImportState.CHECKING, ImportState.CANCELLED),
    ImportState.QUEUED: (ImportState.RUNNING, ImportState.FAILED, ImportState.CANCELLED),
    ImportState.RUNNING: (
        ImportState.DONE,
        ImportState.FAILED,
        ImportState.RUNNING,
        ImportState.CANCELLED,
    ),
    **dict.fromkeys(REVERTIBLE, (ImportState.REVERTING,)),
    ImportState.REVERTING: (ImportState.REVERTING, ImportState.REVERTED, *REVERTIBLE),
}


class ImportedKind(models.TextChoices):
    COMPANY = "company", _("firm")
    OFFERING = "offering", _("offering")
    NEED = "need", _("need")


class BulkStatus(models.TextChoices):
    """What became of one row of many that were sent at once."""

    CREATED = "created", _("made new")
    UPDATED = "updated", _("brought up to date")
    UNCHANGED = "unchanged", _("unchanged")
    INVALID = "invalid", _("faulty")
    REFUSED = "refused", _("refused")
    # Good, but all rows or none were asked for.
    HELD = "held", _("held back")


class KeptReason(models.TextChoices):
    """What was built on a row that an import brought or changed."""

    CLAIMED = "claimed", _("A person of the firm has claimed the record.")
    ASKED = "asked", _("Somebody is about to claim or join the firm.")
    EDITED = "edited", _("It was changed by hand since.")
    LATER = "later", _("A later import has changed it.")
    MATCHED = "matched", _("A match with it has been decided or has left the staff's desk.")
    USED = "used", _("Other records refer to it.")
    TOGETHER = "together", _("It belongs to a firm that is kept.")
