"""What a run did and how it differs from the one before; stopping it at the last moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.choices import StaffRole
from common.localisation import LANGUAGES, in_language
from mailing.models import Message
from matching.choices import ChangeCause, ChangeKind, RunState
from matching.failing import KINDS, failure_of
from matching.models import Match, MatchRun, RunChange
from matching.queries.runs import changes_of, next_nightly_run
from matching.services import (
    cancel_run,
    computation,
    compute_run,
    forget_old_changes,
    request_nightly_run,
    request_run,
)
from tests.factories import (
    ConceptFactory,
    MatchFactory,
    MembershipFactory,
    NeedFactory,
    OfferingFactory,
    PolicyFactory,
    RunFactory,
    SectorFactory,
    StaffFactory,
)
from tests.matching.test_runs import run_now

DB = pytest.mark.django_db
LIST = reverse("matching:runs")
LIST_QUERIES = 9
RUN_QUERIES = 11


def page(run: MatchRun) -> str:
    return reverse("matching:run", args=[run.pk])


def changes(run: MatchRun) -> set[tuple[str, str]]:
    return set(run.changes.values_list("kind", "cause"))


@pytest.fixture
def staff(client):
    user = StaffFactory(staff_role=StaffRole.SUPERVISOR)
    client.force_login(user)
    return user


@DB
def test_a_run_says_what_came_and_what_went_and_why():
    policy = PolicyFactory()
    need, first = NeedFactory(), OfferingFactory()
    run = run_now(policy=policy)
    came = run.changes.get()
    assert (came.kind, came.match, came.score_before) == (
        ChangeKind.CAME,
        Match.objects.get(),
        None,
    )
    assert came.score_after == pytest.approx(came.match.score)

    second = OfferingFactory(company__verified_at=timezone.now())
    first.state = "closed"
    first.save()
    run = run_now(policy=policy)
    assert changes(run) == {
        (ChangeKind.CAME, ChangeCause.NEW_FIRM),
        (ChangeKind.WENT, ChangeCause.LEFT),
    }
    assert run.changes.get(kind="came").offering == second
    assert run.changes.get(kind="went").need == need
    assert run_now(policy=policy).changes.count() == 0


@DB
def test_another_policy_moves_scores_and_says_so():
    policy = PolicyFactory()
    NeedFactory()
    OfferingFactory()
    run_now(policy=policy)
    match = Match.objects.get()
    Match.objects.update(score=match.score / 2)
    run = run_now(policy=PolicyFactory(version=9, state="draft"))
    moved = run.changes.get()
    assert (moved.kind, moved.cause) == (ChangeKind.MOVED, ChangeCause.POLICY)
    assert moved.score_before == pytest.approx(match.score / 2)
    assert moved.score_after == pytest.approx(match.score)
    assert run.summary["moved"] == 1


@DB
def test_the_sectors_add_up_to_all_proposals():
    chips = SectorFactory(code="semiconductors")
    NeedFactory(concepts=[ConceptFactory(sector=chips), ConceptFactory(sector=chips)])
    NeedFactory()
    OfferingFactory()
    run = run_now()
    proposed = Match.objects.filter(state="proposed").count()
    assert proposed
    assert sum(count for _direction, _code, count in run.summary["by"]) == proposed
    assert run.summary["candidates"] >= proposed


@DB
def test_only_the_most_telling_changes_are_kept_and_not_for_ever(settings):
    settings.RUN_CHANGES_KEPT = 2
    NeedFactory(seats=10)
    for _ in range(4):
        OfferingFactory()
    run = run_now()
    assert (run.summary["new"], run.changes.count()) == (4, 2)
    kept = changes_of(run, kind="came", cause="", direction="")
    assert kept[0].weight == max(Match.objects.values_list("score", flat=True))
    assert forget_old_changes(now=timezone.now()) == 0
    assert forget_old_changes(now=timezone.now() + timedelta(days=91)) == 2
    run.refresh_from_db()
    assert run.summary["new"] == 4


@pytest.mark.django_db(transaction=True)
def test_a_run_stopped_while_it_writes_leaves_everything_and_keeps_nobody_waiting(
    client, monkeypatch
):
    match = MatchFactory()
    member = MembershipFactory(company=match.need.company)
    OfferingFactory()
    before = list(Match.objects.order_by("pk").values())
    run = request_run(policy=PolicyFactory(), actor=None, now=timezone.now())
    approve = computation.approve_automatically

    def stop_meanwhile(**told):
        # The proposals are written but not committed: another person presses the button.
        def stop() -> None:
            cancel_run(run=MatchRun.objects.get(pk=run.pk), actor=None, now=timezone.now())
            connection.close()

        with ThreadPoolExecutor(1) as pool:
            pool.submit(stop).result(timeout=10)
        return approve(**told)

    monkeypatch.setattr(computation, "approve_automatically", stop_meanwhile)
    compute_run(run_id=run.pk, clock=timezone.now)
    run.refresh_from_db()
    assert (run.state, run.changes.count()) == (RunState.CANCELLED, 0)
    assert list(Match.objects.order_by("pk").values()) == before
    client.force_login(member.user)
    assert client.get(reverse("matching:inbox")).context["page"].paginator.count == 0
    assert not Message.objects.exists()
    client.force_login(StaffFactory())
    assert "nobody was written to" in client.get(page(run)).text


@DB
def test_the_page_of_a_run(client, staff):
    policy = PolicyFactory()
    NeedFactory(title_ko="감광액", title_ja="フォトレジスト")
    OfferingFactory()
    run_now(policy=policy)
    OfferingFactory(company__verified_at=timezone.now())
    run = run_now(policy=policy)
    shown = client.get(page(run))
    assert "What came, went and moved" in shown.text
    assert "A firm is new among the verified ones." in shown.text
    assert [line.difference for line in shown.context["lines"][:2]] == [0, 1]
    went = client.get(page(run), {"kind": "went"})
    assert "Nothing of this kind." in went.text
    # A run from before snapshots had a time.
    old = RunFactory(state="completed")
    assert client.get(page(old)).status_code == 200
    for nonsense in ({"kind": "x"}, {"cause": "\x00"}, {"page": "999"}, {"direction": "up"}):
        assert client.get(page(run), nonsense).status_code == 200


@DB
@pytest.mark.parametrize("count", [1, 3])
def test_query_budgets(client, staff, django_assert_num_queries, count):
    policy = PolicyFactory()
    NeedFactory(seats=9)
    run_now(policy=policy)
    for _ in range(count):
        OfferingFactory()
        run = run_now(policy=policy)
    client.get(LIST)
    with django_assert_num_queries(LIST_QUERIES):
        client.get(LIST)
    run.changes.update(kind="came")
    with django_assert_num_queries(RUN_QUERIES):
        client.get(page(run))


@DB
def test_progress_says_phase_speed_and_time_left(client, staff):
    now = timezone.now()
    run = RunFactory(
        state="running",
        phase="scoring",
        phases={
            "reading": (now - timedelta(seconds=25)).isoformat(),
            "scoring": (now - timedelta(seconds=20)).isoformat(),
        },
        needs_total=1000,
        needs_done=500,
        needs_before=300,
        heartbeat_at=now,
        started_at=now,
    )
    text = client.get(page(run)).text
    assert "10 needs a second" in text
    assert "about 50 seconds left" in text
    assert 'aria-current="step"' in text
    assert "has been silent" not in text
    MatchRun.objects.update(heartbeat_at=now - timedelta(minutes=5))
    fragment = client.get(page(run), headers={"HX-Request": "true"})
    assert "has been silent" in fragment.text
    MatchRun.objects.update(state="completed", finished_at=now)
    assert client.get(page(run), headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


@DB
def test_failures_are_told_with_what_to_do(client, staff):
    run = RunFactory(state="failed", failure="MemoryError: out of it", attempts=5)
    text = client.get(page(run)).text
    assert "needed more memory" in text
    assert "Start runs for single sectors" in text
    assert "MemoryError: out of it" in text
    for kept in (*KINDS, "ValueError: odd", ""):
        told = failure_of(kept)
        for language in LANGUAGES:
            with in_language(language):
                assert str(told.what)
                assert str(told.advice)
    assert failure_of("error: Error -3 while decompressing").what == KINDS["zlib.error"][0]


@DB
def test_the_nightly_run_is_shown_and_asked_for_once(client, staff):
    now = timezone.localtime(timezone.now()).replace(hour=2, minute=0)
    assert next_nightly_run(now) == now.replace(hour=3, minute=0, second=0, microsecond=0)
    assert next_nightly_run(now + timedelta(hours=3)) == datetime.combine(
        now.date() + timedelta(days=1), datetime.min.time(), tzinfo=now.tzinfo
    ) + timedelta(hours=3)
    assert request_nightly_run(now=now) is None
    assert "waits for a policy" in client.get(LIST).text
    policy = PolicyFactory()
    assert "Next full run by schedule" in client.get(LIST).text
    run = request_nightly_run(now=now)
    assert (run.policy, run.requested_by) == (policy, None)
    assert request_nightly_run(now=now) is None
    assert not RunChange.objects.exists()
