"""The leak test of the API: no address of it gives a hidden firm away before both accept.

Firms, people and words are those of `tests.matching.test_blind`; the addresses are those of the
API's own table, so that whatever is added there is looked at here.
"""

import json
from collections.abc import Iterator

import pytest
from django.urls import reverse

from accounts.models import User
from companies.choices import MemberRole
from companies.models import Membership
from matching.choices import AnswerKind, DeclineReason
from tests.api.callers import inside, program
from tests.api.table import TABLE, arguments
from tests.factories import MembershipFactory, StaffFactory
from tests.matching.scenes import answer
from tests.matching.test_blind import KINDS, WRITTEN, Blind, blind, everything_in, leaks
from tests.permission_scene import arguments as page_arguments
from tests.test_permission_table import Scene

__all__ = ["blind"]
pytestmark = pytest.mark.django_db

# A directory names the firm by its id there, under its description.
NAMED_BY_ID = ("company-list", "company-detail")


def scene_of(blind: Blind) -> Scene:
    """The table's scene about the blind match, seen by the firm that reads."""
    owner = Membership.objects.get(
        company=blind.match.company_of(blind.reader), role=MemberRole.OWNER
    )
    people: dict[str, User | None] = {
        "visitor": None,
        "outsider": MembershipFactory().user,
        "owner": owner.user,
        **{role: StaffFactory(staff_role=role) for role in ("reviewer", "supervisor")},
        "administrator": StaffFactory(staff_role="administrator"),
    }
    return Scene(people, page_arguments(blind.match, owner))


def addresses(blind: Blind) -> Iterator[tuple[str, str, str]]:
    """(method, name, address) of everything in the table, then of guesses."""
    args = arguments(scene_of(blind))
    args["company-detail"] = [blind.firm.pk]
    for row in sorted(TABLE):
        method, name = row.split()
        yield method, name, reverse(f"api:{name}", args=args.get(name, []))
    matches = reverse("api:match-list")
    for query in (
        f"company={blind.firm.pk}",
        f"item={blind.match.item_of(blind.secret).pk}",
        "state=approved&ordering=updated_at",
        "awaiting=me",
        "fields=firm,item,reasons",
    ):
        yield "GET", "match-list", f"{matches}?{query}"


@pytest.mark.parametrize(
    ("blind", "language"),
    list(zip(KINDS, ("ja", "ko", "en", "ko"), strict=True)),
    indirect=["blind"],
)
def test_no_address_gives_the_firm_away_to_its_counterpart(blind: Blind, language: str) -> None:
    client = inside(blind.person)
    found = {}
    for method, name, address in addresses(blind):
        if method != "GET":
            continue
        told = everything_in(client.get(address, headers={"accept-language": language}))
        leaked = leaks(told, blind.secret)
        if name not in NAMED_BY_ID and str(blind.firm.pk) in told.replace(address, ""):
            leaked.append("id")
        if leaked:
            found[address] = leaked
    assert not found


@pytest.mark.parametrize("blind", ["seller", "buyer"], indirect=True)
@pytest.mark.parametrize("is_over", [True, False])
def test_what_an_answer_is_answered_with_gives_nothing_away(blind: Blind, is_over: bool) -> None:
    client = program(blind.person, "firm")
    if is_over:
        answer(
            blind.match,
            blind.secret,
            AnswerKind.DECLINED,
            reason=DeclineReason.PRICE,
            note=WRITTEN[blind.secret],
            is_note_shared=True,
        )
    match = reverse("api:match-detail", args=[blind.match.pk])
    body = json.dumps({"kind": "interested"})
    posted = client.post(f"{match}answers/", body, "application/json")
    assert posted.status_code == (409 if is_over else 201)
    for told in (posted, client.get(match), client.get(f"{match}answers/")):
        assert leaks(everything_in(told), blind.secret) == []
        assert str(blind.firm.pk) not in everything_in(told)


@pytest.mark.parametrize("blind", ["both, read by the buyer"], indirect=True)
def test_whoever_stands_outside_finds_nothing_of_a_match(blind: Blind) -> None:
    stranger = program(MembershipFactory().user, "firm")
    for method, name, address in addresses(blind):
        body = {} if method == "GET" else {"data": "{}", "content_type": "application/json"}
        told = getattr(stranger, method.lower())(address, **body)
        assert leaks(everything_in(told), blind.secret) == [], address
        if str(blind.match.pk) in address:
            assert told.status_code in (403, 404), (method, name)
            assert told.status_code == 404 or told.json()["code"] == "wrong-scope"


@pytest.mark.parametrize("blind", ["seller", "buyer"], indirect=True)
def test_after_both_accepted_the_firm_is_named(blind: Blind) -> None:
    for side in (blind.reader, blind.secret):
        answer(blind.match, side)
    told = program(blind.person, "firm").get(reverse("api:match-detail", args=[blind.match.pk]))
    assert told.json()["firm"]["id"] == str(blind.firm.pk)
    assert leaks(told.content.decode(), blind.secret)
