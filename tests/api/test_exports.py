"""Tables taken along: who gets what, in which form, in how many queries, and what is noted."""

import csv
import json
import re
from datetime import timedelta
from html import unescape
from io import BytesIO, StringIO
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.choices import StaffRole
from api.choices import Scope
from api.exporting import TABLES, Caller, rows_of
from api.models import Export
from common.models import AuditEvent
from matching.choices import Side
from matching.forms.queue import wanted_of
from matching.models import Match, Outcome
from matching.queries.queue import review_matches
from tests.api.callers import inside, program
from tests.factories import (
    CompanyFactory,
    MatchFactory,
    MembershipFactory,
    NeedFactory,
    OfferingFactory,
    PolicyFactory,
    RunFactory,
    SectorFactory,
    StaffFactory,
    UserFactory,
)
from tests.matching.scenes import introduced_match, member_of, published_match

pytestmark = pytest.mark.django_db
AT = "/api/v1/exports/"


def content(answer):
    assert answer.status_code == 200, b"".join(answer)
    return b"".join(answer.streaming_content)


def lines(client, kind, query=""):
    """The rows of JSON lines, whose last line counts them."""
    *rows, end = content(client.get(f"{AT}{kind}/?format=jsonl{query}")).splitlines()
    assert json.loads(end) == {"end": {"rows": len(rows)}}
    return [json.loads(row) for row in rows]


def reviewer(**fields):
    return StaffFactory(staff_role=StaffRole.REVIEWER, **fields)


@pytest.fixture
def hidden():
    """A published match with a seller that hides its name."""
    seller = CompanyFactory(
        name_ko="한빛정밀", name_en="Hanbit Precision", is_name_hidden=True, with_owner=True
    )
    offering = OfferingFactory(company=seller, title_en="Lens by Hanbit Precision")
    buyer = CompanyFactory(country="JP", with_owner=True)
    return published_match(offering=offering, need=NeedFactory(company=buyer))


def test_staff_take_every_match_along_and_a_firm_only_its_own(hidden):
    MatchFactory()
    assert len(lines(inside(reviewer()), "matches")) == 2
    (own,) = lines(inside(member_of(hidden, Side.BUYER)), "matches")
    assert (own["id"], own["side"]) == (str(hidden.pk), "buyer")
    stranger = MembershipFactory(company=CompanyFactory()).user
    for kind in ("matches", "needs", "offerings", "outcomes"):
        assert lines(inside(stranger), kind) == []
    (firm,) = lines(inside(stranger), "companies")
    assert firm["id"] == str(stranger.memberships.get().company_id)
    assert lines(inside(UserFactory()), "companies") == []


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("kind", sorted(TABLES))
def test_a_hidden_name_stays_hidden_in_every_table(hidden, kind, form):
    buyer = inside(member_of(hidden, Side.BUYER))
    told = content(buyer.get(f"{AT}{kind}/?format={form}")).decode()
    number = hidden.seller.official_number
    assert not [word for word in ("한빛", "Hanbit", number) if word in told]


def test_names_are_told_after_the_introduction_but_not_the_others_words():
    match = introduced_match()
    for side in Side:
        Outcome.objects.create(
            match=match,
            side=side,
            stage="met",
            note=f"said by the {side}",
            value_band="",
            by=member_of(match, side),
            at=timezone.now(),
        )
    rows = lines(inside(member_of(match, Side.BUYER)), "outcomes")
    assert sorted((row["side"], row["note"]) for row in rows) == [
        ("buyer", "said by the buyer"),
        ("seller", ""),
    ]
    assert all(row["is_confirmed"] for row in rows)
    assert {row["seller_name"] for row in rows} == {match.seller.display_name}
    assert len(lines(inside(reviewer()), "outcomes", "&side=seller")) == 1


def test_a_token_for_a_firm_shows_staff_no_more_than_a_firm():
    MatchFactory()
    person = reviewer()
    assert lines(program(person, Scope.FIRM), "matches") == []
    assert len(lines(program(person, Scope.REVIEWER), "matches")) == 1


@pytest.mark.parametrize("kind", sorted(TABLES))
def test_every_table_in_every_form_has_a_column_for_each_name(kind, hidden):
    client = inside(reviewer(language="en"))
    names = list(lines(client, kind)[0]) if kind != "outcomes" else []
    table = content(client.get(f"{AT}{kind}/?headers=names")).decode("utf-8-sig")
    header, *rows = csv.reader(StringIO(table, newline=""))
    assert header == (names or header)
    assert all(len(row) == len(header) for row in rows)
    book = openpyxl.load_workbook(BytesIO(content(client.get(f"{AT}{kind}/?format=xlsx"))))
    assert book.active.max_column == len(header)
    assert book.active.max_row == len(rows) + 1


def test_people_read_labels_in_their_language_and_programs_names(hidden):
    person = reviewer(language="ja")
    table = content(inside(person).get(f"{AT}matches/")).decode("utf-8-sig")
    header, row = list(csv.reader(StringIO(table, newline="")))[:2]
    assert "状態" in header
    assert "承認" in row[header.index("状態")]
    told = content(inside(person).get(f"{AT}matches/", headers={"accept-language": "ko"})).decode(
        "utf-8-sig"
    )
    assert "상태" in told.splitlines()[0]
    chosen = content(inside(person).get(f"{AT}matches/?language=en")).decode("utf-8-sig")
    assert ",state," in chosen.splitlines()[0]
    plain = content(inside(person).get(f"{AT}matches/?headers=names")).decode("utf-8-sig")
    assert plain.startswith("id,state,direction,")
    assert ",approved," in plain


def test_a_code_page_gets_its_own_letters_and_the_rest_is_counted():
    CompanyFactory(name_ko="한빛=1", name_ja="高﨑", name_en="=1+1")
    answer = inside(reviewer(language="ko")).get(f"{AT}companies/?encoding=cp949")
    assert answer.headers["Content-Type"] == "text/csv; charset=windows-949"
    told = content(answer).decode("cp949")
    assert "한빛=1" in told
    assert "高〓" in told
    assert "'=1+1" in told
    export = Export.objects.get(pk=answer.headers["Export-Id"])
    assert (export.state, export.rows, export.substituted) == ("complete", 1, 1)


def test_the_form_comes_by_accept_too_and_the_file_has_a_date():
    client = inside(reviewer())
    answer = client.get(f"{AT}needs/", headers={"accept": "application/x-ndjson"})
    today = f"{timezone.localdate():%Y-%m-%d}"
    assert (
        answer.headers["Content-Disposition"] == f'attachment; filename="gagyo-needs-{today}.jsonl"'
    )
    assert json.loads(content(answer)) == {"end": {"rows": 0}}
    packed = client.get(f"{AT}needs/?format=csv", headers={"accept-encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    content(packed)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?format=pdf", 406, "not-acceptable"),
        ("?encoding=koi8-r", 422, "invalid"),
        ("?headers=both", 422, "invalid"),
        ("?stat=approved", 422, "invalid"),
        ("?state=approvd", 422, "invalid"),
        ("?min_score=high", 422, "invalid"),
        ("?late=null", 422, "invalid"),
        ("?is_prospect=true&is_prospect=maybe", 422, "invalid"),
        ("?waiting_days=1.5", 422, "invalid"),
    ],
)
def test_what_is_not_understood_is_refused_before_anything_is_written(query, status, code):
    answer = inside(reviewer()).get(f"{AT}matches/{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    for fault in answer.json().get("errors", ()):
        assert fault["parameter"]
        assert fault["detail"]
    assert not Export.objects.exists()


def test_the_audit_says_who_took_what_filtered_how_and_how_many_rows():
    MatchFactory()
    MatchFactory(state="withdrawn")
    person = reviewer()
    client = inside(person)
    assert len(lines(client, "matches", "&state=proposed&state=approved")) == 1
    begun, ended = AuditEvent.objects.filter(verb__startswith="export.").order_by("pk")
    assert (begun.actor, begun.verb, ended.verb) == (person, "export.begun", "export.completed")
    assert begun.data["filters"] == {"state": ["proposed", "approved"]}
    assert (begun.data["kind"], begun.data["format"]) == ("matches", "jsonl")
    assert (ended.data["rows"], ended.object_id) == (1, begun.object_id)
    (told,) = client.get(AT).json()["results"]
    assert (told["id"], told["state"], told["rows"]) == (begun.object_id, "complete", 1)
    assert inside(reviewer()).get(f"{AT}{told['id']}/").status_code == 404


def test_an_export_nobody_takes_to_its_end_is_noted_as_broken():
    MatchFactory()
    answer = inside(reviewer()).get(f"{AT}matches/")
    export = Export.objects.get()
    assert export.state == "running"
    next(iter(answer.streaming_content))
    # What `close` calls first; the rest of it would close the test's connection.
    for close in answer._resource_closers:
        close()
    export.refresh_from_db()
    assert export.state == "broken"
    assert AuditEvent.objects.filter(verb="export.broken").exists()


def test_a_head_takes_nothing_along():
    answer = inside(reviewer()).head(f"{AT}matches/?format=xlsx")
    assert answer.status_code == 200
    assert not Export.objects.exists()


@pytest.mark.parametrize("kind", sorted(TABLES))
@pytest.mark.parametrize("is_staff", [True, False])
def test_each_batch_takes_the_same_queries_and_is_read_when_it_is_due(
    kind, is_staff, django_assert_max_num_queries
):
    """Batches of two: the third row's queries come when the third row is asked for."""
    match = introduced_match()
    for _number in range(5):
        other = MatchFactory(
            need=NeedFactory(company=match.buyer),
            offering=OfferingFactory(company=match.seller),
            state="introduced",
            published_at=timezone.now(),
        )
        Outcome.objects.create(match=other, side="buyer", stage="met", by=None, at=timezone.now())
    caller = Caller.of(reviewer() if is_staff else member_of(match, Side.BUYER))
    table = TABLES[kind]
    rows = rows_of(table, table.rows(caller), caller, language="ko", size=2)
    most = 14
    with django_assert_max_num_queries(most):
        next(rows, None)
        next(rows, None)
    if kind in ("matches", "outcomes"):
        with django_assert_max_num_queries(most) as second:
            next(rows)
        assert len(second) > 0
        with django_assert_max_num_queries(0):
            next(rows)
        with django_assert_max_num_queries(most) as third:
            next(rows)
        assert len(third) == len(second)


def test_batches_hold_every_row_once():
    need = NeedFactory()
    wanted = {str(MatchFactory(need=need).pk) for _ in range(7)}
    caller = Caller.system()
    table = TABLES["matches"]
    for size in (1, 2, 3, 7, 8):
        rows = rows_of(table, Match.objects.all(), caller, language="en", size=size)
        found = [row["id"] for row in rows]
        assert (len(found), set(found)) == (7, wanted)


@pytest.mark.parametrize(
    ("role", "name", "kinds"),
    [
        ("firm", "matching:inbox", {"matches", "outcomes"}),
        ("firm", "companies:items", {"offerings", "needs"}),
        ("staff", "companies:verification", {"companies", "offerings", "needs"}),
        ("staff", "matching:prospects", {"matches"}),
        ("staff", "matching:review", {"matches"}),
        ("staff", "insights:overview", {"matches", "outcomes"}),
    ],
)
def test_the_files_beside_a_list_can_be_taken_along(hidden, role, name, kinds):
    """Every link that the page offers answers with a file."""
    client = inside(reviewer() if role == "staff" else member_of(hidden, Side.SELLER))
    page = client.get(reverse(name), follow=True).content.decode()
    links = {unescape(link) for link in re.findall(r'href="(/api/v1/exports/[^"]+)"', page)}
    assert {urlsplit(link).path.split("/")[4] for link in links} == kinds
    assert len(links) >= 4 * len(kinds)
    for link in links:
        content(client.get(link))


def exported(client, page):
    """Ids of the matches in the file that the menu of the page offers to programs."""
    shown = client.get(page, follow=True).content.decode()
    links = {unescape(link) for link in re.findall(r'href="(/api/v1/exports/[^"]+)"', shown)}
    (link,) = (link for link in links if "jsonl" in link)
    *rows, _end = content(client.get(link)).splitlines()
    return {json.loads(row)["id"] for row in rows}


@pytest.fixture
def desk():
    """Matches that differ in everything the queue can be narrowed by, and a reviewer."""
    now = timezone.now()
    me, other = reviewer(), reviewer()
    bio = SectorFactory(code="bio")
    firm = CompanyFactory(country="JP", name_ja="東方化学", sectors=[bio])
    second = RunFactory(policy=PolicyFactory(version=7))
    MatchFactory(need=NeedFactory(company=firm), score=0.95)
    MatchFactory(direction="jp_to_kr", score=0.7, assigned_to=me)
    MatchFactory(score=0.69, assigned_to=other, run=second)
    MatchFactory(offering=OfferingFactory(title_en="東方 mirror"), created_at=now - timedelta(40))
    MatchFactory(held_until=timezone.localdate(now) + timedelta(days=3), score=0.8)
    MatchFactory(first_approved_at=now, first_approved_by=other, score=0.9)
    MatchFactory(state="rejected", decided_by=me, decided_at=now)
    MatchFactory(state="rejected", decided_by=other, decided_at=now)
    MatchFactory(is_prospect=True)
    return me, firm, other


@pytest.mark.parametrize(
    ("query", "many"),
    [
        ("", 3),
        ("folder=queue&assigned=anybody", 4),
        ("assigned=me", 1),
        ("assigned=nobody", 2),
        ("assigned={other}", 1),
        ("assigned=anybody&min_score=70", 3),
        ("sector=bio", 1),
        ("direction=jp_to_kr", 1),
        ("policy=7&assigned=anybody", 1),
        ("age=30", 1),
        ("late=on", 1),
        ("firm={firm}", 1),
        ("q=東方", 2),
        ("q=mirror&age=14&late=on", 1),
        ("folder=held", 1),
        ("folder=second", 1),
        ("folder=decided", 1),
        ("folder=asked", 0),
    ],
)
def test_the_file_of_the_queue_holds_what_the_queue_shows(desk, query, many):
    me, firm, other = desk
    query = query.format(firm=firm.pk, other=other.pk)
    wanted = wanted_of(QueryDict(query).dict())
    listed = {str(each.pk) for each in review_matches(wanted, user=me, now=timezone.now())}
    assert exported(inside(me), f"{reverse('matching:review')}?{query}") == listed
    assert len(listed) == many


def test_only_known_people_are_asked_for(desk):
    for who in ("nobody else", "-1", "1" * 30, "٣"):
        assert lines(inside(desk[0]), "matches", f"&assigned={who}") == []


@pytest.mark.parametrize("name", ["company", "item", "need", "offering"])
def test_a_filter_tells_no_firm_who_the_hidden_one_is(hidden, name):
    """Who guesses an id gets what anybody gets who guesses wrong."""
    own = {"company": hidden.buyer, "need": hidden.need, "offering": None, "item": hidden.need}
    guessed = {"company": hidden.seller, "need": NeedFactory()}.get(name, hidden.offering)
    client = inside(member_of(hidden, Side.BUYER))
    assert lines(client, "matches", f"&{name}={guessed.pk}") == []
    if own[name]:
        assert len(lines(client, "matches", f"&{name}={own[name].pk}")) == 1
    assert client.get(f"{AT}matches/?min_score=0.9").status_code == 422


def test_a_browser_whose_session_is_over_is_led_to_the_log_in_and_on_to_the_file(hidden):
    page = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    link = f"{AT}matches/?format=csv&language=ko"
    visitor = Client()
    answer = visitor.get(link, headers=page)
    assert answer.status_code == 302
    address = urlsplit(answer.headers["Location"])
    assert address.path == reverse("account_login")
    assert parse_qs(address.query) == {"next": [link]}
    visitor.force_login(member_of(hidden, Side.BUYER))
    content(visitor.get(link, headers=page))
    # A program is told what to do, whatever it accepts.
    for headers in ({}, {"accept": "text/csv"}, page | {"authorization": "Bearer gagyo_none"}):
        refused = Client().get(link, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="gagyo"'
