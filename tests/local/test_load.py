"""`make load` finds the buttons of the review page, and fills a queue with copies of proposals."""

import pytest
from django.urls import reverse

from local.load import Reviewer
from local.load_scene import copy_matches
from matching.models import Match
from tests.factories import MatchFactory, NeedFactory, OfferingFactory, StaffFactory

pytestmark = pytest.mark.django_db


def test_copies_are_proposals_of_pairs_that_had_none():
    pattern = MatchFactory()
    NeedFactory.create_batch(4, company__country="JP")
    OfferingFactory.create_batch(4, company__country="KR")
    copy_matches(9)
    copies = Match.objects.exclude(pk=pattern.pk)
    assert copies.count() == 8
    assert {copy.reasons == pattern.reasons for copy in copies} == {True}
    for copy in copies.select_related("need__company", "offering__company"):
        assert copy.need.company.country != copy.offering.company.country
    assert Match.objects.queue().count() == 9


def test_more_copies_than_the_firms_have_pairs_is_a_message():
    MatchFactory()
    NeedFactory.create_batch(4, company__country="JP")
    OfferingFactory.create_batch(4, company__country="KR")
    with pytest.raises(SystemExit, match="These firms make 20 matches at most"):
        copy_matches(1_000)
    assert Match.objects.count() == 1


def test_the_reviewer_of_the_load_finds_every_button(client):
    MatchFactory()
    client.force_login(StaffFactory())
    reviewer = Reviewer("http://unused", "session")
    reviewer.page = client.get(reverse("matching:review")).content.decode()
    for decision in ("approve", "reject", "hold"):
        assert reviewer._button(decision), decision
    reviewer.close()
