"""What was counted of the market and of the matches, kept with the time it was counted."""

import uuid
from math import ceil
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from companies.choices import CompanyState, RiskReason
from companies.models import Company, Need
from insights.choices import (
    ApproachResult,
    ApproachWay,
    GoodsLevel,
    ReportState,
    TradeUnit,
    UploadState,
)
from matching.choices import AnswerKind, Direction, MatchState, Side
from matching.models import Match
from taxonomy.models import Concept


class GapReport(models.Model):
    """One count of the whole market. The row is the queue; `claim` names the worker that holds it.

    `as_of`: when the market was read. `needs_total`: open needs of verified firms;
    `needs_without_goods`: those of them that name nothing that can be supplied.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(
        _("state"), max_length=8, choices=ReportState.choices, default=ReportState.QUEUED
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    requested_at = models.DateTimeField(_("requested"))
    claim = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    as_of = models.DateTimeField(_("as of"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    needs_total = models.PositiveIntegerField(_("needs"), default=0)
    needs_without_goods = models.PositiveIntegerField(default=0)
    failure = models.CharField(_("failure"), max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["-requested_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["state"],
                condition=models.Q(state=ReportState.QUEUED),
                name="one_waiting_gap_report",
            )
        ]

    def __str__(self) -> str:
        return f"{self.requested_at:%Y-%m-%d %H:%M} {self.state}"


class Counted(models.Model):
    """The figures of one need, or of all needs of some goods; `insights.definitions` words them.

    The firms of each column are distinct ones of the other country.
    """

    seats = models.PositiveIntegerField(_("suppliers wanted"))
    taken = models.PositiveIntegerField(_("found"))
    wanted = models.PositiveIntegerField(_("still wanted"))
    offered = models.PositiveIntegerField(_("firms that offer it"))
    eligible = models.PositiveIntegerField(_("eligible"))
    with_room = models.PositiveIntegerField(_("with room"))
    gap = models.PositiveIntegerField(_("gap"))

    class Meta:
        abstract = True


class NeedGap(Counted):
    """One need of the last report. `ruled_out`: {obstacle: firms}, adding up to `offered` less
    `with_room`. `goods`: the concepts it names and all broader ones that are goods."""

    report = models.ForeignKey(GapReport, on_delete=models.CASCADE, related_name="needs")
    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="+")
    direction = models.CharField(_("direction"), max_length=8, choices=Direction.choices)
    is_single_sourced = models.BooleanField(_("single-sourced"))
    is_critical = models.BooleanField(_("critical"))
    risk_reason = models.CharField(_("risk"), max_length=16, choices=RiskReason.choices, blank=True)
    opened_at = models.DateTimeField(_("open since"))
    goods = ArrayField(models.IntegerField(), default=list)
    hs = ArrayField(models.CharField(max_length=6), default=list)
    ruled_out = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-gap", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report", "need"], name="one_figure_of_a_need")
        ]

    def __str__(self) -> str:
        return f"{self.need_id} {self.gap}"


class GoodsGap(Counted):
    """All needs of a concept (narrower ones included) or of an HS code, in one direction.

    `named`: needs that name this very concept. `gap` is the sum of its needs' gaps, and the
    `short_…` columns count needs that have one. `candidates`: unclaimed firms that are listed
    with these goods.
    """

    report = models.ForeignKey(GapReport, on_delete=models.CASCADE, related_name="goods")
    level = models.CharField(max_length=7, choices=GoodsLevel.choices)
    concept = models.ForeignKey(
        Concept, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    code = models.CharField(_("code"), max_length=60)
    direction = models.CharField(_("direction"), max_length=8, choices=Direction.choices)
    is_top = models.BooleanField(default=False)
    needs = models.PositiveIntegerField(_("needs"))
    named = models.PositiveIntegerField(default=0)
    single = models.PositiveIntegerField(_("single-sourced"))
    critical = models.PositiveIntegerField(_("critical"))
    risks = ArrayField(models.CharField(max_length=16), default=list)
    short = models.PositiveIntegerField(_("needs with a gap"))
    short_single = models.PositiveIntegerField()
    short_critical = models.PositiveIntegerField()
    short_pressing = models.PositiveIntegerField()
    opened_at = models.DateTimeField(_("open since"))
    candidates = models.PositiveIntegerField(_("unclaimed firms"))

    class Meta:
        ordering: ClassVar = [
            "-short_pressing",
            "-short_single",
            "-short_critical",
            "-gap",
            "-needs",
            "code",
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["report", "level", "code", "direction"], name="one_figure_of_goods"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["level", "code", "direction"])]

    def __str__(self) -> str:
        return f"{self.code} {self.direction} {self.gap}"

    @property
    def label(self) -> str:
        return goods_label(self.concept, self.code)

    @property
    def heat(self) -> int:
        """How much is missing, in five steps from 0 (nothing) to 4 (more than three quarters)."""
        return 0 if not self.wanted else ceil(4 * self.gap / self.wanted)

    @property
    def risk_labels(self) -> list[str]:
        return [str(RiskReason(code).label) for code in self.risks]


class Approach(models.Model):
    """Staff turned to an unclaimed firm, outside of this system, because of a gap in supply.

    Whether the firm has registered since is told by the firm's own state.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="approaches")
    level = models.CharField(max_length=7, choices=GoodsLevel.choices)
    concept = models.ForeignKey(
        Concept, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    code = models.CharField(_("goods"), max_length=60)
    direction = models.CharField(_("direction"), max_length=8, choices=Direction.choices)
    way = models.CharField(_("way"), max_length=8, choices=ApproachWay.choices)
    on = models.DateField(_("day"))
    note = models.TextField(_("note"), blank=True, max_length=1000)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("entered"))
    result = models.CharField(
        _("what came of it"),
        max_length=12,
        choices=ApproachResult.choices,
        default=ApproachResult.WAITING,
    )
    result_note = models.TextField(_("note on the result"), blank=True, max_length=1000)
    result_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    result_at = models.DateTimeField(_("result entered"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-on", "-created_at", "pk"]

    def __str__(self) -> str:
        return f"{self.company_id} {self.on} {self.way}"

    @property
    def goods_label(self) -> str:
        return goods_label(self.concept, self.code)

    @property
    def has_registered(self) -> bool:
        return self.company.state != CompanyState.UNCLAIMED


def goods_label(concept: Concept | None, code: str) -> str:
    """The concept in the reader's language, or the HS code as people write it."""
    if concept is not None:
        return str(concept)
    if not code.isdigit():
        return code
    return f"HS {code[:4]}" + (f".{code[4:]}" if code[4:] else "")


class Journey(models.Model):
    """How far one proposal of a pair came, read from the history of its match.

    A pair that is proposed again begins another journey, its `round` is the match's; what happened
    before stays as it was, so that last year's figures do not change. Written by
    `insights.services.count_journeys` alone. Days (`_on`) are those of Seoul and Tokyo. `state` is
    the last state of the journey, `end_reason` why it came to it. `decision`: what staff decided,
    or the threshold (`is_automatic`); empty while it is open or taken back. `is_late`: decided
    after more business days than the policy of the match's run allows. `sectors`: keys of the
    sectors of both firms.
    """

    match = models.ForeignKey(Match, on_delete=models.CASCADE, related_name="journeys")
    round = models.PositiveSmallIntegerField()
    direction = models.CharField(_("direction"), max_length=8, choices=Direction.choices)
    sectors = ArrayField(models.BigIntegerField(), default=list)
    buyer = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="+", verbose_name=_("buyer")
    )
    seller = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="+", verbose_name=_("seller")
    )
    proposed_at = models.DateTimeField(_("proposed"))
    proposed_on = models.DateField()
    state = models.CharField(_("state"), max_length=10, choices=MatchState.choices)
    state_at = models.DateTimeField()
    end_reason = models.CharField(_("reason"), max_length=60, blank=True)
    decision = models.CharField(
        _("decision"), max_length=10, choices=MatchState.choices, blank=True
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_automatic = models.BooleanField(default=False)
    is_late = models.BooleanField(default=False)
    first_answer_at = models.DateTimeField(_("first answer"), null=True, blank=True)
    both_answered_at = models.DateTimeField(_("both answered"), null=True, blank=True)
    refusal = models.CharField(_("answer"), max_length=10, choices=AnswerKind.choices, blank=True)
    refused_by = models.CharField(_("side"), max_length=6, choices=Side.choices, blank=True)
    introduced_at = models.DateTimeField(_("introduced"), null=True, blank=True)
    introduced_on = models.DateField(null=True, blank=True)
    met_on = models.DateField(_("met"), null=True, blank=True)
    contract_on = models.DateField(_("order or project"), null=True, blank=True)
    is_contract_confirmed = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["-proposed_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["match", "round"], name="one_journey_of_a_round")
        ]
        indexes: ClassVar = [
            models.Index(fields=["proposed_on"]),
            models.Index(fields=["-proposed_at", "id"], name="journey_latest_idx"),
            models.Index(
                fields=["decided_on"],
                condition=models.Q(decided_on__isnull=False),
                name="journey_decided_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.match_id} {self.round}"


class Party(models.Model):
    """A view of the database: one row for each firm of a journey, so two for each."""

    id = models.BigIntegerField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.DO_NOTHING, related_name="parties")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    proposed_on = models.DateField()
    is_approved = models.BooleanField()
    is_introduced = models.BooleanField()

    class Meta:
        managed = False
        db_table = "insights_party"

    def __str__(self) -> str:
        return f"{self.company_id} {self.proposed_on}"


class Counting(models.Model):
    """One row: when the journeys were last brought in line with the history of the matches."""

    id = models.BooleanField(primary_key=True, default=True)
    counted_at = models.DateTimeField(_("counted"))

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=True), name="one_counting")
        ]

    def __str__(self) -> str:
        return f"{self.counted_at:%Y-%m-%d %H:%M}"


class TradeUpload(models.Model):
    """A file of official trade statistics. One of each source is in use.

    `faults`: [{line, column, code, value}], the bad rows that were left out.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(_("source"), max_length=160)
    source_url = models.URLField(_("address of the source"), max_length=300, blank=True)
    retrieved_on = models.DateField(_("retrieved"))
    filename = models.CharField(_("file"), max_length=200)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    unit = models.CharField(_("unit"), max_length=6, choices=TradeUnit.choices)
    state = models.CharField(
        _("state"), max_length=8, choices=UploadState.choices, default=UploadState.CHECKED
    )
    rows_good = models.PositiveIntegerField(_("good rows"), default=0)
    faults = models.JSONField(default=list)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("uploaded"))
    used_at = models.DateTimeField(_("in use since"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source"],
                condition=models.Q(state=UploadState.CURRENT),
                name="one_current_file_of_a_source",
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.retrieved_on}"


class TradeFigure(models.Model):
    """What one country sold to the other of some goods in a year, as the source says it.

    `key`: the folded name, by which `insights.trade_groups` knows it.
    """

    upload = models.ForeignKey(TradeUpload, on_delete=models.CASCADE, related_name="figures")
    year = models.PositiveSmallIntegerField(_("year"))
    direction = models.CharField(_("direction"), max_length=8, choices=Direction.choices)
    goods = models.CharField(_("goods"), max_length=120)
    key = models.CharField(max_length=120)
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=6)
    is_partial_year = models.BooleanField(_("part of the year"), default=False)

    class Meta:
        ordering: ClassVar = ["key", "direction", "year"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["upload", "key", "direction", "year"], name="one_trade_figure"
            )
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.goods} {self.direction}"
