"""Two records of one firm: put together, what firms then see and are mailed, and taken apart."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.choices import StaffRole
from accounts.models import User
from common.errors import RuleViolated, StateChanged
from common.models import AuditEvent
from companies import services
from companies.choices import CompanyState, ImportState, MemberRole
from companies.models import (
    Block,
    Company,
    CompanyCertification,
    CompanyMerge,
    ImportJob,
    Invitation,
    JoinRequest,
    Membership,
    SearchEntry,
)
from companies.queries import same_firm
from companies.services.merge_rules import RULES, keys_to_company
from companies.services.merging import MergeBuiltOn
from mailing.models import Message
from matching.choices import Side
from matching.models import Match, MatchEvent, MatchRun
from tests.factories import (
    CertificationFactory,
    CompanyFactory,
    MatchFactory,
    MembershipFactory,
    NeedFactory,
    OfferingFactory,
    SectorFactory,
    StaffFactory,
    UserFactory,
)
from tests.matching.scenes import answer, introduced_match, published_match

pytestmark = pytest.mark.django_db
# What a merge and its undoing add to: the trail, the outbox, the record of the merge itself.
ADDED_TO = (AuditEvent, Message, CompanyMerge, MatchEvent, MatchRun)


@pytest.fixture
def boss(client: Client) -> User:
    user = StaffFactory(staff_role=StaffRole.SUPERVISOR, language="en")
    client.force_login(user)
    return user


def merged(survivor: Company, absorbed: Company, **fields: Any) -> CompanyMerge:
    if "actor" not in fields:
        fields["actor"] = StaffFactory(staff_role=StaffRole.SUPERVISOR)
    fields.setdefault("now", timezone.now())
    fields.setdefault("fields", {})
    return services.merge_companies(survivor=survivor, absorbed=absorbed, note="twice", **fields)


def checksums() -> dict[str, str]:
    """A checksum of every table of ours but those that are only ever added to."""
    found = {}
    added_to = {model._meta.db_table for model in ADDED_TO} | {"usersessions_usersession"}
    tables = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }
    with connection.cursor() as cursor:
        for table in sorted(tables - added_to):
            cursor.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t")
            found[table] = cursor.fetchone()[0]
    return found


@pytest.fixture
def firms() -> tuple[Company, Company]:
    """Two records of one firm, each with everything a firm can have."""
    survivor, absorbed = (CompanyFactory(with_owner=True) for _each in range(2))
    both = UserFactory(language="ko")
    for firm in (survivor, absorbed):
        MembershipFactory(company=firm, user=both, role=MemberRole.VIEWER)
        iso = CertificationFactory()
        CompanyCertification.objects.create(company=firm, certification=iso, number="same")
        Block.objects.create(company=firm, blocked=firm_named("blocked"), created_at=timezone.now())
    CompanyCertification.objects.create(company=absorbed, certification=iso, number="own")
    Block.objects.create(company=absorbed, blocked=survivor, created_at=timezone.now())
    Block.objects.create(
        company=firm_named("stranger"), blocked=absorbed, created_at=timezone.now()
    )
    absorbed.sectors.add(SectorFactory(code="mobility"))
    asking = UserFactory()
    services.ask_to_join(company=survivor, user=asking, message="", now=timezone.now())
    services.ask_to_join(company=absorbed, user=asking, message="", now=timezone.now())
    services.ask_to_join(company=absorbed, user=UserFactory(), message="", now=timezone.now())
    owner = absorbed.memberships.filter(role=MemberRole.OWNER)[0].user
    services.invite(
        company=absorbed,
        email="new@x.example",
        role="viewer",
        language="ko",
        actor=owner,
        now=timezone.now(),
    )
    ImportJob.objects.create(
        company=absorbed,
        filename="a.csv",
        content=b"x",
        sha256="x",
        state=ImportState.DONE,
        created_at=timezone.now(),
    )
    OfferingFactory(company=absorbed, title_en="Only theirs", source_id="7")
    OfferingFactory(company=survivor, title_en="Only ours", source_id="7")
    return survivor, absorbed


def firm_named(name: str) -> Company:
    return Company.objects.filter(name_en=name).first() or CompanyFactory(
        name_en=name, country="JP", with_owner=True
    )


def test_every_key_to_a_firm_has_a_rule() -> None:
    """A new foreign key to Company: say in a rule what a merge does to its rows."""
    assert set(keys_to_company()) == set(RULES)


def test_all_that_hangs_on_it_goes_to_the_survivor(firms: tuple[Company, Company]) -> None:
    survivor, absorbed = firms
    newcomer = absorbed.memberships.filter(role=MemberRole.OWNER)[0].user
    merged(survivor, absorbed)
    absorbed.refresh_from_db()
    assert (absorbed.state, absorbed.merged_into) == (CompanyState.MERGED, survivor)
    roles = dict(survivor.memberships.values_list("user", "role"))
    assert len(roles) == 3
    assert roles[newcomer.pk] == MemberRole.EDITOR
    assert sorted(survivor.certificates.values_list("number", flat=True)) == ["own", "same"]
    assert [str(sector.code) for sector in survivor.sectors.all()] == ["mobility"]
    assert {block.blocked.name_en for block in survivor.blocks.all()} == {"blocked"}
    assert {block.company.name_en for block in survivor.blocked_by.all()} == {"stranger"}
    assert JoinRequest.objects.filter(company=survivor, state="open").count() == 2
    assert Invitation.objects.get().company == survivor
    assert ImportJob.objects.get().company == survivor
    assert survivor.offerings.count() == 2
    assert not Membership.objects.filter(company=absorbed).exists()


def test_undoing_restores_every_row(firms: tuple[Company, Company]) -> None:
    survivor, absorbed = firms
    live = published_match(offering=OfferingFactory(company=absorbed, title_en="Resist"))
    MatchFactory(offering=OfferingFactory(company=survivor, title_en="Resist"), need=live.need)
    introduced_match(offering=OfferingFactory(company=absorbed, title_en="Wafers"))
    MatchFactory(
        offering=OfferingFactory(company=survivor, title_en="Gas"),
        need=NeedFactory(company=firm_named("stranger")),
    )
    boss = StaffFactory(staff_role=StaffRole.SUPERVISOR)
    before = checksums()
    row = merged(
        survivor,
        absorbed,
        fields={"website": "absorbed", "official_number": "absorbed"},
        actor=boss,
    )
    assert checksums() != before
    services.undo_merge(merge=row, actor=boss, now=timezone.now())
    assert checksums() == before


def test_people_see_one_firm_and_are_told_in_their_language(client: Client) -> None:
    survivor = CompanyFactory(with_owner=True)
    absorbed = CompanyFactory(with_owner=True)
    person = absorbed.memberships.get().user
    person.language = "ja"
    person.save()
    row = merged(survivor, absorbed)
    mails = {mail.to: mail for mail in Message.objects.filter(kind="company_merged")}
    assert set(mails) == {person.email, survivor.memberships.exclude(user=person).get().user.email}
    assert mails[person.email].language == "ja"
    assert "メンバー" in mails[person.email].text
    client.force_login(person)
    page = client.get(reverse("companies:profile"), {"company": absorbed.pk})
    assert page.context["company"] == survivor
    old = client.get(reverse("companies:company", args=[absorbed.pk]))
    assert old.headers["Location"] == reverse("companies:company", args=[survivor.pk])
    services.undo_merge(merge=row, actor=StaffFactory(), now=timezone.now())
    assert Message.objects.filter(kind="company_unmerged").count() == 2
    page = client.get(reverse("companies:profile"), {"company": absorbed.pk})
    assert page.context["company"] == absorbed


def test_a_visitor_follows_the_old_address_only_to_what_they_may_see() -> None:
    survivor = CompanyFactory()
    absorbed = CompanyFactory(state=CompanyState.DRAFT)
    page = reverse("companies:company", args=[absorbed.pk])
    assert Client().get(page).status_code == 404
    merged(survivor, absorbed)
    assert Client().get(page, follow=True).status_code == 200
    Company.objects.filter(pk=survivor.pk).update(state=CompanyState.SUSPENDED)
    assert Client().get(page).status_code == 404


# --- What forbids it ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({"state": "draft"}, {"state": "verified"}),
        ({"state": "suspended"}, {"state": "draft"}),
        ({"unclaimed": True}, {"state": "draft"}),
        ({"country": "JP"}, {}),
        ({"state": "closed"}, {}),
        ({"source": "association"}, {}),
    ],
)
def test_what_cannot_be_merged_says_why(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    with pytest.raises(RuleViolated):
        merged(CompanyFactory(**mine), CompanyFactory(**theirs))


def test_an_import_under_way_is_waited_for() -> None:
    survivor, absorbed = CompanyFactory(), CompanyFactory()
    ImportJob.objects.create(
        company=absorbed, content=b"", state=ImportState.RUNNING, created_at=timezone.now()
    )
    with pytest.raises(RuleViolated):
        merged(survivor, absorbed)


def test_an_official_number_can_be_taken_over_and_no_merge_frees_it_twice() -> None:
    survivor, absorbed = (
        CompanyFactory(state="draft", official_number=""),
        CompanyFactory(state="draft"),
    )
    row = merged(survivor, absorbed, fields={"official_number": "absorbed"})
    survivor.refresh_from_db()
    assert survivor.official_number == absorbed.official_number
    found = same_firm(country="KR", number=absorbed.official_number, names=[])
    assert found == survivor
    services.undo_merge(merge=row, actor=StaffFactory(), now=timezone.now())
    survivor.refresh_from_db()
    assert survivor.official_number == ""


def changed_website(match: Match, survivor: Company) -> None:
    Company.objects.filter(pk=survivor.pk).update(website="https://new.example")


def answered(match: Match, survivor: Company) -> None:
    answer(Match.objects.with_sides().get(pk=match.pk), Side.BUYER)


def member_left(match: Match, survivor: Company) -> None:
    came = Membership.objects.get(company=survivor, role=MemberRole.EDITOR)
    came.delete()


def merged_on(match: Match, survivor: Company) -> None:
    merged(CompanyFactory(with_owner=True), survivor)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (changed_website, "companies.company"),
        (answered, "matching.answer"),
        (member_left, "companies.membership"),
        (merged_on, "companies.company"),
    ],
)
def test_what_was_built_on_a_merge_keeps_it(
    change: Any, code: str, client: Client, boss: User
) -> None:
    match = published_match(now=timezone.now() - timedelta(hours=1))
    survivor = CompanyFactory(with_owner=True)
    Company.objects.filter(pk=match.seller.pk).update(website="https://old.example")
    absorbed = Company.objects.get(pk=match.seller.pk)
    row = merged(
        survivor,
        absorbed,
        fields={"website": "absorbed"},
        now=timezone.now() - timedelta(minutes=1),
    )
    change(match, survivor)
    with pytest.raises(MergeBuiltOn) as told:
        services.undo_merge(merge=row, actor=boss, now=timezone.now())
    assert code in told.value.found
    page = client.post(reverse("companies:merge_undo", args=[row.pk]), follow=True)
    assert "built on" in str(next(iter(page.context["messages"])))


def test_a_merge_is_undone_once_and_in_time() -> None:
    row = merged(CompanyFactory(), CompanyFactory())
    boss = StaffFactory()
    with pytest.raises(StateChanged):
        services.undo_merge(merge=row, actor=boss, now=row.undo_until)
    services.undo_merge(merge=row, actor=boss, now=row.undo_until - timedelta(minutes=1))
    with pytest.raises(StateChanged):
        services.undo_merge(merge=row, actor=boss, now=timezone.now())


# --- The pages ---------------------------------------------------------------------------------


def test_the_page_shows_both_says_what_happens_and_does_it(
    client: Client, boss: User, firms: tuple[Company, Company]
) -> None:
    survivor, absorbed = firms
    Company.objects.filter(pk=absorbed.pk).update(website="https://their.example")
    page = reverse("companies:merge", args=[survivor.pk, absorbed.pk])
    client.get(page)
    before = checksums()
    seen = client.get(page)
    assert checksums() == before
    assert not Message.objects.filter(kind="company_merged").exists()
    assert ("offerings that come along", 1) in seen.context["preview"]
    form = seen.context["form"]
    assert form.fields["website"].initial == "absorbed"
    values = {name: form.fields[name].initial for name in form.fields if name != "note"}
    assert client.post(page, values).status_code == 422
    answered = client.post(page, {**values, "note": "the same number"}, follow=True)
    assert answered.status_code == 200
    survivor.refresh_from_db()
    assert survivor.website == "https://their.example"
    history = client.get(reverse("companies:verification_detail", args=[absorbed.pk]))
    assert survivor.display_name in history.content.decode()
    undo = reverse("companies:merge_undo", args=[CompanyMerge.objects.get().pk])
    assert (
        undo
        in client.get(reverse("companies:verification_detail", args=[survivor.pk])).content.decode()
    )
    client.post(undo)
    absorbed.refresh_from_db()
    assert absorbed.state == CompanyState.VERIFIED


def test_a_merge_the_wrong_way_round_offers_the_other(client: Client, boss: User) -> None:
    draft, verified = CompanyFactory(state="draft"), CompanyFactory()
    seen = client.get(reverse("companies:merge", args=[draft.pk, verified.pk])).content.decode()
    assert "The verified firm must be the one that stays." in seen
    assert reverse("companies:merge", args=[verified.pk, draft.pk]) in seen


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    from django.utils import translation

    with translation.override("en"):
        yield


def test_registering_the_absorbed_number_leads_to_the_survivor() -> None:
    survivor, absorbed = CompanyFactory(), CompanyFactory(state="draft")
    merged(survivor, absorbed)
    found = same_firm(country="KR", number=absorbed.official_number, names=[])
    assert found == survivor


@pytest.mark.django_db(transaction=True)
def test_the_search_follows_the_merge_and_its_undoing() -> None:
    survivor, absorbed = CompanyFactory(with_owner=True), CompanyFactory(with_owner=True)
    OfferingFactory(company=absorbed, title_en="Quartz crucible")
    before = list(SearchEntry.objects.order_by("pk").values())
    row = merged(survivor, absorbed)
    found = SearchEntry.objects.in_bulk([survivor.pk, absorbed.pk])
    assert "quartz" in found[survivor.pk].titles
    assert "quartz" not in found[absorbed.pk].titles
    assert (found[survivor.pk].is_listed, found[absorbed.pk].is_listed) == (True, False)
    services.undo_merge(merge=row, actor=StaffFactory(), now=timezone.now())
    after = list(SearchEntry.objects.order_by("pk").values())
    assert [
        (name, row[name], was[name])
        for row, was in zip(after, before, strict=True)
        for name in row
        if row[name] != was[name]
    ] == []
