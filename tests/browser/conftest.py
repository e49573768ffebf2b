"""A real browser on a live server. A page that complains in any way fails its test."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from local.chromium import launch

FAILED = Path(__file__).resolve().parents[2] / "screenshots" / "failed"
PATIENCE_MS = 10_000
#: What the fixtures `new_page` and `sign_in` give.
NewPage = Callable[..., Page]
SignIn = Callable[[Page, User], None]


@dataclass
class Complaints:
    """What the browser found wrong: console errors and warnings (violations of the content
    security policy among them), script errors and requests that failed."""

    found: list[str] = field(default_factory=list)
    # Only the tests of the service worker let one run: in the others it would ask for files late.
    expected: list[str] = field(default_factory=lambda: ["registration blocked by Playwright"])

    def expect(self, pattern: str) -> None:
        """A complaint that belongs to the test, such as the 404 it asks for."""
        self.expected.append(pattern)

    def unexpected(self) -> list[str]:
        return [
            text
            for text in self.found
            if not any(re.search(known, text) for known in self.expected)
        ]

    def listen(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"script: {error}"))
        page.on("requestfailed", self._request_failed)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.found.append(f"{message.type}: {message.text} ({message.location['url']})")

    def _request_failed(self, request: Request) -> None:
        # A request given up because the page went elsewhere is no failure.
        if request.failure != "net::ERR_ABORTED":
            self.found.append(f"request: {request.url} {request.failure}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def site(live_server: LiveServer, settings: Settings) -> str:
    """The live server's address, which links in mails name too.

    The cache is empty: emptying the database after a test leaves it, and the limits it keeps of
    how often one address may ask for mail.
    """
    cache.clear()
    settings.PUBLIC_URL = live_server.url
    return live_server.url


@pytest.fixture
def new_page(
    request: pytest.FixtureRequest, browser: Browser, site: str, complaints: Complaints
) -> Iterator[NewPage]:
    """`new_page(language="ko", width=1440)`: a page with cookies of its own; paths are relative."""
    pages: list[Page] = []

    def make(
        *,
        language: str = "en",
        width: int = 1440,
        height: int = 900,
        has_script: bool = True,
        has_service_worker: bool = False,
    ) -> Page:
        context = browser.new_context(
            base_url=site,
            locale=language,
            timezone_id="Asia/Seoul",
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            java_script_enabled=has_script,
            service_workers="allow" if has_service_worker else "block",
        )
        context.set_default_timeout(PATIENCE_MS)
        context.on("page", complaints.listen)
        pages.append(context.new_page())
        return pages[-1]

    yield make
    for number, page in enumerate(pages):
        if complaints.unexpected() or request.session.testsfailed:
            FAILED.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=FAILED / f"{request.node.name}-{number}.png", full_page=True)
        page.context.close()
    assert not complaints.unexpected()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """An English page on a desk's screen."""
    return new_page()


@pytest.fixture
def sign_in(site: str) -> SignIn:
    """`sign_in(page, user)`: the session a log-in would have left, without walking through it."""

    def make(page: Page, user: User) -> None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies["sessionid"]
        page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": site}])

    return make
