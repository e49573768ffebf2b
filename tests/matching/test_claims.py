"""Soft claims and assignment: who looks at what, and who is handed which match next."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.errors import RuleViolated
from common.models import AuditEvent
from matching.choices import MatchState
from matching.models import Match, ReviewClaim
from matching.queries.queue import Wanted
from matching.services import (
    approve_match,
    assign_matches,
    claim_match,
    forget_old_claims,
    open_next,
    release_claims,
    withdraw_item,
)
from tests.factories import MatchFactory, StaffFactory, UserFactory

NOW = timezone.now()
HTMX = {"HX-Request": "true"}


@pytest.mark.django_db
def test_a_claim_stands_is_renewed_and_runs_out(settings):
    match, kim, sato = MatchFactory(), StaffFactory(), StaffFactory()
    assert claim_match(match=match, reviewer=kim, now=NOW).reviewer == kim
    later = NOW + settings.MATCH_CLAIM / 2
    seen = claim_match(match=match, reviewer=sato, now=later)
    assert (seen.reviewer, seen.since) == (kim, NOW)
    assert claim_match(match=match, reviewer=kim, now=later).since == NOW
    # Renewed in the middle, it holds longer than it did at first, but not for ever.
    assert claim_match(match=match, reviewer=sato, now=NOW + settings.MATCH_CLAIM).reviewer == kim
    over = later + settings.MATCH_CLAIM
    assert claim_match(match=match, reviewer=sato, now=over).reviewer == sato
    assert ReviewClaim.objects.get().since == over


@pytest.mark.django_db
def test_a_match_is_taken_over_knowingly_and_given_back():
    match, kim, sato = MatchFactory(), StaffFactory(), StaffFactory()
    claim_match(match=match, reviewer=kim, now=NOW)
    assert claim_match(match=match, reviewer=sato, takes_over=True, now=NOW).reviewer == sato
    assert claim_match(match=match, reviewer=kim, now=NOW).reviewer == sato
    assert release_claims(reviewer=kim) == 0
    assert release_claims(reviewer=sato, only=match.pk) == 1
    assert claim_match(match=match, reviewer=kim, now=NOW).reviewer == kim


@pytest.mark.django_db
def test_a_decided_match_is_nobodys():
    match = MatchFactory(state=MatchState.REJECTED)
    assert claim_match(match=match, reviewer=StaffFactory(), now=NOW) is None


@pytest.mark.django_db
def test_the_next_match_is_one_nobody_looks_at_and_own_ones_come_first():
    first, second, third = (MatchFactory(value=value) for value in (0.9, 0.8, 0.7))
    kim, sato = StaffFactory(), StaffFactory()
    assert open_next(wanted=Wanted(), reviewer=kim, now=NOW) == first
    assert open_next(wanted=Wanted(), reviewer=sato, now=NOW) == second
    # Asking again gives back what one had.
    assert open_next(wanted=Wanted(), reviewer=sato, now=NOW) == second
    assert open_next(wanted=Wanted(), reviewer=sato, after=second, now=NOW) == third
    # From the end it goes on at the top, past what others look at.
    assert open_next(wanted=Wanted(), reviewer=sato, after=third, now=NOW) == second
    assign_matches(match_ids=[third.pk], reviewer=kim, actor=sato, now=NOW)
    assert open_next(wanted=Wanted(), reviewer=kim, now=NOW) == third
    release_claims(reviewer=kim)
    # What is assigned to somebody is not handed to others, unless they ask for everybody's.
    assert open_next(wanted=Wanted(), reviewer=sato, after=second, now=NOW) == first
    everybodys = Wanted(assigned="anybody")
    assert open_next(wanted=everybodys, reviewer=sato, after=second, now=NOW) == third


@pytest.mark.django_db
def test_old_claims_are_forgotten(settings):
    match, kim = MatchFactory(), StaffFactory()
    claim_match(match=match, reviewer=kim, now=NOW)
    assert forget_old_claims(now=NOW + settings.MATCH_CLAIM) == 0
    assert forget_old_claims(now=NOW + settings.MATCH_CLAIM * 2) == 1


@pytest.mark.django_db
def test_assigning_leaves_a_trail_and_leaves_decided_ones_alone():
    open_one, decided = MatchFactory(), MatchFactory(state=MatchState.REJECTED)
    supervisor, kim = StaffFactory(staff_role="supervisor"), StaffFactory()
    ids = [open_one.pk, decided.pk]
    assert assign_matches(match_ids=ids, reviewer=kim, actor=supervisor, now=NOW) == 1
    open_one.refresh_from_db()
    assert open_one.assigned_to == kim
    event = AuditEvent.objects.get(verb="match.assigned")
    assert (event.actor, event.object_id, event.data) == (
        supervisor,
        str(open_one.pk),
        {"assigned_to": kim.email},
    )
    assert assign_matches(match_ids=ids, reviewer=None, actor=supervisor, now=NOW) == 1
    open_one.refresh_from_db()
    assert open_one.assigned_to is None
    with pytest.raises(RuleViolated):
        assign_matches(match_ids=ids, reviewer=UserFactory(), actor=supervisor, now=NOW)


@pytest.mark.django_db
def test_two_reviewers_open_the_queue_and_see_different_matches(client: Client):
    first, second = MatchFactory(value=0.9), MatchFactory(value=0.8)
    client.force_login(StaffFactory(language="en", name="Kim Jiwoo"))
    assert client.get(reverse("matching:review")).context["match"] == first
    other = Client()
    other.force_login(StaffFactory(language="en"))
    page = other.get(reverse("matching:review"))
    assert page.context["match"] == second
    assert "Kim Jiwoo looks at it" in page.content.decode()
    looked = other.get(reverse("matching:review_match", args=[first.pk])).content.decode()
    assert "Kim Jiwoo is looking at this match" in looked
    assert reverse("matching:review_decide", args=[first.pk, "approve"]) not in looked
    taken = other.post(
        reverse("matching:review_claim", args=[first.pk]), {"take_over": "1"}, headers=HTMX
    ).content.decode()
    assert reverse("matching:review_decide", args=[first.pk, "approve"]) in taken
    # The one who had it is told by the page's heartbeat.
    beat = client.post(reverse("matching:review_claim", args=[first.pk]), headers=HTMX)
    assert "is looking at this match" in beat.content.decode()
    assert "every 60s" not in beat.content.decode()


@pytest.mark.django_db
def test_leaving_the_page_gives_the_match_back(client: Client):
    match = MatchFactory()
    client.force_login(StaffFactory())
    client.get(reverse("matching:review"))
    assert ReviewClaim.objects.filter(match=match).exists()
    left = client.post(reverse("matching:review_release", args=[match.pk]))
    assert left.status_code == 204
    assert not ReviewClaim.objects.exists()


@pytest.mark.django_db
def test_the_heartbeat_tells_that_it_is_decided(client: Client):
    match = MatchFactory()
    client.force_login(StaffFactory(language="en"))
    client.get(reverse("matching:review"))
    approve_match(match=match, actor=StaffFactory(name="Sato Yui"), now=NOW)
    beat = client.post(reverse("matching:review_claim", args=[match.pk]), headers=HTMX)
    assert "Decided by Sato Yui" in beat.content.decode()


@pytest.mark.django_db
def test_only_supervisors_assign(client: Client):
    match, kim = MatchFactory(), StaffFactory()
    wish = {"chosen": str(match.pk), "reviewer": kim.pk}
    client.force_login(kim)
    assert client.post(reverse("matching:review_assign"), wish).status_code == 403
    client.force_login(StaffFactory(staff_role="supervisor"))
    assert client.post(reverse("matching:review_assign") + "?late=on", wish).url.endswith("late=on")
    match.refresh_from_db()
    assert match.assigned_to == kim


@pytest.mark.django_db
def test_a_withdrawn_match_is_out_of_turn():
    match = MatchFactory()
    withdraw_item(item_type=type(match.need), item_id=match.need_id, now=NOW)
    assert open_next(wanted=Wanted(), reviewer=StaffFactory(), now=NOW) is None


@pytest.mark.django_db(transaction=True)
def test_looking_at_a_match_does_not_wait_for_a_run_that_writes_it():
    match, kim = MatchFactory(), StaffFactory()

    def look() -> str:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET statement_timeout = '3s'")
            claim = claim_match(match=match, reviewer=kim, now=NOW)
            return "claimed" if claim else "nothing"
        finally:
            connection.close()

    with transaction.atomic():
        Match.objects.filter(pk=match.pk).update(score=0.7, updated_at=NOW + timedelta(minutes=1))
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(look).result(timeout=10) == "claimed"
