"""A change of the taxonomy: what it would do to items is what it then does, and it goes back."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.choices import StaffRole
from common.errors import StateChanged
from common.models import AuditEvent
from companies import tasks
from companies.models import Company, Offering
from companies.services.retagging import carry_out_revision, weigh_revision
from mailing.models import Message
from matching.models import Match, MatchRun
from taxonomy.models import Concept, Revision
from taxonomy.revising import apply_revision, propose_edit, propose_merge, propose_undo
from tests.companies.lists import csv_bytes, finished_import, firm_row
from tests.factories import (
    ConceptFactory,
    MatchFactory,
    OfferingFactory,
    PolicyFactory,
    StaffFactory,
)
from tests.matching.concurrency import at_once

DB = pytest.mark.django_db


@pytest.fixture
def supervisor(client: Client):
    user = StaffFactory(staff_role=StaffRole.SUPERVISOR, name="Lee Bora")
    client.force_login(user)
    return user


@pytest.fixture
def market(db):
    """A concept, two items of an imported list, and one of a verified firm with a proposal."""
    gear = ConceptFactory(code="gear", label_ja="歯車", label_ko="기어", label_en="gear")
    pump = ConceptFactory(code="pump", label_ja="ポンプ", label_ko="펌프", label_en="pump")
    finished_import(csv_bytes([firm_row(501, "歯車、ギヤードモータ")]))
    own = OfferingFactory(title_ko="회전전달장치", concepts=[pump])
    MatchFactory(offering=own)
    PolicyFactory()
    return gear, pump, own


def weighed(concept: Concept, **changes: object) -> Revision:
    for name, value in changes.items():
        setattr(concept, name, value)
    revision = propose_edit(concept=concept, actor=StaffFactory(), now=timezone.now())
    return weigh_revision(revision=revision, clock=timezone.now)


def applied(revision: Revision) -> Revision:
    apply_revision(revision=revision, actor=StaffFactory(), now=timezone.now())
    return carry_out_revision(revision=revision, clock=timezone.now)


def tags() -> dict[str, set[str]]:
    return {
        item.title_ja or item.title_ko: set(item.concepts.values_list("code", flat=True))
        for item in Offering.objects.all()
    }


def test_the_effect_is_shown_first_and_is_what_then_happens(market):
    gear, _pump, own = market
    before = tags()
    mails = Message.objects.count()
    revision = weighed(gear, synonyms_ja=["ギヤードモータ"], synonyms_ko=["회전전달장치"])
    assert tags() == before
    it = revision.impact
    assert (it["items"], it["firms"], it["matched_firms"], it["proposals"]) == (2, 2, 1, 1)
    assert it["counts"] == {"gain": {"gear": 1}, "lose": {}, "read": {"gear": 1}, "unread": {}}
    assert {each["title"] for each in it["examples"]} == {"ギヤードモータ", "회전전달장치"}
    assert not Concept.objects.get(pk=gear.pk).synonyms_ja

    applied(revision)
    assert Concept.objects.get(pk=gear.pk).synonyms_ja == ["ギヤードモータ"]
    # What a person chose stays; the item of the list is tagged by its words.
    assert tags() == before | {"ギヤードモータ": {"gear"}}
    assert MatchRun.objects.filter(company=own.company).count() == 1
    assert Match.objects.get().is_stale
    assert Message.objects.count() == mails

    back = propose_undo(revision=revision, actor=None, now=timezone.now())
    applied(weigh_revision(revision=back, clock=timezone.now))
    assert tags() == before
    assert Concept.objects.get(pk=gear.pk).synonyms_ja == []


def test_a_word_that_goes_takes_its_tag_along(market):
    gear, _pump, _own = market
    revision = weighed(gear, label_ja="別の語")
    assert revision.impact["counts"]["lose"] == {"gear": 1}


def test_a_merge_moves_words_tags_and_what_stands_below_and_goes_back(market):
    gear, pump, own = market
    below = ConceptFactory(code="worm_gear", parent=gear)
    own.concepts.add(gear)
    before = tags()
    revision = propose_merge(concept=gear, into=pump, actor=None, now=timezone.now())
    weigh_revision(revision=revision, clock=timezone.now)
    assert revision.impact["bearing"] == 2
    applied(revision)
    gear.refresh_from_db()
    pump.refresh_from_db()
    below.refresh_from_db()
    assert (gear.is_active, below.parent) == (False, pump)
    assert "歯車" in pump.synonyms_ja
    assert tags()["歯車"] == {"pump"}
    assert tags()["회전전달장치"] == {"pump"}

    back = propose_undo(revision=revision, actor=None, now=timezone.now())
    applied(weigh_revision(revision=back, clock=timezone.now))
    assert tags() == before
    below.refresh_from_db()
    assert below.parent == gear


def test_who_is_second_is_told(market, client, supervisor):
    gear, _pump, _own = market
    mine = weighed(gear, synonyms_en=["cog"])
    theirs = weighed(Concept.objects.get(pk=gear.pk), synonyms_en=["gearwheel"])
    applied(theirs)
    answer = client.post(reverse("taxonomy:revision_apply", args=[mine.pk]), follow=True)
    assert "Somebody has changed this concept" in answer.text
    assert Concept.objects.get(pk=gear.pk).synonyms_en == ["gearwheel"]
    with pytest.raises(StateChanged):
        apply_revision(revision=theirs, actor=None, now=timezone.now())


def test_a_form_that_was_opened_before_anothers_change_comes_back(market, client, supervisor):
    gear, _pump, _own = market
    page = reverse("taxonomy:concept_edit", args=[gear.code])
    form = client.get(page).context["form"]
    given = {
        "code": "gear",
        "kind": gear.kind,
        "label_ko": "기어",
        "label_ja": "歯車",
        "label_en": "cog",
        "is_active": "on",
        "seen": form["seen"].value(),
    }
    applied(weighed(gear, synonyms_en=["gearwheel"]))
    answer = client.post(page, given)
    assert "while you were writing" in answer.text
    assert "cog" in answer.text
    again = answer.context["form"]["seen"].value()
    assert client.post(page, given | {"seen": again}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_two_who_save_at_once_one_wins():
    gear = ConceptFactory(code="gear")
    both = [
        weighed(Concept.objects.get(pk=gear.pk), synonyms_en=[word]) for word in ("cog", "wheel")
    ]
    told = at_once(
        *(
            lambda each=each: apply_revision(revision=each, actor=None, now=timezone.now())
            for each in both
        )
    )
    assert sorted(told) == ["StateChanged", "done"]


def test_a_killed_worker_is_followed_by_another(market, monkeypatch):
    gear, _pump, _own = market
    monkeypatch.setattr("companies.services.retagging.BATCH", 1)
    revision = weighed(gear, synonyms_ja=["ギヤードモータ"], label_ja="別の歯車")
    apply_revision(revision=revision, actor=None, now=timezone.now())
    ticks = iter(range(9))

    def dying():
        if next(ticks) == 3:
            raise KeyboardInterrupt
        return timezone.now()

    with pytest.raises(KeyboardInterrupt):
        carry_out_revision(revision=revision, clock=dying)
    revision = Revision.objects.get(pk=revision.pk)
    assert (revision.state, revision.items_done > 0) == ("applying", True)
    tasks.apply_revision(revision_id=revision.pk)
    assert tags()["ギヤードモータ"] == {"gear"}
    assert tags()["歯車"] == set()


def test_the_whole_way_through_the_pages(market, client, supervisor):
    gear, pump, _own = market
    edit = reverse("taxonomy:concept_edit", args=[gear.code])
    given = {
        "code": "gear",
        "kind": gear.kind,
        "label_ko": "기어",
        "label_ja": "歯車",
        "label_en": "gear",
        "synonyms_ja": "ギヤードモータ",
        "is_active": "on",
    }
    page = client.post(edit, given).url
    revision = Revision.objects.get()
    assert "Looking through all items" in client.get(page).text
    tasks.weigh_revision(revision_id=revision.pk)
    assert client.get(page, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    shown = client.get(page)
    assert shown.context["rows"] == [("gear", 1, 0, 0, 0)]
    client.post(reverse("taxonomy:revision_apply", args=[revision.pk]))
    assert "Tagging items anew" in client.get(page).text
    tasks.apply_revision(revision_id=revision.pk)
    assert "Lee Bora" in client.get(edit).text
    told = AuditEvent.objects.get(verb="concept.edited")
    assert (told.actor, told.data["revision"]) == (supervisor, revision.pk)

    undo = client.post(reverse("taxonomy:revision_undo", args=[revision.pk])).url
    back = Revision.objects.latest("pk")
    assert undo == reverse("taxonomy:revision", args=[back.pk])
    client.post(reverse("taxonomy:revision_drop", args=[back.pk]))
    back.refresh_from_db()
    assert back.state == "dropped"
    assert client.post(edit, given).url == reverse("taxonomy:concepts")  # nothing differs

    merge = reverse("taxonomy:concept_merge", args=[gear.code])
    assert client.post(merge, {"into": gear.pk}).status_code == 422
    assert client.post(merge, {"into": "x"}).status_code == 422
    assert client.post(merge, {"into": pump.pk}).status_code == 302


@DB
def test_the_tree_shows_everything_below_its_broader_concept(client, django_assert_max_num_queries):
    client.force_login(StaffFactory())
    for _ in range(3):
        parent = ConceptFactory()
        for _ in range(2):
            ConceptFactory(parent=parent)
    with django_assert_max_num_queries(13):
        page = client.get(reverse("taxonomy:concepts"), {"tree": ""})
    roots = page.context["branches"]
    assert [len(below) for _concept, below in roots] == [2, 2, 2]
    assert Company.objects.count() == 0
