"""Filters, saved views and who is late."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from common.errors import RuleViolated
from matching.business_days import business_days_after, business_days_before
from matching.choices import MatchState
from matching.models import DefaultView, Match, SavedView
from matching.queries import queue
from matching.queries.lateness import desks, late_matches, sector_lines
from matching.queries.queue import QUEUE_SIZE, Wanted, queue_rows, review_matches
from matching.queries.terms import review_terms
from matching.services import (
    approve_match,
    assign_matches,
    remove_view,
    save_view,
    set_default_view,
    share_view,
)
from matching.services.digests import digest_figures
from matching.services.saved_views import MOST_VIEWS
from tests.factories import (
    MatchFactory,
    OfferingFactory,
    PolicyFactory,
    RunFactory,
    SectorFactory,
    StaffFactory,
)

NOW = timezone.now()
SEOUL = ZoneInfo("Asia/Seoul")
START = datetime(2026, 1, 1, tzinfo=SEOUL)
moments = st.integers(0, 3_000_000).map(lambda minutes: START + timedelta(minutes=minutes))


@given(proposed=moments, now=moments, days=st.integers(1, 30))
def test_late_is_past_due(proposed: datetime, now: datetime, days: int) -> None:
    """The due time shown and the filter of the late ones say the same."""
    is_late = proposed <= business_days_before(now, days)
    assert is_late == (business_days_after(proposed, days) <= now)


@pytest.fixture
def kim(client: Client):
    user = StaffFactory(language="en")
    client.force_login(user)
    return user


def found(user, **wishes) -> set[Match]:
    return set(review_matches(Wanted(**wishes), user=user, now=NOW))


@pytest.mark.django_db
def test_each_filter_finds_its_matches(kim) -> None:
    old = MatchFactory(created_at=NOW - timedelta(days=40), run=RunFactory())
    other = RunFactory(policy=PolicyFactory(version=9, state="retired"))
    new = MatchFactory(run=other, offering=OfferingFactory(title_ko="감광액"))
    sato = StaffFactory()
    assert found(kim) == {old, new}
    assert found(kim, is_late=True) == {old} == found(kim, age=30)
    assert found(kim, policy=9) == {new}
    assert found(kim, firm=new.buyer.pk) == {new} == found(kim, firm=new.seller.pk)
    assert found(kim, q="감광액") == {new}
    with pytest.MonkeyPatch.context() as patch:
        # The other way, for words that many items bear.
        patch.setattr(queue, "FEW_ITEMS", 0)
        assert found(kim, q="감광액") == {new}
    assert found(kim, q=old.buyer.name_en or old.buyer.name_ja) >= {old}
    assign_matches(match_ids=[new.pk], reviewer=sato, actor=kim, now=NOW)
    assert found(kim) == {old} == found(kim, assigned="nobody")
    assert found(kim, assigned="anybody") == {old, new} == found(sato)
    assert found(sato, assigned="me") == {new} == found(kim, assigned=str(sato.pk))


@pytest.mark.django_db
def test_the_list_goes_on_where_it_stopped(kim, client: Client) -> None:
    firm = OfferingFactory().company
    matches = [
        # Equal ones are told apart by their ids.
        MatchFactory(offering=OfferingFactory(company=firm), value=round(n / 40, 1))
        for n in range(QUEUE_SIZE + 3)
    ]
    ordered = list(Match.objects.order_by("-priority", "pk"))
    page = client.get(reverse("matching:review"))
    assert [row.match for row in page.context["queue"]] == ordered[:QUEUE_SIZE]
    last = page.context["last"]
    further = client.get(reverse("matching:review"), {"after": last.pk})
    assert [row.match for row in further.context["queue"]] == ordered[QUEUE_SIZE:]
    assert further.context["last"] is None
    assert client.get(reverse("matching:review"), {"after": "x"}).status_code == 200
    Match.objects.update(state=MatchState.REJECTED, decided_by=kim, decided_at=NOW)
    decided = review_matches(Wanted(folder="decided"), user=kim, now=NOW)
    first = queue_rows(decided)
    assert len(first) == QUEUE_SIZE + 1
    assert len(queue_rows(decided, after=first[QUEUE_SIZE - 1])) == len(matches) - QUEUE_SIZE


@pytest.mark.django_db
def test_a_view_is_saved_opened_first_and_removed(kim, client: Client) -> None:
    MatchFactory(direction="kr_to_jp", score=0.9)
    lower = MatchFactory(direction="kr_to_jp", score=0.3, value=0.99)
    address = reverse("matching:review_views")
    client.post(f"{address}?min_score=80&direction=kr_to_jp&nonsense=1", {"name": "Strong ones"})
    view = SavedView.objects.get()
    assert (view.owner, view.query) == (kim, {"min_score": "80", "direction": "kr_to_jp"})
    page = client.get(address)
    assert page.context["views"][0]["count"] == 1
    assert "Score: 80 and above" in page.content.decode()
    counts = client.get(reverse("matching:review_counts")).content.decode()
    assert "Strong ones" in counts
    act = reverse("matching:review_view_act", args=[view.pk, "default"])
    client.post(act)
    opened = client.get(reverse("matching:review"), follow=True)
    assert opened.context["match"] != lower
    assert opened.context["total"] == 1
    # All matches are one click away.
    assert client.get(reverse("matching:review"), {"folder": "queue"}).context["total"] == 2
    client.post(reverse("matching:review_view_act", args=[view.pk, "no-default"]))
    assert client.get(reverse("matching:review")).context["total"] == 2
    client.post(reverse("matching:review_view_act", args=[view.pk, "remove"]))
    assert not SavedView.objects.exists()


@pytest.mark.django_db
def test_only_supervisors_share(kim, client: Client) -> None:
    chief = StaffFactory(staff_role="supervisor")
    with pytest.raises(PermissionDenied):
        save_view(name="x", query={}, is_shared=True, owner=kim, now=NOW)
    own = save_view(name="mine", query={}, is_shared=False, owner=kim, now=NOW)
    shared = save_view(name="ours", query={"late": "on"}, is_shared=True, owner=chief, now=NOW)
    names = [
        each["view"].name for each in client.get(reverse("matching:review_views")).context["views"]
    ]
    assert names == ["mine", "ours"]
    act = "matching:review_view_act"
    assert client.post(reverse(act, args=[shared.pk, "remove"])).status_code == 403
    assert client.post(reverse(act, args=[shared.pk, "unshare"])).status_code == 403
    assert client.post(reverse(act, args=[shared.pk, "explode"])).status_code == 404
    set_default_view(view=shared, user=kim)
    share_view(view=shared, is_shared=False, actor=chief, now=NOW)
    assert not DefaultView.objects.exists()
    assert client.post(reverse(act, args=[shared.pk, "default"])).status_code == 404
    with pytest.raises(PermissionDenied):
        remove_view(view=own, actor=StaffFactory(), now=NOW)
    remove_view(view=own, actor=kim, now=NOW)


@pytest.mark.django_db
def test_views_have_names_and_a_limit(kim) -> None:
    with pytest.raises(RuleViolated):
        save_view(name=" ", query={}, is_shared=False, owner=kim, now=NOW)
    for number in range(MOST_VIEWS):
        save_view(name=f"view {number}", query={}, is_shared=False, owner=kim, now=NOW)
    with pytest.raises(RuleViolated):
        save_view(name="one more", query={}, is_shared=False, owner=kim, now=NOW)
    save_view(name="view 3", query={"late": "on"}, is_shared=False, owner=kim, now=NOW)
    assert SavedView.objects.get(name="view 3").query == {"late": "on"}


@pytest.mark.django_db
def test_the_views_ask_the_same_number_of_queries_for_one_and_for_many(kim, client: Client) -> None:
    def count(name: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(name))
        return len(captured)

    for number in range(3):
        save_view(name=f"view {number}", query={"late": "on"}, is_shared=False, owner=kim, now=NOW)
        if number == 0:
            count("matching:review_views")
            one = count("matching:review_views"), count("matching:review_counts")
    assert (count("matching:review_views"), count("matching:review_counts")) == one
    assert one[0] <= 18
    assert one[1] <= 10


@pytest.mark.django_db
def test_who_is_late(kim, client: Client) -> None:
    sector = SectorFactory(code="bio")
    chief, sato = StaffFactory(staff_role="supervisor"), StaffFactory()
    late, fresh, unassigned = (
        MatchFactory(created_at=NOW - timedelta(days=days)) for days in (30, 0, 30)
    )
    held = MatchFactory(created_at=NOW - timedelta(days=30))
    Match.objects.filter(pk=held.pk).update(held_until=timezone.localdate(NOW) + timedelta(days=3))
    late.buyer.sectors.add(sector)
    assign_matches(match_ids=[late.pk, fresh.pk], reviewer=sato, actor=chief, now=NOW)
    approve_match(match=MatchFactory(), actor=sato, now=NOW)
    lines = {desk.reviewer: desk for desk in desks(terms=review_terms(), now=NOW + timedelta(1))}
    assert (lines[sato].waiting, lines[sato].late, lines[sato].decided) == (2, 1, 1)
    assert (lines[None].waiting, lines[None].late) == (1, 1)
    assert (lines[kim].waiting, lines[kim].late) == (0, 0)
    assert lines[sato].oldest == late.created_at
    bio = next(
        each for each in sector_lines(terms=review_terms(), now=NOW) if each.sector == sector
    )
    assert (bio.waiting, bio.late) == (1, 1)
    assert late_matches(review_terms(), NOW) == 2 == digest_figures(NOW).late_reviews
    assert unassigned in found(kim, is_late=True)
    assert client.get(reverse("matching:review_late")).status_code == 403
    client.force_login(chief)
    page = client.get(reverse("matching:review_late")).content.decode()
    assert f"?late=on&amp;assigned={sato.pk}" in page
    shown = client.get(reverse("matching:review"), {"late": "on", "assigned": str(sato.pk)})
    assert shown.context["match"] == late
    assert "Due since" in shown.content.decode()


@pytest.mark.django_db
def test_the_policy_says_how_long_a_decision_may_take(kim) -> None:
    match = MatchFactory(created_at=NOW - timedelta(days=14))
    PolicyFactory(review_days=20)
    assert found(kim, is_late=True) == set()
    PolicyFactory._meta.model.objects.update(review_days=5)
    assert found(kim, is_late=True) == {match}
