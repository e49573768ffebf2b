"""The pages of a conversation: rights, what comes back, files."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import User
from companies.choices import CompanyState
from companies.models import Company
from dialogue.models import Attachment, Post, Reader
from dialogue.services import NewFile
from matching.choices import Side
from tests.dialogue.scenes import PDF, open_conversation, person, say
from tests.factories import MembershipFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def thread():
    thread = open_conversation()
    User.objects.update(language="en")
    return thread


def address(thread):
    return reverse("dialogue:thread", args=[thread.pk])


def send(client, thread, text="はじめまして。", htmx=False, **data):
    headers = {"HX-Request": "true"} if htmx else {}
    data = {"text": text, "nonce": str(uuid4())} | data
    return client.post(address(thread), data, headers=headers)


def test_writing_with_a_file_and_reading_on_the_other_side(client, thread):
    client.force_login(person(thread, Side.BUYER))
    file = SimpleUploadedFile("仕様書.pdf", PDF)
    response = send(client, thread, attachments=[file])
    assert response.headers["Location"] == f"{address(thread)}#write"
    client.force_login(person(thread, Side.SELLER))
    badge = client.get(reverse("dialogue:threads"))
    assert badge.context["rows"][0].is_unread
    page = client.get(address(thread)).content.decode()
    assert "はじめまして。" in page
    assert 'lang="ja"' in page
    sent = client.get(reverse("dialogue:attachment", args=[Attachment.objects.get().pk]))
    assert sent.content == PDF
    assert sent.headers["Content-Disposition"].startswith("attachment")
    assert not client.get(reverse("dialogue:threads")).context["rows"][0].is_unread


def test_htmx_gets_the_conversation_alone_and_forgets_the_draft(client, thread):
    client.force_login(person(thread, Side.BUYER))
    nonce = str(uuid4())
    for _ in range(2):
        response = send(client, thread, htmx=True, nonce=nonce)
        assert response.status_code == 200
    assert response.headers["HX-Trigger"] == f'{{"draft-taken": "thread-{thread.pk}"}}'
    assert "<html" not in response.content.decode()
    assert Post.objects.count() == 1
    assert response.context["form"]["nonce"].value() != nonce


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"text": "가" * 5001},
        {"attachments": SimpleUploadedFile("run.pdf", b"#!/bin/sh")},
        {"nonce": "x"},
    ],
)
def test_a_refused_message_comes_back_with_what_was_typed(client, thread, wrong):
    client.force_login(person(thread, Side.BUYER))
    data = {"text": "そのまま残る文章", **wrong}
    response = send(client, thread, **data)
    assert response.status_code == 422
    assert data["text"] in response.content.decode()
    assert not Post.objects.exists()


def test_viewers_read_and_are_told_why_they_do_not_write(client, thread):
    viewer = MembershipFactory(company=thread.match.buyer, role="viewer").user
    client.force_login(viewer)
    page = client.get(address(thread))
    assert page.context["denied_because"]
    assert "<textarea" not in page.content.decode()
    assert send(client, thread).status_code == 403


def test_a_closed_conversation_says_why(client, thread):
    Company.objects.filter(pk=thread.match.seller.pk).update(state=CompanyState.CLOSED)
    client.force_login(person(thread, Side.BUYER))
    page = client.get(address(thread)).content.decode()
    assert "has closed its account" in page
    assert send(client, thread).status_code == 403


def test_files_are_for_the_two_firms_and_staff(client, thread):
    post = say(thread, person(thread, Side.BUYER), files=[NewFile("a.pdf", PDF)])
    file = reverse("dialogue:attachment", args=[post.attachments.get().pk])
    for user, status in (
        (person(thread, Side.SELLER), 200),
        (MembershipFactory(company=thread.match.seller, role="viewer").user, 200),
        (StaffFactory(), 200),
        (MembershipFactory().user, 404),
    ):
        client.force_login(user)
        assert client.get(file).status_code == status


def test_taking_back_on_the_page(client, thread):
    writer = person(thread, Side.BUYER)
    post = say(thread, writer, "誤送信です")
    where = reverse("dialogue:withdraw", args=[thread.pk, post.pk])
    client.force_login(person(thread, Side.SELLER))
    client.post(where)
    assert Post.objects.standing().exists()
    client.force_login(writer)
    page = client.post(where, follow=True).content.decode()
    assert "誤送信です" not in page
    assert "This message was taken back." in page


def test_only_opening_the_page_counts_as_reading(client, thread):
    say(thread, person(thread, Side.SELLER))
    buyer = person(thread, Side.BUYER)
    client.force_login(buyer)
    client.head(address(thread))
    assert not Reader.objects.filter(user=buyer, read_at__isnull=False).exists()
    client.get(address(thread))
    assert Reader.objects.filter(user=buyer, read_at__isnull=False).exists()


def test_staff_read_and_write(client, thread):
    client.force_login(StaffFactory(name="박검토"))
    assert client.get(reverse("dialogue:threads"), {"q": "KR Works"}).context["rows"]
    send(client, thread, "협회에서 알려 드립니다.")
    post = Post.objects.get()
    assert post.side == ""
    client.force_login(person(thread, Side.BUYER))
    assert "박검토" in client.get(address(thread)).content.decode()
