"""The order of the review queue: the formula, the SQL that writes it, and what keeps it true."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from companies.choices import RiskReason
from matching.choices import MatchState
from matching.models import Match
from matching.priority import freshness, priority, urgency
from matching.queries.capacity import introductions_taken
from matching.services import approve_match, refresh_priorities, undo_decision
from tests.factories import (
    CompanyFactory,
    MatchFactory,
    NeedFactory,
    OfferingFactory,
    StaffFactory,
)
from tests.matching.test_runs import run_now

NOW = timezone.now()
TODAY = timezone.localdate(NOW)
days = st.integers(-4000, 4000)


@given(
    needed_in=st.none() | days,
    waited=st.integers(0, 400),
    is_single_sourced=st.booleans(),
    has_risk=st.booleans(),
)
def test_urgency_stays_in_range_and_grows_with_every_cause(
    needed_in: int | None, waited: int, is_single_sourced: bool, has_risk: bool
) -> None:
    def of(**changes: Any) -> float:
        facts = {
            "needed_by": None if needed_in is None else TODAY + timedelta(days=needed_in),
            "is_single_sourced": is_single_sourced,
            "has_risk": has_risk,
            "proposed_on": TODAY - timedelta(days=waited),
            "today": TODAY,
        }
        return urgency(**(facts | changes))

    assert 1.0 <= of() <= 2.5
    assert of(is_single_sourced=True) >= of()
    assert of(has_risk=True) >= of()
    assert of(proposed_on=date.min) >= of()
    assert of(needed_by=TODAY) >= of()
    assert of(needed_by=None) <= of()
    # Tomorrow nothing is less urgent than today.
    assert of(today=TODAY + timedelta(days=1)) >= of()


@given(taken=st.integers(0, 300), limit=st.integers(0, 100))
def test_a_busy_firm_is_less_fresh_but_never_forgotten(taken: int, limit: int) -> None:
    assert 0.25 <= freshness(taken=taken, limit=limit) <= 1.0
    assert freshness(taken=taken + 1, limit=limit) <= freshness(taken=taken, limit=limit)
    assert freshness(taken=taken, limit=limit) <= freshness(taken=taken, limit=limit + 1)


def expected(match: Match) -> float:
    taken = introductions_taken(NOW)

    def of(firm: Any) -> float:
        return freshness(taken=taken.get(firm.pk, 0), limit=firm.introductions_per_month)

    return priority(
        value=match.value,
        urgency=urgency(
            needed_by=match.need.needed_by,
            is_single_sourced=bool(match.need.is_single_sourced),
            has_risk=bool(match.need.risk_reason),
            proposed_on=timezone.localdate(match.created_at),
            today=TODAY,
        ),
        buyer=of(match.buyer),
        seller=of(match.seller),
    )


@pytest.mark.django_db
def test_the_database_writes_what_the_formula_says() -> None:
    busy = CompanyFactory(country="KR", introductions_per_month=2)
    never = CompanyFactory(country="KR", introductions_per_month=0)
    MatchFactory(offering=OfferingFactory(company=busy), state=MatchState.APPROVED)
    for number, needed_in in enumerate((None, -40, 0, 29, 30, 95, 181, 4000)):
        for firm in (busy, never, CompanyFactory(country="KR")):
            MatchFactory(
                need=NeedFactory(
                    needed_by=None if needed_in is None else TODAY + timedelta(days=needed_in),
                    is_single_sourced=(None, False, True)[number % 3],
                    risk_reason=RiskReason.DISASTER if number % 2 else "",
                ),
                offering=OfferingFactory(company=firm),
                created_at=NOW - timedelta(days=number * 3),
                priority=0,
            )
    assert refresh_priorities(now=NOW) == 24
    for match in Match.objects.filter(state=MatchState.PROPOSED).with_sides():
        assert match.priority == pytest.approx(expected(match), rel=1e-12)
    # What stays as it is is not written.
    assert refresh_priorities(now=NOW) == 0


@pytest.mark.django_db
def test_a_firm_that_gets_busy_steps_back_and_comes_forward_again() -> None:
    firm = CompanyFactory(country="KR", introductions_per_month=2)
    other = MatchFactory()
    first, second = (MatchFactory(offering=OfferingFactory(company=firm)) for _ in range(2))
    refresh_priorities(now=NOW)
    second.refresh_from_db()
    fresh = second.priority
    approve_match(match=first, actor=StaffFactory(), now=NOW)
    assert refresh_priorities(company_ids=[firm.pk], now=NOW) == 1
    second.refresh_from_db()
    assert second.priority == pytest.approx(fresh * (1 - 0.75 / 2))
    other.refresh_from_db()
    assert other.priority == pytest.approx(other.value)
    undo_decision(match=first, actor=StaffFactory(), now=NOW)
    refresh_priorities(company_ids=[firm.pk], now=NOW)
    second.refresh_from_db()
    assert second.priority == pytest.approx(fresh)


@pytest.mark.django_db
def test_days_that_pass_make_a_proposal_more_urgent() -> None:
    match = MatchFactory(need=NeedFactory(needed_by=TODAY + timedelta(days=100)))
    refresh_priorities(now=NOW)
    match.refresh_from_db()
    before = match.priority
    refresh_priorities(now=NOW + timedelta(days=41))
    match.refresh_from_db()
    assert match.priority > before


@pytest.mark.django_db
def test_a_run_writes_the_very_priority_that_the_sweep_would() -> None:
    NeedFactory(needed_by=TODAY + timedelta(days=33), is_single_sourced=True)
    busy = OfferingFactory(company__introductions_per_month=3)
    OfferingFactory()
    MatchFactory(offering=busy, state=MatchState.APPROVED)
    run_now()
    proposed = Match.objects.filter(state=MatchState.PROPOSED)
    assert proposed.count() >= 2
    assert refresh_priorities(now=timezone.now()) == 0
    # Found again after it was withdrawn, and after it had waited.
    proposed.update(
        state=MatchState.WITHDRAWN, ended_at=NOW, priority=0, assigned_to=StaffFactory()
    )
    run_now()
    assert proposed.count() >= 2
    assert refresh_priorities(now=timezone.now()) == 0
    assert not proposed.exclude(assigned_to=None).exists()
    proposed.update(is_stale=True, priority=0, created_at=NOW - timedelta(days=11))
    run_now()
    assert refresh_priorities(now=timezone.now()) == 0
