"""Notes among staff: on a match or a firm, changed for a day, pinned, never seen by a firm."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.errors import RuleViolated, StateChanged
from common.models import AuditEvent
from matching.choices import Side
from matching.models import Match, StaffNote
from matching.services import add_note, edit_note, pin_note
from tests.factories import MatchFactory, NeedFactory, OfferingFactory, StaffFactory
from tests.matching.scenes import member_of, published_match

pytestmark = pytest.mark.django_db
SECRET = "They fell out with their last supplier."


@pytest.fixture
def author(client: Client) -> User:
    person = StaffFactory(language="en", name="Kim Jiwoo")
    client.force_login(person)
    return person


def page_of(client: Client, match: Match) -> str:
    return client.get(reverse("matching:review_background", args=[match.pk])).content.decode()


def test_a_note_on_a_match_stands_on_its_page_with_author_and_time(
    client: Client, author: User
) -> None:
    match, other = MatchFactory(), MatchFactory()
    answer = client.post(
        reverse("matching:note_add", args=[match.pk]) + "?min_score=50",
        {"about": "match", "text": f" {SECRET} "},
    )
    assert (
        answer.url == reverse("matching:review_background", args=[match.pk]) + "?min_score=50#notes"
    )
    note = StaffNote.objects.get()
    assert (note.text, note.author, note.match, note.company) == (SECRET, author, match, None)
    assert SECRET in page_of(client, match)
    assert SECRET not in page_of(client, other)
    assert AuditEvent.objects.filter(verb="note.added", object_id=str(match.pk)).exists()


def test_a_note_on_a_firm_stands_in_all_its_matches(client: Client, author: User) -> None:
    match = MatchFactory()
    client.post(
        reverse("matching:note_add", args=[match.pk]), {"about": Side.SELLER, "text": SECRET}
    )
    assert StaffNote.objects.get().company == match.seller
    again = MatchFactory(offering=OfferingFactory(company=match.seller))
    assert SECRET in page_of(client, again)
    assert SECRET not in page_of(client, MatchFactory(need=NeedFactory(company=match.buyer)))


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001])
def test_a_blank_or_endless_note_is_not_kept(client: Client, author: User, text: str) -> None:
    match = MatchFactory()
    client.post(reverse("matching:note_add", args=[match.pk]), {"about": "match", "text": text})
    assert not StaffNote.objects.exists()


def test_only_the_author_changes_a_note_and_only_for_a_while() -> None:
    now, author = timezone.now(), StaffFactory()
    note = add_note(text="first", match=MatchFactory(), author=author, now=now)
    edit_note(note=note, text="second", actor=author, now=now + settings.NOTE_EDIT_TIME)
    assert (note.text, note.edited_at) == ("second", now + settings.NOTE_EDIT_TIME)
    for actor, moment in (
        (StaffFactory(), now),
        (author, now + settings.NOTE_EDIT_TIME + timedelta(seconds=1)),
    ):
        with pytest.raises(RuleViolated):
            edit_note(note=note, text="third", actor=actor, now=moment)
    note.refresh_from_db()
    assert note.text == "second"


def test_the_page_offers_a_change_to_the_author_only(client: Client, author: User) -> None:
    match = MatchFactory()
    note = add_note(text=SECRET, match=match, author=author, now=timezone.now())
    edit = reverse("matching:note_edit", args=[match.pk, note.pk])
    assert edit in page_of(client, match).replace(f"{edit}pin/", "")
    client.post(edit, {"text": "mended"})
    assert "mended" in page_of(client, match)
    client.force_login(StaffFactory(language="en"))
    assert edit not in page_of(client, match).replace(f"{edit}pin/", "")
    client.post(edit, {"text": "another's"})
    note.refresh_from_db()
    assert note.text == "mended"


def test_a_pinned_note_stands_above_the_newer_ones(client: Client, author: User) -> None:
    match, now = MatchFactory(), timezone.now()
    old = add_note(text="old and important", match=match, author=author, now=now)
    add_note(text="newer", match=match, author=author, now=now + timedelta(hours=1))
    page = page_of(client, match)
    assert page.index("newer") < page.index("old and important")
    client.post(reverse("matching:note_pin", args=[match.pk, old.pk]), {"pinned": "1"})
    page = page_of(client, match)
    assert page.index("old and important") < page.index("newer")
    with pytest.raises(StateChanged):
        pin_note(note=old, is_pinned=True, actor=author, now=now)
    client.post(reverse("matching:note_pin", args=[match.pk, old.pk]), {"pinned": "0"})
    assert not StaffNote.objects.filter(is_pinned=True).exists()


def test_a_note_is_found_only_on_pages_on_which_it_stands(client: Client, author: User) -> None:
    note = add_note(text=SECRET, match=MatchFactory(), author=author, now=timezone.now())
    other = MatchFactory()
    for name in ("note_edit", "note_pin"):
        answer = client.post(reverse(f"matching:{name}", args=[other.pk, note.pk]), {"text": "x"})
        assert answer.status_code == 404


def test_no_page_of_a_firm_shows_a_note(client: Client, author: User) -> None:
    match = published_match()
    for about in ({"match": match}, {"company": match.seller}, {"company": match.buyer}):
        add_note(text=SECRET, author=author, now=timezone.now(), **about)
    for side in Side:
        client.force_login(member_of(match, side))
        for path in (
            reverse("matching:match", args=[match.pk]),
            reverse("matching:inbox"),
            reverse("companies:profile"),
            reverse("companies:company", args=[match.seller.pk]),
            "/",
        ):
            assert SECRET not in client.get(path).content.decode(), path
