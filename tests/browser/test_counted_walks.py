"""How long the way is: every page a person sees and every field they have to fill in is counted.

A page counts when its path is another one than that of the page before; a form that comes back
with its errors is the same page. A field counts once: when it is required and shown there, filled
in or not, and whatever the walk fills in besides.
"""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from celery.contrib.testing.worker import TestWorkController
from django.urls import reverse
from playwright.sync_api import Frame, Page, expect
from pytest_django import Settings

from accounts.choices import ConsentKind
from companies.choices import CompanyState
from companies.models import Company
from matching.models import MatchRun
from taxonomy.models import Region
from tests.browser.axe import violations
from tests.browser.conftest import NewPage
from tests.browser.person import Person, link_in, mail_to
from tests.browser.scenes import reference_data
from tests.factories import PASSWORD, japanese_number, korean_number
from tests.smtp import SmtpServer

pytestmark = pytest.mark.django_db(transaction=True)

MOST_PAGES, MOST_FIELDS = 6, 16
REQUIRED = """() => [...document.querySelectorAll("main [name]")]
  .filter((each) => each.type !== "hidden" && each.checkVisibility())
  .filter((each) => each.required || each.getAttribute("aria-required") === "true"
    || each.closest("fieldset")?.getAttribute("aria-required") === "true"
    || (each.closest(".field") && !each.closest(".field").querySelector(".field-optional")))
  .map((each) => each.name)"""


@dataclass
class Counter:
    """What one person's walk has cost so far."""

    page: Page
    pages: list[str] = field(default_factory=list)
    fields: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.on("framenavigated", self._went)

    def _went(self, frame: Frame) -> None:
        # A redirect is no page: only what was committed to the window counts.
        path = urlsplit(frame.url).path
        if frame == self.page.main_frame and path and (not self.pages or self.pages[-1] != path):
            self.pages.append(path)

    def looks(self) -> None:
        """Count what the page that is shown demands."""
        here = self.pages[-1]
        self.fields |= {(here, name) for name in self.page.evaluate(REQUIRED)}

    def fills(self, person: Person, **values: str) -> None:
        here = self.pages[-1]
        self.fields |= {(here, name) for name in values}
        person.fills(**values)


WALKS = {
    "ko": {
        "number": korean_number(4321),
        "region": "KR-48",
        "name": "주식회사 창원정밀소재",
        "about": "창원에서 반도체 공정용 감광 소재를 만듭니다.",
        "offering": ("ArF 액침용 포토레지스트", "미세 공정용 포토레지스트를 양산합니다."),
        "need": ("SiC 웨이퍼 조달", "전력 반도체용 SiC 웨이퍼를 찾고 있습니다."),
    },
    "ja": {
        "number": japanese_number(4321),
        "region": "JP-23",
        "name": "株式会社名古屋精密素材",
        "about": "名古屋で半導体材料を製造しています。",
        "offering": ("ArF液浸用フォトレジスト", "微細工程用のフォトレジストを量産しています。"),
        "need": ("SiCウェハーの調達", "パワー半導体用のSiCウェハーを探しています。"),
    },
}


@pytest.mark.parametrize("language", ["ko", "ja"])
def test_from_visitor_to_submitted_firm(
    new_page: NewPage,
    smtp_server: SmtpServer,
    celery_worker: TestWorkController,
    settings: Settings,
    language: str,
) -> None:
    """With one offering and one need, on a phone: at most 6 pages and 16 fields."""
    settings.MAIL_SENDER_ADDRESS = "서울 강남구 영동대로 511"
    reference_data()
    firm = WALKS[language]
    person = Person(new_page(language=language, width=390, height=844), language)
    walk = Counter(person.page)
    address = f"owner@{language}.firm.example"

    person.goes_to("/").follows("Register your firm")
    walk.looks()
    walk.fills(person, email=address, password1=PASSWORD, name="김하나 佐藤")
    person.page.locator(f"main [name={ConsentKind.TERMS}]").check()
    person.presses("Register").sees("Look into your mailbox.")

    person.goes_to(link_in(mail_to(smtp_server, address), "/confirm-email/"))
    person.presses("Yes, confirm this address")

    walk.looks()
    walk.fills(person, official_number=str(firm["number"]), name=str(firm["name"]))
    person.page.locator("main [name=sectors]").first.check()
    walk.fills(person, region=region_id(str(firm["region"])), about=str(firm["about"]))
    assert not violations(person.page)
    person.presses("Go on")

    walk.looks()
    for kind in ("offering", "need"):
        title, text = firm[kind]
        walk.fills(person, **{f"{kind}-title": title, f"{kind}-text": text})
        person.page.locator(f"[name={kind}-text]").blur()
        # The first suggestion of a process waits until the words of all concepts are read.
        expect(person.page.locator(f"#{kind}-concepts .chip").first).to_be_visible(timeout=30_000)
    assert not violations(person.page)
    walk.looks()
    pages = list(walk.pages)
    person.presses("Submit for verification")

    company = Company.objects.get(official_number=firm["number"])
    assert company.state == CompanyState.SUBMITTED
    assert company.offerings.get().concepts.exists()
    assert company.needs.get().concepts.exists()
    assert not MatchRun.objects.exists()
    assert len(pages) <= MOST_PAGES, pages
    assert len(walk.fields) <= MOST_FIELDS, sorted(walk.fields)
    assert pages[-1] == reverse("companies:start")


def region_id(code: str) -> str:
    return str(Region.objects.get(code=code).pk)
