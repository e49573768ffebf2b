"""Words and transition tables of matching: what may follow what, and the coded reasons."""

from typing import Final

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class PolicyState(models.TextChoices):
    DRAFT = "draft", _("draft")
    ACTIVE = "active", _("active")
    RETIRED = "retired", _("retired")


POLICY_TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    PolicyState.DRAFT: (PolicyState.ACTIVE, PolicyState.RETIRED),
    PolicyState.ACTIVE: (PolicyState.RETIRED,),
    # Going back to an earlier policy.
    PolicyState.RETIRED: (PolicyState.ACTIVE,),
}


class SimulationBasis(models.TextChoices):
    """What was known of a policy when it was put in force."""

    NONE = "none", _("not simulated")
    SETTINGS = "settings", _("simulated with other settings")
    DATA = "data", _("simulated; firms or matches have changed since")
    FRESH = "fresh", _("simulated on the same data")


class RunState(models.TextChoices):
    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    COMPLETED = "completed", _("completed")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


RUN_TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    RunState.QUEUED: (RunState.RUNNING, RunState.CANCELLED),
    RunState.RUNNING: (
        RunState.RUNNING,
        RunState.COMPLETED,
        RunState.FAILED,
        RunState.CANCELLED,
    ),
    RunState.FAILED: (RunState.QUEUED,),
}


class RunPhase(models.TextChoices):
    """What a run is at, in this order."""

    READING = "reading", _("reading firms and items")
    SCORING = "scoring", _("comparing needs with offerings")
    CHOOSING = "choosing", _("choosing among all pairs")
    WRITING = "writing", _("writing the proposals")


class ChangeKind(models.TextChoices):
    """How a run's proposals differ from those that stood before."""

    CAME = "came", _("came")
    WENT = "went", _("went")
    MOVED = "moved", _("moved")


class ChangeCause(models.TextChoices):
    NEW_FIRM = "new_firm", _("A firm is new among the verified ones.")
    ITEM = "item", _("The need or the offering has changed.")
    LEFT = "left", _("The need or the offering is closed, or a firm has left.")
    POLICY = "policy", _("Another policy was used.")
    DISPLACED = "displaced", _("Better pairs have taken the places.")
    PLACE = "place", _("A place has become free.")
    FACTS = "facts", _("Facts beside the item count otherwise: certificates, answers, free places.")


class MatchState(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    WITHDRAWN = "withdrawn", _("withdrawn")
    INTRODUCED = "introduced", _("introduced")
    DECLINED = "declined", _("declined")
    EXPIRED = "expired", _("expired")


MATCH_TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    MatchState.PROPOSED: (MatchState.APPROVED, MatchState.REJECTED, MatchState.WITHDRAWN),
    # Back to proposed only by the reviewer's undo inside the grace time.
    MatchState.APPROVED: (
        MatchState.INTRODUCED,
        MatchState.DECLINED,
        MatchState.EXPIRED,
        MatchState.WITHDRAWN,
        MatchState.PROPOSED,
    ),
    MatchState.REJECTED: (MatchState.PROPOSED,),
    # A new run may find a withdrawn, expired or (after a material change) declined pair again.
    MatchState.WITHDRAWN: (MatchState.PROPOSED,),
    MatchState.EXPIRED: (MatchState.PROPOSED,),
    # Approved again only when the firm takes its answer back within the grace time.
    MatchState.DECLINED: (MatchState.PROPOSED, MatchState.APPROVED),
}


class Direction(models.TextChoices):
    """Who sells to whom: the offering's country first."""

    KR_TO_JP = "kr_to_jp", _("Korea → Japan")
    JP_TO_KR = "jp_to_kr", _("Japan → Korea")


class Side(models.TextChoices):
    BUYER = "buyer", _("buyer")
    SELLER = "seller", _("seller")

    @property
    def other(self) -> "Side":
        return Side.SELLER if self == Side.BUYER else Side.BUYER


class Decision(models.TextChoices):
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    HELD = "held", _("held")
    UNDONE = "undone", _("undone")
    # The first of two approvals, where the policy asks for a second reviewer.
    FIRST_YES = "first_yes", _("approved, waits for a second reviewer")
    SENT_BACK = "sent_back", _("sent back by the second reviewer")


class BulkState(models.TextChoices):
    """queued → running → done; a worker that fell silent is taken over: running → running"""

    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")


class BulkOutcome(models.TextChoices):
    """What became of one match of a decision about many."""

    WAITING = "waiting", _("not yet done")
    DONE = "done", _("done")
    PARKED = "parked", _("waits for a second reviewer")
    TAKEN = "taken", _("Somebody else was first.")
    REFUSED = "refused", _("Not possible for this match.")


class RejectReason(models.TextChoices):
    WRONG_PRODUCT = "wrong_product", _("The products do not correspond.")
    WRONG_SPECIFICATION = "wrong_specification", _("The specification does not fit.")
    MISSING_CERTIFICATION = "missing_certification", _("A needed certification is missing.")
    VOLUME_MISMATCH = "volume_mismatch", _("The volumes are too far apart.")
    ALREADY_PARTNERS = "already_partners", _("The firms already work together.")
    COMPETITORS = "competitors", _("The firms are competitors.")
    CAPACITY = "capacity", _("One side is busy enough at present.")
    PROFILE_UNCLEAR = "profile_unclear", _("A profile says too little to decide.")
    OTHER = "other", _("Another reason, given in words.")


class QuestionKind(models.TextChoices):
    """What staff ask a firm about its own item; the sentences stand in `matching.asking`."""

    VOLUME = "volume", _("volume or capacity")
    CERTIFICATE = "certificate", _("certificate")
    PRICE = "price", _("price")
    AVAILABILITY = "availability", _("availability and time")
    OTHER = "other", _("something else")


class QuestionState(models.TextChoices):
    """open → answered | withdrawn | silent; `silent`: nobody answered in time"""

    OPEN = "open", _("waits for the firm")
    ANSWERED = "answered", _("answered")
    WITHDRAWN = "withdrawn", _("taken back")
    SILENT = "silent", _("not answered in time")


class AnswerKind(models.TextChoices):
    INTERESTED = "interested", _("Interested")
    NOT_NOW = "not_now", _("Not now")
    DECLINED = "declined", _("Decline")


class DeclineReason(models.TextChoices):
    NO_CURRENT_NEED = "no_current_need", _("We have no such need at present.")
    SPECIFICATION = "specification", _("The specification does not fit.")
    PRICE = "price", _("The price level does not fit.")
    VOLUME = "volume", _("The volume does not fit.")
    LEAD_TIME = "lead_time", _("The lead time does not fit.")
    CERTIFICATION = "certification", _("A certification is missing.")
    KNOWN_PARTNER = "known_partner", _("We already know this firm.")
    COMPETITOR = "competitor", _("The firm is a competitor.")
    BUSY = "busy", _("We have no capacity for talks at present.")
    OTHER = "other", _("Another reason.")


class EventReason(models.TextChoices):
    """Why the system itself, or an undo, moved a match."""

    FOUND = "found", _("Found by a matching run.")
    FOUND_AGAIN = "found_again", _("Found again by a matching run.")
    NOT_FOUND = "not_found", _("No longer found by a matching run.")
    AUTOMATIC = "automatic", _("Approved automatically: the score is above the threshold.")
    UNDONE = "undone", _("The decision was undone.")
    ITEM_CLOSED = "item_closed", _("The need or the offering is no longer open.")
    COMPANY_LEFT = "company_left", _("One of the firms no longer takes part.")
    MERGED = "merged", _("Two records of one firm were merged; this pair stands once.")
    UNMERGED = "unmerged", _("The merge of two records was undone.")
    BLOCKED = "blocked", _("The firms are not to meet.")
    NO_CAPACITY = "no_capacity", _("A firm has reached its introductions for this month.")
    NO_SEAT = "no_seat", _("The need already has all the suppliers it wants to talk to.")
    NO_RECIPIENT = "no_recipient", _("A firm has nobody who can receive the mail.")
    BOTH_INTERESTED = "both_interested", _("Both sides are interested.")
    NOT_NOW = "not_now", _("Not at present; the pair may be proposed again later.")
    UNANSWERED = "unanswered", _("Not answered by both sides in time.")


# What the firms of a match are told in place of a reason that is nobody's business: one sentence
# for several reasons, so that it gives none of them away.
TOLD_TO_FIRMS: Final[dict[str, str | Promise]] = dict.fromkeys(
    (EventReason.BLOCKED, EventReason.COMPANY_LEFT, EventReason.NO_RECIPIENT),
    _("One of the firms is not available for this match any more."),
)


def told_reason(code: str) -> str:
    """The sentence of a coded reason as the firms of the match may read it."""
    return str(TOLD_TO_FIRMS.get(code) or reason_label(code))


def reason_label(code: str) -> str:
    """The sentence of a coded reason, from whichever table it comes; the code itself if none."""
    for table in (EventReason, RejectReason, DeclineReason):
        if code in table:
            return str(table(code).label)
    return code


class OutcomeStage(models.TextChoices):
    """The ladder of results; each side confirms its own view."""

    MET = "met", _("met or talked")
    NDA = "nda", _("NDA signed")
    SAMPLE = "sample", _("sample sent or received")
    QUOTE = "quote", _("quotation")
    TRIAL_ORDER = "trial_order", _("trial order")
    REPEAT_ORDER = "repeat_order", _("repeat order")
    JOINT_PROJECT = "joint_project", _("joint project")
    NONE = "none", _("nothing came of it")


# An answer to the question what came of it that is no step: it only ends the asking for a while.
NOTHING_YET: Final = "nothing_yet"


class ValueBand(models.TextChoices):
    """Roughly what an order is worth. Never added up: a band is no amount."""

    TO_10K = "to_10k", _("up to USD 10,000")
    TO_100K = "to_100k", _("USD 10,000 to 100,000")
    TO_1M = "to_1m", _("USD 100,000 to 1 million")
    ABOVE_1M = "above_1m", _("more than USD 1 million")


class Satisfied(models.IntegerChoices):
    """How content a side is with the partner so far; 4 and 5 count as satisfied."""

    VERY = 5, _("very satisfied")
    RATHER = 4, _("satisfied")
    NEUTRAL = 3, _("neither")
    LITTLE = 2, _("dissatisfied")
    NOT = 1, _("very dissatisfied")


class Intention(models.TextChoices):
    """What a side means to do with this partner; the first two are "keep or expand"."""

    EXPAND = "expand", _("expand")
    KEEP = "keep", _("keep as it is")
    REDUCE = "reduce", _("reduce")
    END = "end", _("end")


SATISFIED: Final = (Satisfied.VERY, Satisfied.RATHER)
KEEP_OR_EXPAND: Final = (Intention.EXPAND, Intention.KEEP)
# From this question on (90 days after the introduction) satisfaction is asked as well.
SATISFACTION_FROM: Final = 2


class Criterion(models.TextChoices):
    """What a score is made of; the values are the engine's names (`docs/engine.md`)."""

    PRODUCT = "product", _("product")
    HS = "hs", _("HS code")
    CERTIFICATIONS = "certifications", _("certifications")
    VOLUME = "volume", _("volume")
    LEAD_TIME = "lead_time", _("lead time")
    PRICE = "price", _("price")
    STAGE = "stage", _("development stage")
    PARTNER_WISHES = "partner_wishes", _("partner wishes")
    EXPERIENCE = "experience", _("experience")
    RESPONSIVENESS = "responsiveness", _("responsiveness")
