"""Every page in three languages: translated, accessible in both themes, nothing blocked, nothing
sideways.

The pages are those of the permission table, so a new page is looked at without being named here.
With SCREENSHOTS=1 each is kept in screenshots/; PAGES=portal:home,404 looks at these only.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, Response, expect
from pytest_django import Settings

from accounts.models import User
from companies.choices import CompanyState
from companies.links import claim_url
from companies.models import DomainProof, Membership
from mailing.models import Message
from matching.choices import AnswerKind, Side
from matching.links import outcome_url
from matching.services import ensure_default_policy
from taxonomy.models import Region, Sector
from tests.browser.axe import violations_of_both_themes
from tests.browser.conftest import Complaints, NewPage, SignIn
from tests.browser.languages import english_left
from tests.browser.scenes import full_sides, proposal, reference_data
from tests.factories import (
    PASSWORD,
    CompanyFactory,
    ConceptFactory,
    MembershipFactory,
    PolicyFactory,
    StaffFactory,
    UserFactory,
)
from tests.matching.scenes import answer, introduced_match, member_of, published_match
from tests.permission_scene import arguments, last_part
from tests.test_permission_table import ROLES, TABLE

pytestmark = pytest.mark.django_db(transaction=True)


SCREENSHOTS = Path(__file__).resolve().parents[2] / "screenshots"
LANGUAGES = ("ko", "ja", "en")
WIDTHS = (1440, 390)
# Staff work on a laptop too.
STAFF_WIDTHS = (1440, 1024, 390)
# Answers that are no page of ours: files, JSON, a mail in its frame.
NO_PAGE = {
    "healthz",
    "companies:draft",
    # The insides of a menu and of the filter.
    "matching:review_counts",
    "matching:review_filter",
    "portal:manifest",
    "portal:openapi",
    "portal:robots",
    "portal:service_worker",
    "portal:sitemap",
    "portal:sitemap_firms",
    "portal:sitemap_pages",
    "companies:directory_suggestions",
    "companies:import_errors",
    "companies:import_file",
    "companies:own_import_errors",
    "companies:own_import_template",
    "dialogue:attachment",
    "insights:candidates_file",
    "insights:gap_file",
    "insights:trade_file",
    "insights:gaps_file",
    "companies:certificate_file",
    "companies:proof_file",
    # Looked at by the person whose link it is: see `claim_confirm` below.
    "companies:claim_confirm",
    "dialogue:call_file",
    "dialogue:call_link",
    "dialogue:calendar",
    "matching:review_queue",
    "matching:simulation_file",
    "taxonomy:concept_search",
    "insights:figure_file",
    "insights:group_file",
    "mailing:message_html",
    "companies:announcement_html",
    "mailing:sample_html",
    "accounts:export_download",
    # Only for those who have set up a second factor and have just entered it.
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_view_recovery_codes",
    # Only for those who have asked for a code, or have no password: nobody here.
    "account_confirm_login_code",
    "account_set_password",
    # Leads on from the confirmation of an address.
    "companies:welcome",
    # Looked at by a newcomer, by who may claim, and with matches chosen: see `world` below.
    "companies:start",
    "companies:claim",
    "matching:compare",
}
# Pages that lead the least powerful of those who may see them elsewhere.
SEEN_BY = {
    "account_logout": "outsider",
    "companies:need_edit": "buyer",
    "companies:join": "outsider",
    "companies:register": "outsider",
}
# From the least powerful on.
PEOPLE = ("visitor", "outsider", "owner", "administrator", "buyer")
OF_FIRMS = ("companies:", "dialogue:", "hooks:firm_", "matching:")
# Where people spend their time: looked at on both screens in every language.
KEY_PAGES = (
    "portal:home",
    "companies:register",
    "companies:items",
    "matching:match",
    "matching:answer",
    "matching:review",
)


ERROR_PAGES = {"403": 403, "404": 404, "link_unknown": 404}

# What makes the page scroll sideways, outermost first.
STICKING_OUT = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
  [...document.body.querySelectorAll("*")]
    .filter((each) => each.getBoundingClientRect().right > window.innerWidth + 0.5)
    .slice(0, 4)
    .map((each) => `${each.tagName}.${each.className} ${each.textContent.trim().slice(0, 40)}`)"""


# Labels, error summaries and scripts find a thing by its id: the second of two is never found.
SAID_TWICE = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  return [...new Set(ids.filter((id, place) => ids.indexOf(id) !== place))];
}"""


@dataclass(frozen=True)
class Visit:
    """A page and who looks at it; None is somebody who is not logged in."""

    name: str
    path: str
    person: User | None


def world(language: str) -> list[Visit]:
    """People who speak the language, and all the pages that are open to one of them."""
    reference_data()
    first_policy = ensure_default_policy(now=timezone.now())
    # Else `arguments` would make them with English names.
    PolicyFactory(name="정책 方針", version=7, state="draft")
    ConceptFactory(code="for_the_table", label_ko="시험", label_ja="試験")
    match = published_match(**full_sides())
    other = published_match(need=match.need, offering=full_sides()["offering"])
    chosen = urlencode([("match", each.pk) for each in (match, other)])
    proposal(value=0.9)
    proposal(value=0.8)
    CompanyFactory(state=CompanyState.SUBMITTED, with_owner=True)
    introduced = introduced_match(**full_sides())
    ended = published_match(**full_sides())
    answer(ended, Side.SELLER, AnswerKind.DECLINED, reason="price")
    record = CompanyFactory(unclaimed=True, website="https://dari.example.co.kr", name_en="")
    ending = MembershipFactory(
        company=CompanyFactory(
            verified_until=timezone.now() + timedelta(days=9),
            name_en="",
            about_ko="감광 소재를 만듭니다.",
            region=Region.objects.get(code="KR-48"),
            sectors=[Sector.objects.get(code="bio")],
        )
    ).user
    newcomer = MembershipFactory(company=CompanyFactory(state=CompanyState.DRAFT, name_en="")).user
    owner = Membership.objects.get(company=match.seller)
    proof = DomainProof.objects.create(
        company=record,
        user=owner.user,
        address="a@dari.example.co.kr",
        official_number="1",
        created_at=timezone.now(),
    )
    args = arguments(match, owner)
    persons = (
        None,
        UserFactory(),
        owner.user,
        StaffFactory(staff_role="administrator"),
        member_of(match, Side.BUYER),
    )
    people: dict[str, User | None] = dict(zip(PEOPLE, persons, strict=True))
    User.objects.update(language=language, name="한지우 佐藤")
    contact = member_of(introduced, Side.SELLER)
    # The page without connection is asked for by its language, not the reader's.
    args["portal:offline"] = [language]
    args["matching:outcome"] = [last_part(outcome_url(introduced, Side.SELLER, contact))]
    # Written about rows that only have English titles; the log would show them.
    Message.objects.filter(
        Q(subject__contains="photoresist") | Q(subject__contains="Works")
    ).delete()
    found = list(visits(args, people))
    all_pages = [
        *found,
        Visit("404", "/no-such-page/", None),
        Visit("link_unknown", reverse("matching:answer", args=["forged"]), None),
        Visit("403", reverse("companies:register"), people["administrator"]),
        Visit(
            "first_policy",
            reverse("matching:policy", args=[first_policy.version]),
            people["administrator"],
        ),
        Visit("bulk_preview", reverse("matching:review_bulk") + "?all=1", people["administrator"]),
        Visit("compare", f"{reverse('matching:compare')}?{chosen}", people["buyer"]),
        Visit("claim_confirm", urlsplit(claim_url(proof)).path, owner.user),
        Visit("claim_by_mail", reverse("companies:claim", args=[record.pk]), owner.user),
        Visit("renewal_due", reverse("companies:renewal"), ending),
        Visit("first_items", reverse("companies:start"), newcomer),
        Visit("home_firm", "/", people["owner"]),
        Visit("home_without_firm", "/", people["outsider"]),
        Visit("home_staff", "/", people["administrator"]),
        Visit("introduced", reverse("matching:match", args=[introduced.pk]), contact),
        Visit("ended", reverse("matching:match", args=[ended.pk]), member_of(ended, Side.SELLER)),
    ]
    wanted = os.environ.get("PAGES", "").split(",")
    return [visit for visit in all_pages if wanted == [""] or visit.name in wanted]


def visits(args: dict[str, list[object]], people: dict[str, User | None]) -> Iterator[Visit]:
    """Each page of the table once, seen by the least powerful of the people who may see it."""
    for name, (method, letters) in TABLE.items():
        if method != "GET" or name in NO_PAGE:
            continue
        let_in = dict(zip(ROLES, letters.replace(" ", ""), strict=True))
        yield Visit(name, reverse(name, args=args.get(name, [])), people[_seen_by(name, let_in)])


def _seen_by(name: str, let_in: dict[str, str]) -> str:
    if name in SEEN_BY:
        return SEEN_BY[name]
    role = next(role for role in PEOPLE if let_in[role] == "o")
    # The pages of a firm lead somebody without one to its registration.
    is_for_firms = name.startswith(OF_FIRMS) and let_in["owner"] == "o"
    return "owner" if role == "outsider" and is_for_firms else role


def width_of(visit: Visit, number: int) -> int:
    widths = STAFF_WIDTHS if visit.person and visit.person.is_association_staff else WIDTHS
    return widths[number % len(widths)]


def _not_the_page(visit: Visit, response: Response | None) -> list[str]:
    """An error page in the place of the page meant, or another page that it led to."""
    assert response is not None
    wanted = ERROR_PAGES.get(visit.name, 200)
    came_to = urlsplit(response.url).path
    return ([] if response.status == wanted else [f"answered {response.status}"]) + (
        [] if came_to == urlsplit(visit.path).path else [f"led to {came_to}"]
    )


class Looker:
    """Opens pages as the people in question and says what is wrong with each."""

    def __init__(self, new_page: NewPage, sign_in: SignIn, language: str) -> None:
        self.new_page, self.sign_in, self.language = new_page, sign_in, language
        self.pages: dict[tuple[User | None, int], Page] = {}

    def page_of(self, person: User | None, width: int) -> Page:
        if (person, width) not in self.pages:
            page = self.new_page(language=self.language, width=width)
            if person is not None:
                self.sign_in(page, person)
                # Some pages are only for who has just entered the password.
                page.goto(reverse("account_reauthenticate"))
                page.locator("[name=password]").fill(PASSWORD)
                page.locator("[name=password]").press("Enter")
                page.wait_for_url("/")
            self.pages[person, width] = page
        return self.pages[person, width]

    def faults(self, visit: Visit, width: int) -> list[str]:
        """What is wrong with the page; axe looks at it in the light and in the dark."""
        page = self.page_of(visit.person, width)
        page.emulate_media(color_scheme="light")
        response = page.goto(visit.path)
        # What a page fetches by itself belongs to it.
        expect(page.locator("[hx-trigger=load][hx-swap=outerHTML]")).to_have_count(0)
        expect(page.locator(".htmx-request")).to_have_count(0)
        look = f"{visit.name} {self.language} {width}"
        self._keep(page, look)
        faults = _not_the_page(visit, response)
        faults += [f"too wide: {what}" for what in page.evaluate(STICKING_OUT)]
        faults += [f"two of one id: {name}" for name in page.evaluate(SAID_TWICE)]
        if self.language != "en":
            faults += [f"English: {text}" for text in english_left(page)]
        faults += violations_of_both_themes(page)
        self._keep(page, f"{look} dark")
        return [f"{look}: {fault}" for fault in faults]

    def _keep(self, page: Page, look: str) -> None:
        if os.environ.get("SCREENSHOTS") == "1":
            name = look.replace(":", "-").replace(" ", "-")
            page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


@pytest.fixture(autouse=True)
def expected(complaints: Complaints, settings: Settings) -> None:
    settings.MAIL_SENDER_ADDRESS = "서울 강남구 영동대로 511"
    complaints.expect(r"status of 40[34]")
    # Said by axe when it finds that the sandbox keeps it out of a mail's frame.
    complaints.expect("Failed to execute 'postMessage'")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page(new_page: NewPage, sign_in: SignIn, language: str) -> None:
    """Each page on one screen in Korean and English and on the other in Japanese; those of staff
    on another one in each language."""
    looker = Looker(new_page, sign_in, language)
    faults = [
        fault
        for number, visit in enumerate(world(language), start=LANGUAGES.index(language))
        for fault in looker.faults(visit, width_of(visit, number))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_key_pages_on_the_other_screen(new_page: NewPage, sign_in: SignIn, language: str) -> None:
    looker = Looker(new_page, sign_in, language)
    faults = [
        fault
        for number, visit in enumerate(world(language), start=LANGUAGES.index(language) + 1)
        if visit.name in KEY_PAGES
        for fault in looker.faults(visit, WIDTHS[number % 2])
    ]
    assert not faults, "\n".join(faults)
