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


class UploadState(models.TextChoices):
    """checked → current → replaced"""

    CHECKED = "checked", _("checked")
    CURRENT = "current", _("in use")
    REPLACED = "replaced", _("replaced")


UPLOAD_TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    UploadState.CHECKED: (UploadState.CURRENT,),
    UploadState.CURRENT: (UploadState.REPLACED,),
}


class TradeUnit(models.TextChoices):
    """The endings of the columns of values, and what they mean."""

    BN_JPY = "bn_jpy", _("billion yen")
    MN_JPY = "mn_jpy", _("million yen")
    BN_USD = "bn_usd", _("billion US dollars")
    MN_USD = "mn_usd", _("million US dollars")
    TH_USD = "th_usd", _("thousand US dollars")


class TradeFault(models.TextChoices):
    YEAR = "year", _("This is no year between 1945 and the present one.")
    VALUE = "value", _("This is no number of 0 or more.")
    FLOW = "flow", _("This is neither export nor import.")
    GOODS = "goods", _("The goods have no name, or one of more than 120 characters.")
    PARTNER = "partner", _("This row is about another country than Korea and Japan.")
    REPEATED = "repeated", _("These goods, this direction and this year stand in an earlier row.")
    NO_COLUMNS = (
        "no_columns",
        _(
            "The columns are not those of a trade statistic: a year, and either the flow, the goods"
            " and a value, or exports and imports."
        ),
    )
