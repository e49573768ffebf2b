"""Staff ask a firm before they decide; the firm learns nothing of the match."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.exporting import Subject
from accounts.models import User
from common.errors import RuleViolated, StateChanged
from companies.choices import MemberRole
from companies.models import Company
from companies.sections import FIRM
from companies.signals import company_erased
from mailing.choices import MessageState
from mailing.models import Message
from matching import sections
from matching.choices import MatchState, QuestionKind, QuestionState, RejectReason, Side
from matching.models import Match, StaffNote, StaffQuestion
from matching.priority import REPLY_BONUS
from matching.services import (
    add_note,
    answer_staff_question,
    ask_firm,
    close_silent_questions,
    refresh_priorities,
    reject_match,
)
from tests.factories import (
    CompanyFactory,
    MatchFactory,
    MembershipFactory,
    NeedFactory,
    OfferingFactory,
    StaffFactory,
)
from tests.matching.scenes import member_of

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Asia/Seoul"))
HTMX = {"HX-Request": "true"}


def ask(match: Match, side: Side = Side.SELLER, **more: Any) -> StaffQuestion:
    more = {"kind": QuestionKind.VOLUME, "now": timezone.now()} | more
    more.setdefault("actor", StaffFactory(language="ko"))
    return ask_firm(match=match, side=side, **more)


def telling_match() -> Match:
    """A match whose two firms have as much to give away as there is."""
    buyer = CompanyFactory(
        country="JP",
        with_owner=True,
        name_ja="株式会社星空精密",
        name_ko="호시조라정밀",
        name_en="Hoshizora Precision",
        name_kana="ホシゾラセイミツ",
        website="https://www.hoshizora.example.jp",
        representative="北野 星子",
        address="愛知県名古屋市中区栄1-2-3",
    )
    need = NeedFactory(company=buyer, title_ja="深海用ポンプの調達", title_en="Deep sea pump")
    return MatchFactory(need=need)


GIVEAWAYS = (
    "星空精密", "호시조라", "hoshizora", "ホシゾラ", "北野", "名古屋", "深海", "deep sea pump",
)  # fmt: skip


# --- Asking -----------------------------------------------------------------------------------


def test_asking_writes_to_owners_and_editors_and_holds_the_match() -> None:
    match = MatchFactory()
    editor = MembershipFactory(company=match.seller, role=MemberRole.EDITOR).user
    MembershipFactory(company=match.seller, role=MemberRole.VIEWER)
    question = ask(match, now=MONDAY)
    mails = Message.objects.filter(kind="staff_question")
    assert {mail.user for mail in mails} == {member_of(match, Side.SELLER), editor}
    assert question.due_at == MONDAY + timedelta(days=7)
    match.refresh_from_db()
    assert match.state == MatchState.PROPOSED
    assert match.held_until > timezone.localdate(question.due_at)
    assert match not in Match.objects.queue(timezone.localdate(question.due_at))


@pytest.mark.parametrize("language", ["ko", "ja", "en"])
@pytest.mark.parametrize("kind", QuestionKind.values)
def test_mail_and_pages_never_tell_of_the_other_firm_nor_of_the_match(
    client: Client, language: str, kind: str
) -> None:
    match = telling_match()
    person = member_of(match, Side.SELLER)
    User.objects.filter(pk=person.pk).update(language=language)
    words = "At the beginning of the project?" if kind == QuestionKind.OTHER else ""
    question = ask(match, kind=kind, words=words)
    mail = Message.objects.get(kind="staff_question")
    client.force_login(User.objects.get(pk=person.pk))
    pages = [
        client.get(path).content.decode()
        for path in (
            "/",
            reverse("matching:firm_questions"),
            reverse("matching:firm_question", args=[question.pk]),
        )
    ]
    forbidden = [*GIVEAWAYS, str(match.pk), str(match.need.pk), str(match.buyer.pk)]
    for text in (mail.subject, mail.text, mail.html, *pages):
        assert not [word for word in forbidden if word in text.casefold()]
    assert "ArF photoresist" in mail.text
    assert all("ArF photoresist" in page for page in pages)


@pytest.mark.parametrize(
    "words",
    [
        "星空精密向けに供給できますか。",
        "Can you supply HOSHIZORA?",
        "호시조라정밀에 공급할 수 있습니까?",
        "see hoshizora.example.jp",
        "北野星子様のご希望です。",
    ],
)
@pytest.mark.parametrize("field", ["words", "words_of_firm"])
def test_words_that_name_the_other_firm_are_refused(words: str, field: str) -> None:
    match = telling_match()
    with pytest.raises(RuleViolated, match="who the other firm is"):
        ask(match, kind=QuestionKind.OTHER, **{field: words})
    assert not StaffQuestion.objects.exists()
    assert not Message.objects.exists()
    match.refresh_from_db()
    assert match.held_until is None


def test_the_firms_language_goes_before_the_askers() -> None:
    match = MatchFactory()
    ask(
        match, side=Side.BUYER, words="언제까지 필요합니까?", words_of_firm="いつまでに必要ですか。"
    )
    mail = Message.objects.get(kind="staff_question")
    assert "いつまでに必要ですか。" in mail.text
    assert "언제까지" not in mail.text


def test_another_question_needs_words() -> None:
    with pytest.raises(RuleViolated):
        ask(MatchFactory(), kind=QuestionKind.OTHER)


def test_one_open_question_to_a_side_and_one_to_each() -> None:
    match = MatchFactory()
    ask(match)
    with pytest.raises(RuleViolated):
        ask(match, kind=QuestionKind.PRICE)
    ask(match, side=Side.BUYER)
    assert StaffQuestion.objects.open().count() == 2


def test_what_is_decided_or_of_an_unclaimed_firm_is_not_asked_about() -> None:
    decided = MatchFactory()
    reject_match(
        match=decided, reason=RejectReason.CAPACITY, actor=StaffFactory(), now=timezone.now()
    )
    with pytest.raises(StateChanged):
        ask(decided)
    unclaimed = OfferingFactory(company=CompanyFactory(unclaimed=True))
    with pytest.raises(RuleViolated):
        ask(MatchFactory(is_prospect=True, offering=unclaimed))


# --- Answering --------------------------------------------------------------------------------


def test_an_answer_brings_the_match_back_to_the_top_with_a_mark(client: Client) -> None:
    MatchFactory(value=0.9, priority=2.4)
    match = MatchFactory(value=0.2, priority=0.2)
    question = ask(match)
    person = member_of(match, Side.SELLER)
    client.force_login(person)
    page = reverse("matching:firm_question", args=[question.pk])
    answer = client.post(page, {"answer": " 3,000 litres a month "})
    assert answer.url == page
    question.refresh_from_db()
    assert (question.state, question.answer) == (QuestionState.ANSWERED, "3,000 litres a month")
    assert (question.answered_by, question.answer_language) == (person, person.language)
    client.force_login(StaffFactory(language="en"))
    bench = client.get(reverse("matching:review"))
    assert bench.context["match"] == match
    assert bench.context["queue"][0].reply == QuestionState.ANSWERED
    assert "3,000 litres a month" in bench.content.decode()
    # The order is worked out anew by and by: it stays on top.
    refresh_priorities(now=timezone.now())
    match.refresh_from_db()
    assert match.priority > REPLY_BONUS


def test_the_second_of_two_answers_is_told_that_it_came_second() -> None:
    question = ask(MatchFactory())
    person = member_of(question.match, Side.SELLER)
    stale = StaffQuestion.objects.get(pk=question.pk)
    answer_staff_question(question=question, text="first", by=person, now=timezone.now())
    with pytest.raises(StateChanged):
        answer_staff_question(question=stale, text="second", by=person, now=timezone.now())
    question.refresh_from_db()
    assert question.answer == "first"


def test_a_match_of_which_both_firms_were_asked_waits_for_both() -> None:
    match = MatchFactory()
    seller, buyer = ask(match), ask(match, side=Side.BUYER)
    for question, side in ((seller, Side.SELLER), (buyer, Side.BUYER)):
        match.refresh_from_db()
        assert match.held_until is not None
        by = member_of(match, side)
        answer_staff_question(question=question, text="yes", by=by, now=timezone.now())
    match.refresh_from_db()
    assert match.held_until is None


def test_an_answer_takes_back_the_mails_that_still_wait() -> None:
    question = ask(MatchFactory())
    answer_staff_question(
        question=question,
        text="yes",
        by=member_of(question.match, Side.SELLER),
        now=timezone.now(),
    )
    assert Message.objects.get(kind="staff_question").state == MessageState.CANCELLED


@pytest.mark.parametrize("answer", ["", "   ", "x" * 2001])
def test_a_blank_answer_comes_back_with_a_message(client: Client, answer: str) -> None:
    question = ask(MatchFactory())
    client.force_login(member_of(question.match, Side.SELLER))
    page = client.post(reverse("matching:firm_question", args=[question.pk]), {"answer": answer})
    assert page.status_code == 422
    assert StaffQuestion.objects.open().exists()


def test_looking_changes_nothing_and_only_the_asked_firm_looks(client: Client) -> None:
    question = ask(MatchFactory())
    page = reverse("matching:firm_question", args=[question.pk])
    assert client.get(page).status_code == 302
    for person, status in (
        (member_of(question.match, Side.SELLER), 200),
        (member_of(question.match, Side.BUYER), 404),
        (StaffFactory(), 404),
    ):
        client.force_login(person)
        assert client.get(page).status_code == status
    viewer = MembershipFactory(company=question.company, role=MemberRole.VIEWER).user
    client.force_login(viewer)
    assert client.get(page).status_code == 200
    assert client.post(page, {"answer": "no"}).status_code == 403
    question.refresh_from_db()
    assert question.is_open


# --- Taken back, and silence ------------------------------------------------------------------


def test_a_question_taken_back_is_gone_for_the_firm_and_the_match_is_back(client: Client) -> None:
    match = MatchFactory(value=0.2, priority=0.2)
    question = ask(match)
    client.force_login(StaffFactory(language="en"))
    asked = client.get(reverse("matching:review"), {"folder": "asked"})
    assert [row.match for row in asked.context["queue"]] == [match]
    assert not client.get(reverse("matching:review"), {"folder": "held"}).context["queue"]
    client.post(reverse("matching:question_withdraw", args=[match.pk, question.pk]))
    match.refresh_from_db()
    assert (match.held_until, match.priority) == (None, 0.2)
    assert Message.objects.get(kind="staff_question").state == MessageState.CANCELLED
    client.force_login(member_of(match, Side.SELLER))
    page = reverse("matching:firm_question", args=[question.pk])
    assert client.get(page).status_code == 404
    assert page not in client.get("/").content.decode()


def test_silence_lets_the_match_go_after_its_days_with_a_mark(client: Client) -> None:
    match = MatchFactory()
    question = ask(match, now=MONDAY)
    assert close_silent_questions(now=question.due_at - timedelta(seconds=1)) == 0
    assert close_silent_questions(now=question.due_at) == 1
    assert close_silent_questions(now=question.due_at) == 0
    question.refresh_from_db()
    match.refresh_from_db()
    assert (question.state, match.held_until) == (QuestionState.SILENT, None)
    assert match.priority > REPLY_BONUS
    client.force_login(StaffFactory(language="en"))
    assert "the firm did not answer" in client.get(reverse("matching:review")).content.decode()
    with pytest.raises(StateChanged):
        answer_staff_question(
            question=question, text="late", by=member_of(match, Side.SELLER), now=timezone.now()
        )


def test_a_question_about_a_match_that_was_decided_meanwhile_is_taken_back() -> None:
    match = MatchFactory()
    question = ask(match)
    reject_match(
        match=match, reason=RejectReason.CAPACITY, actor=StaffFactory(), now=timezone.now()
    )
    assert close_silent_questions(now=timezone.now()) == 1
    question.refresh_from_db()
    match.refresh_from_db()
    assert question.state == QuestionState.WITHDRAWN
    assert match.state == MatchState.REJECTED


# --- The page of the match --------------------------------------------------------------------


def test_asking_from_the_review_page_goes_on_with_the_next_match(client: Client) -> None:
    match, following = MatchFactory(priority=2), MatchFactory(priority=1)
    client.force_login(StaffFactory(language="en"))
    client.get(reverse("matching:review"))
    address = reverse("matching:review_ask", args=[match.pk])
    form = {"side": Side.BUYER, "kind": QuestionKind.PRICE}
    answer = client.post(address, form, headers=HTMX, follow=True)
    assert answer.context["match"] == following
    assert StaffQuestion.objects.get().company == match.buyer
    shown = client.get(reverse("matching:review_match", args=[match.pk])).content.decode()
    assert reverse("matching:review_decide", args=[match.pk, "approve"]) not in shown
    behind = client.get(reverse("matching:review_background", args=[match.pk])).content.decode()
    assert "was asked: price" in behind


def test_a_faulty_question_comes_back_open_with_its_words(client: Client) -> None:
    match = telling_match()
    client.force_login(StaffFactory(language="en"))
    address = reverse("matching:review_ask", args=[match.pk])
    form = {"side": Side.SELLER, "kind": QuestionKind.OTHER, "words": "Do you know Hoshizora?"}
    page = client.post(address, form, headers=HTMX)
    assert page.status_code == 422
    content = page.content.decode()
    assert "Do you know Hoshizora?" in content
    assert "The words tell who the other firm is." in content
    assert client.post(address, form | {"words": ""}).status_code == 422


def test_how_long_a_firm_has_is_a_setting() -> None:
    assert settings.QUESTION_BUSINESS_DAYS == 5


# --- People's data ----------------------------------------------------------------------------


def rows_of(section: Any, subject: Subject) -> list[dict[str, Any]]:
    return [dict(row) for row in section(subject)]


def test_the_copies_of_data_hold_what_was_asked_answered_and_noted() -> None:
    match, staff = telling_match(), StaffFactory()
    question = ask(match, actor=staff, words="When?")
    person = member_of(match, Side.SELLER)
    answer_staff_question(question=question, text="In May.", by=person, now=timezone.now())
    add_note(text="careful", company=match.seller, author=staff, now=timezone.now())
    assert rows_of(sections._staff_questions, Subject(staff))[0]["words"] == "When?"
    assert rows_of(sections._staff_questions, Subject(person))[0]["answer"] == "In May."
    assert rows_of(sections._notes, Subject(staff))[0]["text"] == "careful"
    firm = rows_of(sections._firm_questions, Subject(person, FIRM, str(match.seller.pk)))
    assert firm[0]["answer"] == "In May."
    told = " ".join(str(value) for value in firm[0].values()).casefold()
    assert not [word for word in GIVEAWAYS if word in told]
    assert "careful" not in told


def test_a_firm_that_is_erased_takes_notes_and_questions_with_it() -> None:
    match = MatchFactory()
    ask(match)
    add_note(text="careful", company=match.seller, author=StaffFactory(), now=timezone.now())
    company_erased.send(sender=Company, company_id=match.seller.pk)
    assert not StaffQuestion.objects.exists()
    assert not StaffNote.objects.exists()
    assert Match.objects.filter(pk=match.pk).exists()
