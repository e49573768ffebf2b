from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.choices import StaffRole
from accounts.models import User
from companies.choices import CompanyState
from matching.choices import Side
from portal.navigation import Navigation
from tests.dialogue.scenes import open_conversation, person, say
from tests.factories import CompanyFactory, MatchFactory, MembershipFactory, StaffFactory
from tests.matching.scenes import published_match

pytestmark = pytest.mark.django_db


def seen_by(user: Any, path: str = "/") -> Navigation:
    request = RequestFactory().get(path)
    request.user = user
    return Navigation(request)


def badges(user: User) -> dict[str, str]:
    return {item.url: item.badge for item in seen_by(user).rail if item.badge}


def test_visitor_has_the_public_places_only() -> None:
    shown = seen_by(AnonymousUser(), reverse("portal:how_it_works"))
    assert shown.rail == shown.account == ()
    assert next(item.is_current for item in shown.public)
    assert reverse("portal:privacy") in [item.url for item in shown.footer]


def test_member_sees_how_many_matches_await_an_answer() -> None:
    match = published_match()
    MatchFactory(offering=match.offering)  # still with the reviewers
    member = match.seller.memberships.get().user
    assert badges(member) == {reverse("matching:inbox"): "1"}


def test_badge_counts_nothing_of_other_firms() -> None:
    published_match()
    assert badges(MembershipFactory().user) == {}


def test_member_sees_in_how_many_conversations_something_is_new() -> None:
    thread = open_conversation()
    say(thread, person(thread, Side.SELLER))
    assert badges(person(thread, Side.BUYER)) == {reverse("dialogue:threads"): "1"}
    assert badges(person(thread, Side.SELLER)) == {}


def test_staff_see_what_waits_for_them(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    MatchFactory.create_batch(2)
    CompanyFactory(state=CompanyState.SUBMITTED)
    staff = StaffFactory()
    with django_assert_num_queries(2):
        found = badges(staff)
    assert found == {reverse("matching:review"): "2", reverse("companies:verification"): "1"}


def test_imports_are_shown_to_those_who_may_import() -> None:
    imports = reverse("companies:imports")
    assert imports not in [item.url for item in seen_by(StaffFactory()).rail]
    supervisor = StaffFactory(staff_role=StaffRole.SUPERVISOR)
    assert imports in [item.url for item in seen_by(supervisor).rail]


def test_long_queue_is_not_counted_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.navigation.COUNT_LIMIT", 2)
    CompanyFactory.create_batch(3, state=CompanyState.SUBMITTED)
    assert badges(StaffFactory())[reverse("companies:verification")] == "1+"


def test_entry_stays_current_on_the_pages_below_it() -> None:
    inbox = reverse("matching:inbox")
    current = [
        item.url for item in seen_by(MembershipFactory().user, f"{inbox}x/").rail if item.is_current
    ]
    assert current == [inbox]


def test_phone_bar_has_four_places() -> None:
    shown = [item.url for item in seen_by(MembershipFactory().user).bottom]
    names = ("portal:home", "matching:inbox", "companies:items", "dialogue:threads")
    assert shown == [reverse(name) for name in names]
