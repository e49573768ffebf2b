"""The figures of the supply gap map: equal to plain SQL over the same rows, and adding up."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from insights import services
from insights.choices import GoodsLevel, Obstacle, ReportState
from insights.definitions import MEANINGS
from insights.models import GapReport, GoodsGap, NeedGap
from matching.choices import RunState
from matching.queries.capacity import month_start
from tests.factories import (
    CertificationFactory,
    CompanyFactory,
    ConceptFactory,
    NeedFactory,
    OfferingFactory,
    RunFactory,
    StaffFactory,
)
from tests.insights.markets import random_market

pytestmark = pytest.mark.django_db

OWN_SQL = (Path(__file__).parent / "gaps.sql").read_text(encoding="utf-8")
NEEDS = """
SELECT id, seats, taken, wanted, single, critical, offered, eligible, with_room, gap, uncertified
FROM short
WHERE hs6 <> '{}' OR EXISTS (
    SELECT 1 FROM companies_need_concepts asked JOIN goods_concept ON goods_concept.id = concept_id
    WHERE asked.need_id = short.id)
ORDER BY id
"""
CONCEPTS = """
, of_goods AS (
    SELECT DISTINCT tree.broader AS concept, asked.need_id
    FROM companies_need_concepts asked
    JOIN goods_concept named ON named.id = asked.concept_id
    JOIN tree ON tree.narrower = asked.concept_id
    JOIN goods_concept ON goods_concept.id = tree.broader
)
SELECT concept, country, count(*), sum(seats), sum(taken), sum(wanted), sum(gap),
    count(*) FILTER (WHERE single), count(*) FILTER (WHERE critical),
    count(*) FILTER (WHERE gap > 0), count(*) FILTER (WHERE gap > 0 AND single AND critical),
    (SELECT count(DISTINCT firm_id) FROM firm JOIN of_goods other ON other.need_id = firm.need_id
        JOIN need ON need.id = firm.need_id
        WHERE other.concept = of_goods.concept AND need.country = short.country),
    (SELECT count(DISTINCT firm_id) FROM firm JOIN of_goods other ON other.need_id = firm.need_id
        JOIN need ON need.id = firm.need_id
        WHERE other.concept = of_goods.concept AND need.country = short.country
        AND obstacle >= 6),
    (SELECT count(DISTINCT firm_id) FROM firm JOIN of_goods other ON other.need_id = firm.need_id
        JOIN need ON need.id = firm.need_id
        WHERE other.concept = of_goods.concept AND need.country = short.country AND obstacle = 7),
    min((SELECT date_trunc('milliseconds', created_at) FROM companies_need asking
        WHERE asking.id = short.id))
FROM of_goods JOIN short ON short.id = of_goods.need_id
GROUP BY of_goods.concept, short.country ORDER BY 1, 2
"""
HEADINGS = """
, of_goods AS (SELECT DISTINCT left(code, 4) AS heading, id FROM short, unnest(hs6) AS code)
SELECT heading, country, count(*), sum(wanted), sum(gap)
FROM of_goods JOIN short USING (id) GROUP BY 1, 2 ORDER BY 1, 2
"""


def by_sql(select: str, now: Any) -> list[tuple[Any, ...]]:
    arguments = {"today": timezone.localdate(now), "now": now, "month": month_start(now)}
    with connection.cursor() as cursor:
        cursor.execute(OWN_SQL + select, arguments)
        return cursor.fetchall()


def computed(now: Any) -> GapReport:
    report = services.request_gaps(actor=None, now=now)
    done = services.compute_gaps(report_id=report.pk, clock=lambda: now)
    assert done is not None
    assert done.state == ReportState.DONE, done.failure
    return done


def needing(gap: Any) -> str:
    return "JP" if gap.direction == "kr_to_jp" else "KR"


@pytest.mark.parametrize("seed", range(4))
def test_every_figure_equals_plain_sql(seed: int) -> None:
    now = timezone.now()
    random_market(seed, now=now)
    computed(now)
    figures = (
        "need_id", "seats", "taken", "wanted", "is_single_sourced", "is_critical",
        "offered", "eligible", "with_room", "gap",
    )  # fmt: skip
    needs = [
        (*values, NeedGap.objects.get(need=values[0]).ruled_out.get("CERTIFICATION", 0))
        for values in NeedGap.objects.order_by("need_id").values_list(*figures)
    ]
    assert needs == by_sql(NEEDS, now)
    assert sum(values[5] for values in needs)
    concepts = GoodsGap.objects.filter(level=GoodsLevel.CONCEPT)
    rows = sorted(
        (
            each.concept_id, needing(each), each.needs, each.seats, each.taken, each.wanted,
            each.gap, each.single, each.critical, each.short, each.short_pressing, each.offered,
            each.eligible, each.with_room, each.opened_at,
        )
        for each in concepts
    )  # fmt: skip
    assert rows == by_sql(CONCEPTS, now)
    headings = sorted(
        (each.code, needing(each), each.needs, each.wanted, each.gap)
        for each in GoodsGap.objects.filter(level=GoodsLevel.HS4)
    )
    assert headings == by_sql(HEADINGS, now)


def test_no_figure_is_defined_that_is_not_compared() -> None:
    """Those of the goods above, in their order; the unclaimed firms below."""
    compared = (
        "needs", "seats", "taken", "wanted", "gap", "single", "critical", "short", "offered",
        "eligible", "with_room", "open_since",
    )  # fmt: skip
    assert set(MEANINGS) == {*compared, "candidates"}


def test_the_generated_markets_hold_every_obstacle() -> None:
    now = timezone.now()
    random_market(1, now=now, firms=24)
    computed(now)
    met = {name for each in NeedGap.objects.all() for name in each.ruled_out}
    assert met == {each.name for each in Obstacle if each != Obstacle.NONE}


def test_firms_ruled_out_and_firms_with_room_add_up() -> None:
    now = timezone.now()
    random_market(5, now=now)
    report = computed(now)
    for each in NeedGap.objects.all():
        assert sum(each.ruled_out.values()) + each.with_room == each.offered
        assert each.eligible == each.with_room + each.ruled_out.get("FULL", 0)
    assert report.needs_total == NeedGap.objects.count() + report.needs_without_goods


def test_a_need_with_a_certificate_nobody_has_is_a_gap() -> None:
    asked = CertificationFactory(code="iatf_16949")
    held = CertificationFactory(code="iso_9001")
    concept = ConceptFactory(code="photoresist")
    need = NeedFactory(
        concepts=[concept],
        seats=2,
        is_single_sourced=True,
        needed_by=timezone.localdate() + timedelta(days=10),
    )
    need.required_certifications.set([asked])
    OfferingFactory(concepts=[concept], certifications=[held])
    OfferingFactory(concepts=[concept])  # says nothing of certificates: unknown is no miss
    computed(timezone.now())
    figure = NeedGap.objects.get(need=need)
    assert (figure.offered, figure.with_room, figure.gap) == (2, 1, 1)
    assert figure.ruled_out == {"CERTIFICATION": 1}
    goods = GoodsGap.objects.get(level=GoodsLevel.CONCEPT, code="photoresist")
    assert (goods.short_pressing, goods.gap, goods.direction) == (1, 1, "kr_to_jp")


def test_an_offering_of_the_same_country_closes_no_gap() -> None:
    concept = ConceptFactory(code="photoresist")
    need = NeedFactory(concepts=[concept], seats=1)
    OfferingFactory(concepts=[concept], company=CompanyFactory(country="JP"))
    computed(timezone.now())
    assert NeedGap.objects.get(need=need).gap == 1


def test_unclaimed_firms_are_counted_as_candidates() -> None:
    concept = ConceptFactory(code="photoresist")
    NeedFactory(concepts=[concept], seats=1)
    firm = CompanyFactory(unclaimed=True)
    OfferingFactory(concepts=[concept], company=firm)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    computed(timezone.now())
    goods = GoodsGap.objects.get(level=GoodsLevel.CONCEPT, code="photoresist")
    assert (goods.candidates, goods.offered) == (1, 0)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names of the tasks that were sent to the broker's door."""
    names: list[str] = []
    monkeypatch.setattr("insights.services.gaps.kick", lambda name, **_kwargs: names.append(name))
    return names


def test_one_count_waits_at_a_time(sent: list[str]) -> None:
    now = timezone.now()
    one = services.request_gaps(actor=StaffFactory(), now=now)
    assert services.request_gaps(actor=None, now=now) == one
    assert GapReport.objects.count() == 1


def test_the_sweep_asks_daily_and_after_a_full_run(sent: list[str]) -> None:
    now = timezone.now()
    services.sweep_gaps(now=now)
    report = GapReport.objects.get()
    services.compute_gaps(report_id=report.pk, clock=lambda: now)
    sent.clear()
    services.sweep_gaps(now=now)
    RunFactory(company=CompanyFactory(), finished_at=now + timedelta(minutes=1))
    services.sweep_gaps(now=now)
    assert not sent, "nothing has happened but a run of one firm"
    RunFactory(state=RunState.COMPLETED, finished_at=now + timedelta(minutes=1))
    services.sweep_gaps(now=now + timedelta(minutes=2))
    assert sent == ["insights.compute_gaps"]
    later = now + timedelta(minutes=3)
    waiting = GapReport.objects.get(state=ReportState.QUEUED)
    services.compute_gaps(report_id=waiting.pk, clock=lambda: later)
    services.sweep_gaps(now=later + timedelta(hours=23))
    assert len(sent) == 1
    services.sweep_gaps(now=later + timedelta(hours=25))
    assert len(sent) == 2


def test_a_silent_worker_is_taken_over_and_writes_nothing_more(sent: list[str]) -> None:
    now = timezone.now()
    NeedFactory()
    report = services.request_gaps(actor=None, now=now)

    def killed_clock() -> Any:
        if GapReport.objects.filter(state=ReportState.RUNNING).exists():
            raise KeyboardInterrupt
        return now

    with pytest.raises(KeyboardInterrupt):
        services.compute_gaps(report_id=report.pk, clock=killed_clock)
    assert services.compute_gaps(report_id=report.pk, clock=lambda: now) is None
    later = now + timedelta(minutes=11)
    sent.clear()
    services.sweep_gaps(now=later)
    assert sent == ["insights.compute_gaps"]
    done = services.compute_gaps(report_id=report.pk, clock=lambda: later)
    assert done is not None
    assert done.state == ReportState.DONE


def test_one_report_of_each_day_is_kept_for_a_month(sent: list[str]) -> None:
    NeedFactory()
    start = timezone.now().replace(hour=3) - timedelta(days=40)
    for day in range(41):
        for hour in (0, 2):
            computed(start + timedelta(days=day, hours=hour))
    assert GapReport.objects.count() == 32
    last = GapReport.objects.first()
    assert set(NeedGap.objects.values_list("report", flat=True)) == {last.pk if last else None}
