"""A firm's own pages: who sees what, in how many queries, and what a click does."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from matching.choices import AnswerKind, MatchState, OutcomeStage, Side
from matching.models import Answer, Match, Outcome
from tests.factories import (
    CompanyFactory,
    MatchFactory,
    MembershipFactory,
    NeedFactory,
    OfferingFactory,
    UserFactory,
)
from tests.matching.scenes import answer, introduced_match, member_of, published_match

INBOX = reverse("matching:inbox")


def page_of(match: Match) -> str:
    return reverse("matching:match", args=[match.pk])


def log_in(client, match: Match, side: Side = Side.BUYER):
    user = member_of(match, side)
    client.force_login(user)
    return user


@pytest.mark.django_db
def test_inbox_groups_by_item_and_says_what_waits(client):
    match = published_match()
    other = published_match(need=match.need)
    answer(other, Side.BUYER)
    log_in(client, match)
    for folder, expected in (("open", match), ("waiting", other)):
        page = client.get(INBOX, {"folder": folder})
        (group,) = page.context["groups"]
        assert group.item == match.need
        (row,) = group.rows
        assert (row.match, row.is_waiting_for_us) == (expected, folder == "open")
        assert page.context["counts"] == {"open": 1, "waiting": 1, "introduced": 0, "ended": 0}


@pytest.mark.django_db
def test_inbox_shows_neither_proposals_nor_prospects_nor_strangers_matches(client):
    match = published_match()
    MatchFactory(need=match.need)
    MatchFactory(need=match.need, is_prospect=True)
    published_match()
    log_in(client, match)
    rows = [row.match for group in client.get(INBOX).context["groups"] for row in group.rows]
    assert rows == [match]


@pytest.mark.django_db
@pytest.mark.parametrize("folder", ["open", "waiting", "introduced", "ended"])
def test_an_empty_folder_says_what_to_do(client, folder):
    client.force_login(UserFactory())
    page = client.get(INBOX, {"folder": folder})
    assert page.status_code == 200
    assert 'class="empty"' in page.content.decode()


@pytest.mark.django_db
def test_folders_sort_by_state(client):
    match = introduced_match()
    log_in(client, match)
    assert client.get(INBOX).context["groups"] == []
    assert len(client.get(INBOX, {"folder": "introduced"}).context["groups"]) == 1
    assert client.get(INBOX, {"folder": "nonsense"}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_the_inbox_costs_the_same_for_one_and_for_three(
    client, count, django_assert_max_num_queries
):
    buyer = CompanyFactory(country="JP", with_owner=True)
    for _ in range(count):
        match = published_match(need=NeedFactory(company=buyer))
    log_in(client, match)
    client.get(INBOX)
    with django_assert_max_num_queries(24) as seen:
        client.get(INBOX)
    assert len(seen) == QUERIES.setdefault("inbox", len(seen))


QUERIES: dict[str, int] = {}


@pytest.mark.django_db
def test_strangers_get_404_and_visitors_the_log_in(client):
    match = published_match()
    assert client.get(INBOX).status_code == 302
    assert client.get(page_of(match)).status_code == 302
    for stranger in (UserFactory(), member_of(published_match(), Side.BUYER)):
        client.force_login(stranger)
        assert client.get(page_of(match)).status_code == 404
        assert client.post(page_of(match), {"kind": "interested"}).status_code == 404
    log_in(client, match)
    unpublished = MatchFactory(need=match.need)
    assert client.get(page_of(unpublished)).status_code == 404


@pytest.mark.django_db
def test_a_viewer_sees_but_may_not_answer(client):
    match = published_match()
    viewer = MembershipFactory(company=match.buyer, role="viewer").user
    client.force_login(viewer)
    assert client.get(page_of(match)).status_code == 200
    assert client.post(page_of(match), {"kind": "interested"}).status_code == 403
    assert not Answer.objects.exists()


@pytest.mark.django_db
def test_answering_on_the_page(client):
    match = published_match()
    user = log_in(client, match)
    page = client.post(page_of(match), {"kind": AnswerKind.INTERESTED}, follow=True)
    assert page.status_code == 200
    assert Answer.objects.get().by == user
    page = client.post(page_of(match), {"kind": AnswerKind.DECLINED, "note": "typed words"})
    assert page.context["form"].errors
    assert "typed words" in page.content.decode()


@pytest.mark.django_db
def test_an_answer_that_comes_too_late_is_told_and_changes_nothing(client):
    match = published_match(timezone.now() - timedelta(days=22))
    log_in(client, match)
    page = client.post(page_of(match), {"kind": AnswerKind.INTERESTED}, follow=True)
    assert page.status_code == 200
    assert not Answer.objects.exists()


@pytest.mark.django_db
def test_a_hidden_name_stays_hidden_until_the_introduction(client):
    seller = CompanyFactory(
        with_owner=True, is_name_hidden=True, name_ko="주식회사 비밀", name_en=""
    )
    match = published_match(offering=OfferingFactory(company=seller))
    log_in(client, match)
    for url in (INBOX, page_of(match)):
        assert "주식회사 비밀" not in client.get(url).content.decode()
    for side in Side:
        answer(match, side)
    page = client.get(page_of(match)).content.decode()
    assert "주식회사 비밀" in page
    assert member_of(match, Side.SELLER).email in page


@pytest.mark.django_db
def test_outcome_on_the_page_after_the_introduction(client):
    match = introduced_match()
    log_in(client, match)
    url = reverse("matching:match_outcome", args=[match.pk])
    assert client.get(url).status_code == 405
    assert client.post(url, {"stage": OutcomeStage.MET, "note": "good talk"}).status_code == 302
    assert Outcome.objects.get().note == "good talk"
    client.post(url, {"stage": "riches"})
    assert Outcome.objects.count() == 1
    client.force_login(UserFactory())
    assert client.post(url, {"stage": OutcomeStage.NDA}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ko", "ja", "en"])
@pytest.mark.parametrize(
    "state", [MatchState.DECLINED, MatchState.EXPIRED, MatchState.WITHDRAWN, MatchState.INTRODUCED]
)
def test_every_state_has_its_page_in_every_language(client, state, language):
    match = introduced_match() if state == MatchState.INTRODUCED else published_match()
    Match.objects.filter(pk=match.pk).update(state=state)
    user = log_in(client, match)
    user.language = language
    user.save()
    assert client.get(page_of(match)).status_code == 200
