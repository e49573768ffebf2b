"""Writing, taking back, reading: who may, and what stands afterwards."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.choices import ConsentKind
from accounts.services import withdraw_consent
from common.errors import RuleViolated, StateChanged
from companies.choices import CompanyState
from companies.models import Company
from dialogue.models import Attachment, Post, Thread
from dialogue.queries.people import staff_contact
from dialogue.queries.threads import post_views, posts_of, thread_list, thread_rows, unread_threads
from dialogue.services import NewFile, mark_read, open_thread, withdraw_post
from dialogue.tongues import language_of
from documents.models import Document
from documents.services import UnsuitableFile
from matching.choices import Side
from tests.dialogue.scenes import PDF, open_conversation, person, say
from tests.factories import ConceptFactory, MembershipFactory, StaffFactory, UserFactory
from tests.matching.concurrency import at_once
from tests.matching.scenes import published_match

NOW = timezone.now()


@pytest.mark.django_db
def test_an_introduction_opens_one_conversation():
    published_match()
    assert not Thread.objects.exists()
    thread = open_conversation()
    assert open_thread(match=thread.match, now=NOW).pk == thread.pk
    assert Thread.objects.count() == 1


@pytest.mark.django_db
def test_only_the_two_firms_and_staff_see_it():
    thread = open_conversation()
    seen = Thread.objects.visible_to
    for user in (person(thread, Side.BUYER), person(thread, Side.SELLER), StaffFactory()):
        assert seen(user).get() == thread
    for user in (UserFactory(), MembershipFactory().user):
        assert not seen(user).exists()


@pytest.mark.django_db
def test_the_same_form_twice_is_one_message():
    thread, nonce = open_conversation(), uuid4()
    writer = person(thread, Side.BUYER)
    file = NewFile("図面.pdf", PDF)
    first = say(thread, writer, "はじめまして。", nonce=nonce, files=[file])
    again = say(thread, writer, "はじめまして。", nonce=nonce, files=[file])
    assert first == again
    assert (Post.objects.count(), Attachment.objects.count(), Document.objects.count()) == (1, 1, 1)
    say(thread, person(thread, Side.SELLER), nonce=nonce)
    assert Post.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_double_click_is_one_message():
    thread, nonce = open_conversation(), uuid4()
    writer = person(thread, Side.BUYER)
    ends = at_once(*[lambda: say(thread, writer, nonce=nonce)] * 3)
    assert ends == ["done"] * 3
    assert Post.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "   \n", "x" * 5001])
def test_empty_and_endless_messages_are_refused(text):
    thread = open_conversation()
    with pytest.raises(RuleViolated):
        say(thread, person(thread, Side.BUYER), text)
    assert not Post.objects.exists()


@pytest.mark.django_db
def test_a_wrong_file_writes_nothing():
    thread = open_conversation()
    with pytest.raises(UnsuitableFile):
        say(
            thread,
            person(thread, Side.BUYER),
            files=[NewFile("ok.pdf", PDF), NewFile("run.pdf", b"MZ\x90\x00 not a document")],
        )
    assert not Post.objects.exists()
    assert not Document.objects.exists()
    with pytest.raises(RuleViolated):
        say(thread, person(thread, Side.BUYER), files=[NewFile("a.pdf", PDF)] * 6)


@pytest.mark.django_db
@pytest.mark.parametrize("state", [CompanyState.SUSPENDED, CompanyState.CLOSED])
def test_nobody_writes_once_a_firm_is_gone(state):
    thread = open_conversation()
    Company.objects.filter(pk=thread.match.buyer.pk).update(state=state)
    thread = Thread.objects.with_sides().get()
    for user in (person(thread, Side.SELLER), StaffFactory()):
        with pytest.raises(RuleViolated, match=thread.match.buyer.display_name):
            say(thread, user)


@pytest.mark.django_db
def test_own_message_can_be_taken_back_for_five_minutes():
    thread = open_conversation(NOW)
    writer = person(thread, Side.BUYER)
    post = say(thread, writer, "価格は", files=[NewFile("a.pdf", PDF)], now=NOW)
    with pytest.raises(StateChanged):
        withdraw_post(post=post, by=person(thread, Side.SELLER), now=NOW)
    with pytest.raises(StateChanged):
        withdraw_post(post=post, by=writer, now=NOW + timedelta(minutes=5))
    withdraw_post(post=post, by=writer, now=NOW + timedelta(minutes=4))
    assert (post.text, Document.objects.count(), Attachment.objects.count()) == ("", 0, 0)
    with pytest.raises(StateChanged):
        withdraw_post(post=post, by=writer, now=NOW + timedelta(minutes=4))


@pytest.mark.django_db
def test_unread_is_counted_for_each_person():
    thread = open_conversation(NOW)
    buyer, seller = person(thread, Side.BUYER), person(thread, Side.SELLER)
    colleague = MembershipFactory(company=thread.match.buyer).user
    stranger = MembershipFactory().user
    assert unread_threads(buyer, 9) == 0
    post = say(thread, seller, now=NOW)
    counts = [unread_threads(user, 9) for user in (buyer, colleague, seller, stranger)]
    assert counts == [1, 1, 0, 0]
    mark_read(thread=thread, user=buyer, now=NOW + timedelta(seconds=1))
    # An older tab does not turn the clock back.
    mark_read(thread=thread, user=buyer, now=NOW - timedelta(days=1))
    assert [unread_threads(user, 9) for user in (buyer, colleague)] == [0, 1]
    withdraw_post(post=post, by=seller, now=NOW + timedelta(minutes=1))
    assert unread_threads(colleague, 9) == 0


@pytest.mark.django_db
def test_the_list_shows_the_latest_message_in_a_fixed_number_of_queries(
    django_assert_num_queries,
):
    thread = open_conversation()
    buyer = person(thread, Side.BUYER)
    say(thread, person(thread, Side.SELLER), "견적을 보내 드립니다.")

    def rows():
        return thread_rows(buyer, list(thread_list(buyer)))

    with django_assert_num_queries(2):
        (row,) = rows()
    assert row.latest.text == "견적을 보내 드립니다."
    assert row.is_unread
    assert [name.text for _country, name in row.firms] == [thread.match.seller.name_en]
    for _ in range(2):
        open_conversation(need__company=thread.match.buyer)
    with django_assert_num_queries(2):
        assert len(rows()) == 3
    staff = StaffFactory()
    assert len(thread_list(staff, words=thread.match.seller.name_ko)) == 1
    assert not thread_list(staff, words="없는 회사")


@pytest.mark.django_db
def test_terms_of_the_other_language_are_glossed():
    ConceptFactory(code="wafer", label_ko="웨이퍼", label_ja="ウエハー", label_en="wafer")
    thread = open_conversation()
    say(thread, person(thread, Side.SELLER), "웨이퍼 시료를 보내 드립니다.")
    (view,) = post_views(person(thread, Side.BUYER), thread, posts_of(thread), now=NOW)
    assert [(s.text, s.gloss) for s in view.segments if s.gloss] == [("웨이퍼", "wafer")]


@pytest.mark.django_db
def test_a_writer_is_named_to_the_other_firm_only_with_consent():
    thread = open_conversation()
    writer = person(thread, Side.SELLER)
    say(thread, writer)

    def writer_for(user):
        return post_views(user, thread, posts_of(thread), now=NOW)[0].writer

    buyer = person(thread, Side.BUYER)
    assert writer.name in writer_for(buyer)
    withdraw_consent(user=writer, kind=ConsentKind.CROSS_BORDER, now=NOW)
    assert writer_for(buyer) == thread.match.seller.name_en
    assert writer.name in writer_for(StaffFactory())
    assert writer.name in writer_for(writer)


@pytest.mark.django_db
def test_the_staff_contact_is_the_reviewer_while_on_the_staff(settings):
    thread = open_conversation()
    reviewer = thread.match.decided_by
    assert staff_contact(thread.match).name == reviewer.display_name
    reviewer.staff_role = ""
    assert staff_contact(thread.match).name == ""
    assert staff_contact(thread.match).email == settings.MAIL_CONTACT


@pytest.mark.parametrize(
    ("text", "author", "language"),
    [
        ("견적서를 보내 주십시오.", "ja", "ko"),
        ("見積書をお送りください。", "ko", "ja"),
        ("品質保証", "ko", "ko"),
        ("品質保証", "en", "ja"),
        ("Please send a quotation.", "ko", "en"),
        ("ArF 포토레지스트", "ja", "ko"),
        ("2026-11-22", "ja", "ja"),
    ],
)
def test_the_language_of_a_text_is_recognised(text, author, language):
    assert language_of(text, author=author) == language
