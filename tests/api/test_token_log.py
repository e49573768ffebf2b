"""The log of all uses as administrators read it; mails about tokens."""

from datetime import timedelta

import pytest
from django.utils import timezone

from api.models import Token
from api.services import note_use, tell_of_ending_tokens
from common.models import AuditEvent
from mailing.models import Message
from tests.api.callers import inside, key_of, use_of
from tests.factories import PASSWORD, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db
LOG = "/staff/audit/uses/"


@pytest.fixture
def reader():
    return inside(StaffFactory(staff_role="administrator", language="en"))


@pytest.fixture
def tokens():
    """Of Kim, who read and was refused, and of Sato, whose write failed long ago."""
    now = timezone.now()
    kim, _key = key_of(UserFactory(name="Kim"), "firm", name="=ERP")
    sato, _key = key_of(UserFactory(name="Sato"), "firm", name="Shop")
    note_use(use=use_of(kim), now=now)
    note_use(use=use_of(kim, status=403, object_id="x-1"), now=now)
    note_use(use=use_of(sato, method="POST", status=500), now=now - timedelta(days=40))
    return kim, sato


def statuses(reader, query):
    page = reader.get(LOG + query)
    assert page.status_code == 200
    return sorted(use.status for use in page.context["uses"])


def test_each_filter_finds_its_uses(reader, tokens):
    kim, sato = tokens
    day = (timezone.localdate() - timedelta(days=10)).isoformat()
    expected = {
        "": [200, 403, 500],
        f"?token={kim.pk}": [200, 403],
        f"?person={sato.user_id}": [500],
        "?who=kim": [200, 403],
        "?method=POST": [500],
        "?outcome=answered": [200],
        "?outcome=refused": [403],
        "?outcome=failed": [500],
        f"?since={day}": [200, 403],
        f"?until={day}": [500],
        # What cannot be read is said and left out.
        "?token=1": [200, 403, 500],
    }
    assert {query: statuses(reader, query) for query in expected} == expected
    text = reader.get(f"{LOG}?token={kim.pk}").content.decode()
    assert "=ERP" in text
    assert "x-1" in text


def test_the_pages_show_every_use_once(reader, tokens):
    now = timezone.now()
    for _number in range(60):
        note_use(use=use_of(tokens[0]), now=now)
    first = reader.get(LOG).context["page"]
    second = reader.get(LOG, {"before": first.older}).context["page"]
    seen = [use.pk for use in [*first.rows, *second.rows]]
    assert len(seen) == len(set(seen)) == 63


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_costs_the_same_however_long(reader, number, django_assert_num_queries):
    for each in range(number):
        token, _key = key_of(UserFactory(), "firm", name=f"script {each}")
        note_use(use=use_of(token), now=timezone.now())
    reader.get(LOG)
    with django_assert_num_queries(QUERIES):
        reader.get(LOG)


QUERIES = 6


def test_the_file_has_the_filtered_rows_and_is_written_down(reader, tokens):
    reader.post("/accounts/reauthenticate/", {"password": PASSWORD})
    answer = reader.post(f"{LOG}csv/?outcome=refused")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("number,at,token,")
    assert len(lines) == 2
    # A name that a spreadsheet would run is only text.
    assert ",=ERP" not in lines[1]
    event = AuditEvent.objects.get(verb="uses.exported")
    assert event.data == {"format": "csv", "filters": {"outcome": "refused"}}


def test_a_new_token_is_told_by_mail():
    person = UserFactory(language="ko")
    token, key = key_of(person, "firm", name="ERP")
    mail = Message.objects.get(kind="token_issued")
    assert (mail.user, mail.to, mail.language) == (person, person.email, "ko")
    assert "ERP" in mail.subject
    assert key not in mail.text + mail.html
    assert token.hint not in mail.text


@pytest.mark.parametrize(
    ("ends_in", "used_ago", "is_told"),
    [(6, 1, True), (8, 1, False), (6, 40, False), (-1, 2, False), (6, None, False)],
)
def test_only_tokens_in_use_are_told_to_end(ends_in, used_ago, is_told):
    now = timezone.now()
    key_of(UserFactory(), "firm")
    Token.objects.update(
        expires_at=now + timedelta(days=ends_in),
        last_used_at=None if used_ago is None else now - timedelta(days=used_ago),
    )
    assert tell_of_ending_tokens(now=now) == int(is_told)
    assert tell_of_ending_tokens(now=now + timedelta(hours=1)) == int(is_told)
    assert Message.objects.filter(kind="token_ending").count() == int(is_told)
