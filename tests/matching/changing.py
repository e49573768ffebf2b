"""Small markets whose firms change, matched whole or one firm at a time."""

from typing import Any

from django.utils import timezone

from companies.models import Company, Need, Offering
from matching.choices import RunState
from matching.engine_adapter import DEFAULT_WEIGHTS
from matching.models import Match, MatchPolicy, MatchRun
from matching.services import compute_run, request_rematch, request_run
from tests.factories import (
    CompanyFactory,
    ConceptFactory,
    NeedFactory,
    OfferingFactory,
    PolicyFactory,
)


def lenient_policy() -> MatchPolicy:
    """An active policy that proposes everything, and three concepts."""
    for code, ko, ja in (
        ("photoresist", "감광액", "フォトレジスト"),
        ("slurry", "연마액", "スラリー"),
        ("gear", "톱니바퀴", "歯車"),
    ):
        ConceptFactory(code=code, label_ko=ko, label_ja=ja, label_en=code)
    return PolicyFactory(min_score=0.0, min_confidence=0.0, weights=dict(DEFAULT_WEIGHTS))


def offer(title: str, *, days: int | None = None, **firm: Any) -> Offering:
    return OfferingFactory(**words(title, days, firm))


def ask(title: str, *, days: int | None = None, seats: int = 5, **firm: Any) -> Need:
    return NeedFactory(seats=seats, **words(title, days, firm))


def words(title: str, days: int | None, firm: dict[str, Any]) -> dict[str, Any]:
    """Just this title, read by the taxonomy alone; the firm, or the fields of a new one."""
    firm = {name if name == "company" else f"company__{name}": it for name, it in firm.items()}
    return {"title_en": title, "text_en": "", "concepts": [], "lead_time_days": days, **firm}


def run_all() -> MatchRun:
    run = request_run(policy=MatchPolicy.objects.active(), actor=None, now=timezone.now())
    compute_run(run_id=run.pk, clock=timezone.now)
    run.refresh_from_db()
    return run


def rematch(company: Company) -> MatchRun:
    assert request_rematch(company_id=company.pk, now=timezone.now())
    run = MatchRun.objects.get(company=company, state=RunState.QUEUED)
    compute_run(run_id=run.pk, clock=timezone.now)
    run.refresh_from_db()
    assert (run.state, run.failure) == (RunState.COMPLETED, "")
    return run


def found() -> dict[tuple[Any, Any], tuple[Any, ...]]:
    return {
        (match.need_id, match.offering_id): (
            match.state,
            match.rank,
            match.score,
            match.confidence,
            match.criteria,
            match.reasons,
        )
        for match in Match.objects.all()
    }


def market(count: int = 3, **firm: Any) -> list[Company]:
    """Firms of both countries, each with an offering and a need, no two alike."""
    titles = (
        "ArF 감광액",
        "EUVレジスト フォトレジスト",
        "CMP 연마액",
        "스라리 スラリー",
        "歯車",
        "톱니바퀴",
    )
    firms = []
    for number in range(2 * count):
        company = CompanyFactory(country=("KR", "JP")[number % 2], **firm)
        offer(titles[number % 6], days=number + 5, company=company)
        ask(titles[-number % 6], days=20, company=company)
        firms.append(company)
    return firms
