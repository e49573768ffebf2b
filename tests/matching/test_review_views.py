"""The review page: who gets in, what it shows, what a decision does."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.choices import StaffRole
from matching.choices import Decision, MatchState, RejectReason
from matching.models import Match, Review
from matching.services import approve_match
from tests.factories import (
    ConceptFactory,
    MatchFactory,
    NeedFactory,
    OfferingFactory,
    SectorFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def reviewer(client: Client) -> Client:
    client.force_login(StaffFactory(language="en"))
    return client


def decide(client: Client, match: Match, decision: str, **data: object) -> object:
    return client.post(
        reverse("matching:review_decide", args=[match.pk, decision]), data, headers=HTMX
    )


def test_the_most_valuable_match_is_opened_first(reviewer: Client) -> None:
    MatchFactory(score=0.5, confidence=0.9, value=0.45)
    best = MatchFactory(score=0.9, confidence=0.9, value=0.81)
    page = reviewer.get(reverse("matching:review"))
    assert page.context["match"] == best
    assert [row.match.value for row in page.context["queue"]] == [0.81, 0.45]


def test_an_empty_queue_says_what_to_do_next(reviewer: Client) -> None:
    page = reviewer.get(reverse("matching:review")).content.decode()
    assert reverse("matching:runs") in page


def test_approving_brings_the_next_match_and_an_undo(reviewer: Client) -> None:
    first, second = MatchFactory(value=0.9), MatchFactory(value=0.8)
    answer = decide(reviewer, first, "approve")
    assert answer.context["match"] == second
    assert reverse("matching:review_undo", args=[first.pk]) in answer.content.decode()
    first.refresh_from_db()
    assert first.state == MatchState.APPROVED
    assert answer.headers["HX-Push-Url"] == reverse("matching:review_match", args=[second.pk])
    assert "<html" not in answer.content.decode()


def test_without_script_a_decision_redirects_to_the_next(reviewer: Client) -> None:
    first, second = MatchFactory(value=0.9), MatchFactory(value=0.8)
    answer = reviewer.post(
        reverse("matching:review_decide", args=[first.pk, "approve"]) + "?min_score=50"
    )
    assert answer.status_code == 302
    assert answer.url == reverse("matching:review_match", args=[second.pk]) + "?min_score=50"


def test_a_rejection_needs_its_reason_and_keeps_the_words(reviewer: Client) -> None:
    match = MatchFactory()
    answer = decide(reviewer, match, "reject", reason=RejectReason.OTHER, note="")
    assert answer.status_code == 422
    assert answer.context["reject_form"].errors["note"]
    decide(reviewer, match, "reject", reason=RejectReason.WRONG_PRODUCT, note="금형이 아님")
    match.refresh_from_db()
    assert match.state == MatchState.REJECTED
    review = Review.objects.get(match=match)
    assert (review.reason, review.note) == (RejectReason.WRONG_PRODUCT, "금형이 아님")


def test_hold_takes_a_match_out_of_the_queue_until_the_day(reviewer: Client) -> None:
    match = MatchFactory()
    until = timezone.localdate() + timedelta(days=7)
    decide(reviewer, match, "hold", until=until.isoformat(), note="wait for the sample")
    assert reviewer.get(reverse("matching:review")).context["match"] is None
    held = reviewer.get(reverse("matching:review"), {"folder": "held"})
    assert held.context["match"] == match
    assert "wait for the sample" in held.content.decode()


def test_a_hold_in_the_past_comes_back_with_the_reason(reviewer: Client) -> None:
    match = MatchFactory()
    answer = decide(reviewer, match, "hold", until="2020-01-01")
    match.refresh_from_db()
    assert match.held_until is None
    assert "Choose a day in the future." in answer.content.decode()


def test_undo_puts_the_match_back(reviewer: Client) -> None:
    match = MatchFactory()
    decide(reviewer, match, "approve")
    answer = reviewer.post(reverse("matching:review_undo", args=[match.pk]), headers=HTMX)
    assert answer.context["match"] == match
    match.refresh_from_db()
    assert match.state == MatchState.PROPOSED


def test_the_second_reviewer_is_told_who_was_first(reviewer: Client) -> None:
    match = MatchFactory()
    approve_match(match=match, actor=StaffFactory(name="Kim Jiwoo"), now=timezone.now())
    answer = decide(reviewer, match, "reject", reason=RejectReason.CAPACITY)
    assert "Kim Jiwoo decided this match before you" in answer.content.decode()
    assert not Review.objects.filter(decision=Decision.REJECTED).exists()


def test_a_prospect_can_be_seen_but_not_decided(reviewer: Client) -> None:
    match = MatchFactory(is_prospect=True)
    page = reviewer.get(reverse("matching:review_match", args=[match.pk]))
    assert (
        reverse("matching:review_decide", args=[match.pk, "approve"]) not in page.content.decode()
    )
    assert decide(reviewer, match, "approve").status_code == 403
    listed = reviewer.get(reverse("matching:prospects")).content.decode()
    assert reverse("matching:review_match", args=[match.pk]) in listed


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"direction": "kr_to_jp"}, True),
        ({"direction": "jp_to_kr"}, False),
        ({"min_score": "90"}, False),
        ({"q": "감광액"}, True),
        ({"q": "nothing like it"}, False),
        ({"sector": "semiconductors"}, True),
        ({"sector": "no such sector"}, True),
    ],
)
def test_filters_narrow_the_queue(reviewer: Client, filters: dict[str, str], found: bool) -> None:
    match = MatchFactory(score=0.8, offering=OfferingFactory(title_ko="고순도 감광액"))
    match.offering.company.sectors.add(SectorFactory(code="semiconductors"))
    page = reviewer.get(reverse("matching:review"), filters)
    assert (page.context["match"] == match) is found


def test_foreign_terms_are_glossed_for_the_reader(client: Client) -> None:
    concept = ConceptFactory(label_ko="감광액", label_ja="フォトレジスト", label_en="photoresist")
    offering = OfferingFactory(
        language="ko", title_ko="고순도 감광액 공급", text_ko="감광액입니다."
    )
    need = NeedFactory(language="ja", title_ja="フォトレジストの調達", text_ja="探しています。")
    offering.concepts.add(concept)
    need.concepts.add(concept)
    match = MatchFactory(offering=offering, need=need)
    client.force_login(StaffFactory(language="ja"))
    page = client.get(reverse("matching:review_match", args=[match.pk])).content.decode()
    assert '감광액<span class="gloss" lang="ja">フォトレジスト</span>' in page
    assert "フォトレジスト<span" not in page


def test_texts_of_firms_cannot_inject_markup(reviewer: Client) -> None:
    offering = OfferingFactory(language="ko", title_ko="<script>alert(1)</script>")
    match = MatchFactory(offering=offering)
    page = reviewer.get(reverse("matching:review_match", args=[match.pk])).content.decode()
    assert "<script>alert" not in page


def test_the_queue_asks_the_same_number_of_queries_for_one_and_for_many(
    reviewer: Client,
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            reviewer.get(reverse("matching:review"))
        return len(captured)

    MatchFactory(value=0.9)
    reviewer.get(reverse("matching:review"))
    one = count()
    for value in (0.1, 0.2, 0.3):
        MatchFactory(value=value)
    assert count() == one <= 65


@pytest.mark.parametrize("name", ["review", "runs", "policies", "prospects"])
def test_strangers_find_nothing(client: Client, name: str) -> None:
    assert client.get(reverse(f"matching:{name}")).status_code == 404
    client.force_login(UserFactory())
    assert client.get(reverse(f"matching:{name}")).status_code == 404


def test_a_run_is_started_watched_and_stopped(reviewer: Client) -> None:
    answer = reviewer.post(reverse("matching:runs"), {"includes_prospects": "on"})
    page = reviewer.get(answer.url)
    run = page.context["run"]
    assert run.includes_prospects
    assert 'hx-trigger="every 2s"' in page.content.decode()
    reviewer.post(reverse("matching:run_cancel", args=[run.pk]))
    ended = reviewer.get(answer.url, headers=HTMX).content.decode()
    assert "every 2s" not in ended
    assert "<html" not in ended


def test_only_supervisors_change_policies(client: Client) -> None:
    client.force_login(StaffFactory())
    assert client.get(reverse("matching:policies")).status_code == 200
    assert client.get(reverse("matching:policy_new")).status_code == 403
    client.force_login(StaffFactory(staff_role=StaffRole.SUPERVISOR))
    form = client.get(reverse("matching:policy_new")).context["form"]
    data = {name: value for name, value in form.initial.items() if value is not None}
    answer = client.post(reverse("matching:policy_new"), data | {"min_score": 60})
    assert answer.status_code == 302
    draft = client.get(answer.url).context["policy"]
    assert (draft.state, draft.min_score) == ("draft", 0.6)
    activate = reverse("matching:policy_activate", args=[draft.version])
    seen = client.get(answer.url).context["activate_form"].initial | {"is_known": "on"}
    client.post(activate, seen | {"reason": ""})
    assert client.get(answer.url).context["policy"].state == "draft"
    client.post(activate, seen | {"reason": "fewer weak proposals"})
    assert client.get(answer.url).context["policy"].state == "active"
