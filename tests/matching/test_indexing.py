"""What the index on disk may and may not do to the outcome."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from companies.choices import CompanyState
from companies.models import Block, Company, Need, Offering
from matching.choices import RunState
from matching.models import Match, MatchPolicy, MatchRun
from matching.services import compute_run, request_run
from tests.factories import CompanyFactory, ConceptFactory
from tests.matching.changing import ask, found, lenient_policy, market, offer, rematch, run_all

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def index(settings: Any, tmp_path: Path) -> None:
    lenient_policy()
    settings.MATCH_INDEX_FOLDER = str(tmp_path)
    settings.MATCH_INDEX_FROM = 0


def generations(folder: Path) -> set[Path]:
    return set(folder.glob("index-*/generation-*"))


def changes(folder: Path) -> int:
    return len(list(folder.glob("index-*/generation-*/change-*")))


def test_a_full_run_makes_it_and_single_firms_use_it(tmp_path: Path) -> None:
    market()
    run_all()
    (first,) = generations(tmp_path)
    assert changes(tmp_path) == 0
    newcomer = offer("フォトレジスト", country="JP")
    rematch(newcomer.company)
    assert generations(tmp_path) == {first}
    assert changes(tmp_path) == 1
    # Who comes next is found among the needs and offerings of the newcomer as well.
    buyer = ask("포토레지스트 감광액", country="KR")
    rematch(buyer.company)
    assert Match.objects.filter(need=buyer, offering=newcomer).exists()
    run_all()
    assert first not in generations(tmp_path)


def test_without_one_the_market_is_read_whole_and_one_is_made(tmp_path: Path) -> None:
    market()
    newcomer = offer("フォトレジスト", country="JP")
    assert rematch(newcomer.company).summary["new"] > 0
    assert len(generations(tmp_path)) == 1


def test_a_firm_that_did_not_change_keeps_its_pairs() -> None:
    firms = market()
    run_all()
    rematch(firms[0])
    before = found()
    assert rematch(firms[0]).summary["withdrawn"] == 0
    assert found() == before


def test_a_full_one_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    market()
    run_all()
    before = generations(tmp_path)
    monkeypatch.setattr("matching.engine.live.MOST_ADDED", 0)
    newcomer = offer("フォトレジスト", country="JP")
    assert rematch(newcomer.company).summary["new"] > 0
    assert generations(tmp_path).isdisjoint(before)
    assert changes(tmp_path) == 0


def test_one_for_another_taxonomy_is_not_used(tmp_path: Path) -> None:
    market()
    run_all()
    before = generations(tmp_path)
    ConceptFactory(code="valve", label_ko="밸브", label_ja="弁", label_en="valve")
    newcomer = offer("弁", country="JP")
    buyer = ask("밸브", country="KR")
    rematch(buyer.company)
    assert Match.objects.filter(need=buyer, offering=newcomer).exists()
    assert generations(tmp_path).isdisjoint(before)


def test_what_it_has_not_heard_of_is_not_proposed() -> None:
    firms = market()
    run_all()
    suspended, closed, blocked = (it for it in firms if it.country == "KR")
    Company.objects.filter(pk=suspended.pk).update(state=CompanyState.SUSPENDED)
    Need.objects.filter(company=closed).update(state="closed")
    newcomer = CompanyFactory(country="JP")
    Block.objects.create(company=blocked, blocked=newcomer, created_at=timezone.now())
    for title in ("フォトレジスト", "スラリー", "歯車"):
        offer(title, company=newcomer)
    rematch(newcomer)
    assert not Match.objects.filter(offering__company=newcomer).exists()
    Block.objects.all().delete()
    other = CompanyFactory(country="JP")
    for title in ("フォトレジスト", "スラリー", "歯車"):
        offer(title, company=other)
    rematch(other)
    met = Match.objects.filter(offering__company=other)
    assert set(met.values_list("need__company", flat=True)) == {blocked.pk}


def test_firms_matched_while_a_full_run_works_are_in_its_index() -> None:
    market()
    began = timezone.now()
    newcomer = offer("フォトレジスト", country="JP")
    rematch(newcomer.company)
    Offering.objects.filter(pk=newcomer.pk).update(state="closed")  # the run has not seen it
    request = request_run(policy=MatchPolicy.objects.active(), actor=None, now=began)

    def clock() -> Any:
        # The offering is open again as soon as the snapshot has been taken.
        if MatchRun.objects.filter(pk=request.pk, snapshot_at__isnull=False).exists():
            Offering.objects.filter(pk=newcomer.pk).update(state="open")
        return began

    compute_run(run_id=request.pk, clock=clock)
    buyer = ask("포토레지스트 감광액", country="KR")
    rematch(buyer.company)
    assert Match.objects.filter(need=buyer, offering=newcomer).exists()


def test_a_folder_that_cannot_be_written_stops_nothing(settings: Any, tmp_path: Path) -> None:
    settings.MATCH_INDEX_FOLDER = str(tmp_path / "file")
    (tmp_path / "file").write_text("in the way")
    market()
    assert run_all().state == RunState.COMPLETED
    newcomer = offer("フォトレジスト", country="JP")
    assert rematch(newcomer.company).summary["new"] > 0
