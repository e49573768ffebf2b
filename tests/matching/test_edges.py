"""Late, twice, at once, from an old page: nothing happens twice, and a sentence says what holds."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.errors import StateChanged
from companies.services import (
    close_item,
    lapse_verifications,
    save_company,
    suspend_company,
)
from mailing.models import Message
from matching.choices import AnswerKind, DeclineReason, EventReason, MatchState, Side
from matching.links import answer_url
from matching.models import Answer, Introduction, Match
from matching.queries.settled import settled
from matching.services import answer_match, take_back_answer
from tests.factories import MembershipFactory, StaffFactory
from tests.matching.concurrency import at_once
from tests.matching.scenes import answer, member_of, published_match

LANGUAGES = ("ko", "ja", "en")


def link(match: Match, side: Side = Side.BUYER) -> str:
    return "/" + answer_url(match, side, member_of(match, side)).split("/", 3)[3]


def page_of(match: Match) -> str:
    return reverse("matching:match", args=[match.pk])


def seen_in(language: str, match: Match, side: Side = Side.BUYER) -> str:
    """What the page behind the link says to the side in the language."""
    User.objects.filter(pk=member_of(match, side).pk).update(language=language)
    page = Client().get(link(match, side))
    assert page.status_code == 200
    assert page.context["settled"].text in page.content.decode().replace("&quot;", '"')
    return str(page.context["settled"].text)


def assert_told_in_every_language(match: Match, side: Side = Side.BUYER) -> None:
    assert len({seen_in(language, match, side) for language in LANGUAGES}) == len(LANGUAGES)


# --- At the same moment ----------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_firms_answering_at_once_meet_once_and_get_one_letter_each():
    match = published_match()
    pages = [link(match, side) for side in Side]
    codes: list[int] = []

    def post(path: str) -> None:
        codes.append(Client().post(path, {"kind": "interested", "seen": ""}).status_code)

    at_once(*(lambda path=path: post(path) for path in pages * 2))
    assert codes == [302] * 4
    assert Introduction.objects.count() == 1
    assert Message.objects.filter(kind="match_introduction").count() == 2
    assert Answer.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_double_click_is_one_answer():
    match = published_match()
    at_once(*[lambda: answer(match, Side.BUYER, seen="")] * 3)
    assert Answer.objects.count() == 1
    assert match.events.filter(to_state=MatchState.INTRODUCED).count() == 0
    declines = {"reason": DeclineReason.PRICE, "note": "too high"}
    at_once(*[lambda: answer(match, Side.SELLER, AnswerKind.DECLINED, **declines)] * 2)
    assert Message.objects.filter(kind="match_declined").count() == 1


@pytest.mark.django_db
def test_a_double_click_ends_on_the_same_friendly_page(client):
    match = published_match()
    for _ in range(2):
        page = client.post(link(match), {"kind": "not_now", "seen": ""}, follow=True)
        assert page.status_code == 200
        assert page.context["was_changed"]
        assert page.context["error"] == ""


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_with_different_answers_do_not_overwrite_each_other():
    match = published_match()
    colleague = MembershipFactory(company=match.buyer, role="editor").user
    ended = at_once(
        lambda: answer(match, Side.BUYER, seen=""),
        lambda: answer(match, Side.BUYER, AnswerKind.NOT_NOW, by=colleague, seen=""),
    )
    assert sorted(ended) == ["StateChanged", "done"]
    assert Answer.objects.count() == 1


# --- From an old page ------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_stale_form_is_told_which_colleague_answered_what(client, language):
    match = published_match()
    colleague = MembershipFactory(company=match.buyer, role="editor", user__name="佐藤 한").user
    answer(match, Side.BUYER, by=colleague)
    person = member_of(match, Side.BUYER)
    User.objects.filter(pk=person.pk).update(language=language)
    page = client.post(link(match), {"kind": "not_now", "seen": ""})
    assert "佐藤 한" in page.context["error"]
    assert Answer.objects.get().kind == AnswerKind.INTERESTED
    # The page that comes back knows the answer: pressing again changes it.
    seen = page.context["form"].fields and page.context["own_answer"].at.isoformat()
    client.post(link(match), {"kind": "not_now", "seen": seen})
    assert Answer.objects.get().kind == AnswerKind.NOT_NOW


@pytest.mark.django_db
def test_the_page_that_follows_a_refusal_carries_the_present_answer(client):
    match = published_match()
    answer(match, Side.BUYER)
    client.force_login(member_of(match, Side.BUYER))
    client.post(page_of(match), {"kind": "not_now", "seen": ""}, follow=True)
    page = client.get(page_of(match))
    assert Answer.objects.get().at.isoformat() in page.content.decode()


# --- Links -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_link_after_the_time_says_so():
    match = published_match(timezone.now() - timedelta(days=22))
    assert_told_in_every_language(match)
    page = Client().post(link(match), {"kind": "interested"})
    assert page.context["error"] == page.context["settled"].text
    assert not Answer.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_of_an_earlier_round_leads_to_the_match(client, language):
    match = published_match()
    old = link(match)
    User.objects.filter(pk=member_of(match, Side.BUYER).pk).update(language=language)
    Match.objects.update(round=2)
    page = client.get(old)
    assert page.status_code == 404
    assert page_of(match) in page.content.decode()
    assert page.context["why"]


@pytest.mark.django_db
def test_the_link_of_a_removed_member_says_whom_to_ask(client):
    match = published_match()
    old, person = link(match), member_of(match, Side.BUYER)
    MembershipFactory(company=match.buyer)
    person.memberships.all().delete()
    page = client.post(old, {"kind": "interested"})
    assert page.status_code == 404
    assert page.context["why"]
    assert str(match.pk) not in page.content.decode()
    assert not Answer.objects.exists()


@pytest.mark.django_db
def test_a_scanner_that_opens_every_link_changes_nothing(client):
    match = published_match()
    before = Match.objects.values().get()
    for query in ("", "?answer=interested", "?answer=not_now", "?done=1", "?undone=1", "?undo=1"):
        client.get(link(match) + query)
        client.head(link(match) + query)
        client.options(link(match) + query)
    assert Match.objects.values().get() == before
    assert not Answer.objects.exists()


@pytest.mark.django_db
def test_the_link_works_without_cookies():
    match = published_match()
    for data in ({"kind": "interested", "seen": ""}, {"undo": "1"}):
        strict = Client(enforce_csrf_checks=True)
        assert strict.post(link(match), data).status_code == 302
    assert not Answer.objects.exists()


@pytest.mark.django_db
def test_the_page_of_somebody_logged_in_still_asks_for_the_token():
    match = published_match()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member_of(match, Side.BUYER))
    assert strict.post(page_of(match), {"kind": "interested"}).status_code == 403


# --- What happened meanwhile -----------------------------------------------------------------


def close_need(match: Match) -> None:
    close_item(item=match.need, actor=member_of(match, Side.BUYER), now=timezone.now())


def suspend_buyer(match: Match) -> None:
    staff = StaffFactory(staff_role="supervisor")
    suspend_company(company=match.buyer, note="to check", actor=staff, now=timezone.now())


def lapse_seller(match: Match) -> None:
    match.seller.verified_until = timezone.now() - timedelta(days=1)
    match.seller.save()
    lapse_verifications(now=timezone.now())


def pause_seller(match: Match) -> None:
    seller = match.seller
    seller.is_matching_enabled = False
    actor = member_of(match, Side.SELLER)
    save_company(company=seller, changed=["is_matching_enabled"], actor=actor, now=timezone.now())


@pytest.mark.django_db
@pytest.mark.parametrize("change", [close_need, lapse_seller, pause_seller])
def test_answering_what_has_been_taken_back_is_told_kindly(change):
    match = published_match()
    answer(match, Side.BUYER)
    change(match)
    for side in Side:
        assert_told_in_every_language(match, side)
        page = Client().post(link(match, side), {"kind": "interested", "seen": ""})
        assert page.status_code == 200
        assert page.context["settled"].text
    assert not Introduction.objects.exists()


@pytest.mark.django_db
def test_a_suspended_firm_ends_its_matches_and_the_other_is_not_told_why():
    match = published_match()
    suspend_buyer(match)
    told = settled(Match.objects.get(), Side.SELLER, timezone.now()).text
    assert "suspend" not in told.casefold()
    assert_told_in_every_language(match, Side.SELLER)


@pytest.mark.django_db
def test_who_closed_the_need_is_led_back_to_it():
    match = published_match()
    close_need(match)
    match = Match.objects.get()
    own = settled(match, Side.BUYER, timezone.now())
    assert own.tip is not None
    assert str(match.need.pk) in own.tip.url
    assert settled(match, Side.SELLER, timezone.now()).tip is None


@pytest.mark.django_db
@pytest.mark.parametrize("side", list(Side))
def test_an_item_past_its_last_day_cannot_be_answered(side):
    match = published_match()
    item = match.item_of(side)
    item.valid_until = timezone.localdate() - timedelta(days=1)
    item.save()
    for reader in Side:
        assert_told_in_every_language(match, reader)
        with pytest.raises(StateChanged):
            answer(match, reader)


@pytest.mark.django_db
def test_who_comes_after_a_decline_reads_the_reason_and_a_tip():
    match = published_match()
    answer(match, Side.SELLER, AnswerKind.DECLINED, reason=DeclineReason.PRICE, note="secret words")
    page = Client().post(link(match), {"kind": "interested", "seen": ""})
    shown = page.context["settled"]
    assert shown.reason
    assert shown.tip.url.endswith("#id_price_min")
    assert "secret words" not in page.content.decode()
    assert_told_in_every_language(match)


@pytest.mark.django_db
def test_the_words_are_shown_when_the_firm_allows_it_and_without_contacts():
    match = published_match()
    note = "Above our target. Call 055-123-4567."
    answer(
        match,
        Side.SELLER,
        AnswerKind.DECLINED,
        reason=DeclineReason.PRICE,
        note=note,
        is_note_shared=True,
    )
    page = Client().get(link(match)).content.decode()
    mail = Message.objects.get(kind="match_declined")
    for text in (page, mail.text, mail.html):
        assert "Above our target." in text
        assert "123-4567" not in text


# --- Undo ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_decline_is_taken_back_before_the_other_side_gets_its_mail(settings):
    match = published_match()
    now = timezone.now()
    answer(match, Side.BUYER, AnswerKind.DECLINED, reason=DeclineReason.BUSY, now=now)
    mail = Message.objects.get(kind="match_declined")
    assert mail.send_after == now + settings.MATCH_GRACE
    take_back_answer(match=match, side=Side.BUYER, by=member_of(match, Side.BUYER), now=now)
    match.refresh_from_db()
    assert (match.state, match.ended_at) == (MatchState.APPROVED, None)
    assert not Answer.objects.exists()
    mail.refresh_from_db()
    assert mail.state == "cancelled"
    assert match.events.last().reason == EventReason.UNDONE
    # Both have a link again, and a second decline is told by a mail of its own.
    assert Message.objects.filter(kind="match", state="queued").count() == 2
    answer(match, Side.BUYER, AnswerKind.DECLINED, reason=DeclineReason.PRICE, now=now)
    assert Message.objects.filter(kind="match_declined", state="queued").count() == 1


@pytest.mark.django_db
def test_after_the_grace_time_a_decline_stays(settings):
    match = published_match()
    answer(match, Side.BUYER, AnswerKind.NOT_NOW, now=timezone.now())
    later = timezone.now() + settings.MATCH_GRACE
    with pytest.raises(StateChanged):
        take_back_answer(match=match, side=Side.BUYER, by=member_of(match, Side.BUYER), now=later)
    assert Answer.objects.exists()


@pytest.mark.django_db
def test_interest_is_taken_back_on_the_page_until_the_other_side_answers(client):
    match = published_match()
    answer(match, Side.BUYER)
    client.force_login(member_of(match, Side.BUYER))
    client.post(page_of(match), {"undo": "1"})
    assert not Answer.objects.exists()
    client.post(page_of(match), {"undo": "1"})
    for side in Side:
        answer(match, side)
    page = client.post(page_of(match), {"undo": "1"}, follow=True)
    assert Introduction.objects.count() == 1
    assert Answer.objects.count() == 2
    assert page.status_code == 200


@pytest.mark.django_db
def test_the_same_answer_by_a_colleague_keeps_the_first_ones_name():
    match = published_match()
    answer(match, Side.BUYER)
    colleague = MembershipFactory(company=match.buyer, role="editor").user
    answer_match(match=match, side=Side.BUYER, kind="interested", by=colleague, now=timezone.now())
    assert Answer.objects.get().by == member_of(match, Side.BUYER)
