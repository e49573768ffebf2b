"""Words of figures and of the supply gap map, and the bounds they are counted by."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from matching.choices import OutcomeStage
from taxonomy.choices import ConceptKind

# What can be supplied. Other concepts say where, for whom or what about.
GOODS_KINDS: Final = (
    ConceptKind.PRODUCT,
    ConceptKind.MATERIAL,
    ConceptKind.EQUIPMENT,
    ConceptKind.SERVICE,
    ConceptKind.PROCESS,
)
# A need is critical when it must be met, or its stock ends, within so many days.
CRITICAL_NEEDED_DAYS: Final = 90
CRITICAL_STOCK_DAYS: Final = 30


class ReportState(models.TextChoices):
    """queued → running → done | failed; running again: its worker fell silent"""

    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("being computed")
    DONE = "done", _("completed")
    FAILED = "failed", _("failed")


class GoodsLevel(models.TextChoices):
    CONCEPT = "concept", _("Concepts")
    HS4 = "hs4", _("HS headings (4 digits)")
    HS6 = "hs6", _("HS subheadings (6 digits)")


class Obstacle(models.IntegerChoices):
    """What stands in the way of a pair, in the order in which it is asked. A firm with several
    offerings is counted by the one that gets furthest."""

    COOPERATION = 1, _("other types of cooperation")
    CERTIFICATION = 2, _("a required certificate is missing")
    LEAD_TIME = 3, _("delivers too late")
    VOLUME = 4, _("too little capacity for the whole volume")
    PARTED = 5, _("met, declined or blocked before")
    FULL = 6, _("no introduction left this month")
    NONE = 7, _("can be introduced")


class ApproachWay(models.TextChoices):
    """How staff turn to a firm that has not registered; nobody is mailed from here."""

    LETTER = "letter", _("letter by post")
    PHONE = "phone", _("telephone")
    FAIR = "fair", _("fair or event")
    PARTNER = "partner", _("through another organisation")
    VISIT = "visit", _("visit")


class ApproachResult(models.TextChoices):
    WAITING = "waiting", _("no answer yet")
    INTERESTED = "interested", _("interested")
    LATER = "later", _("perhaps later")
    REFUSED = "refused", _("does not want to take part")
    UNREACHABLE = "unreachable", _("could not be reached")


# What counts as a contract: somebody orders, or both build something together.
CONTRACTS: Final = (
    OutcomeStage.TRIAL_ORDER,
    OutcomeStage.REPEAT_ORDER,
    OutcomeStage.JOINT_PROJECT,
)
# A share of fewer rows than this is not shown as a percentage.
LEAST_SAMPLE: Final = 5
# A firm with fewer people than this is small.
SMALL_FIRM: Final = 50
# A firm verified for the first time this recently, at the end of the range, is new.
NEW_FIRM_DAYS: Final = 180
# Business days to decide a proposal whose run, and with it the policy, is gone.
REVIEW_DAYS: Final = 3


class Period(models.TextChoices):
    """Ready-made ranges of days; `own` takes the two days that are given."""

    THIS_MONTH = "this_month", _("this month")
    LAST_MONTH = "last_month", _("last month")
    QUARTER = "quarter", _("this quarter")
    YEAR = "year", _("last 12 months")
    OWN = "own", _("own range")
