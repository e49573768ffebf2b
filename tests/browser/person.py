"""Somebody in front of a browser who reads one language and looks at every page they come to."""

import re
import time
from typing import Self

from django.urls import reverse
from django.utils import translation
from playwright.sync_api import Page, expect

from tests.browser.languages import english_left
from tests.factories import PASSWORD
from tests.smtp import Received, SmtpServer


class Person:
    """`press("Register")` presses what "Register" is called in the person's language.

    Each page a person comes to by one of these methods must hold no English, unless that is the
    person's language.
    """

    def __init__(self, page: Page, language: str) -> None:
        self.page, self.language = page, language

    def word(self, msgid: str, **names: str) -> str:
        with translation.override(self.language):
            return translation.gettext(msgid) % names if names else translation.gettext(msgid)

    def goes_to(self, address: str) -> Self:
        self.page.goto(address)
        return self.looks()

    def looks(self) -> Self:
        if self.language != "en":
            left = english_left(self.page)
            assert not left, f"{self.page.url}: {left}"
        return self

    def presses(self, msgid: str) -> Self:
        main = self.page.locator("main")
        main.get_by_role("button", name=self.word(msgid), exact=True).first.click()
        self.page.wait_for_load_state()
        return self.looks()

    def follows(self, text: str) -> Self:
        """The link of this very text, in the person's language if it is one of ours."""
        self.page.locator("main").get_by_role("link", name=self.word(text)).first.click()
        self.page.wait_for_load_state()
        return self.looks()

    def fills(self, **values: str) -> Self:
        """Text fields, lists and choices by their names in the form."""
        for name, value in values.items():
            field = self.page.locator(f"main [name={name}]")
            if field.first.get_attribute("type") in {"radio", "checkbox"}:
                self.page.locator(f"main [name={name}][value={value}]").check()
            elif field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        return self

    def sees(self, text: str, **names: str) -> Self:
        shown = self.page.locator("main").get_by_text(self.word(text, **names))
        expect(shown.filter(visible=True).first).to_be_visible()
        return self

    def logs_in(self, email: str) -> Self:
        self.goes_to(reverse("account_login")).fills(login=email, password=PASSWORD)
        return self.presses("Log in")


def mail_to(server: SmtpServer, address: str, number: int = 1) -> Received:
    """The address's mail of that number, as soon as a worker has sent it."""
    deadline = time.monotonic() + 30
    while len(server.to(address)) < number:
        assert time.monotonic() < deadline, [mail.recipients for mail in server.received]
        time.sleep(0.1)
    return server.to(address)[number - 1]


def link_in(mail: Received, part: str) -> str:
    """The address in the mail's text that has `part` in it."""
    body = mail.message.get_body(("plain",))
    assert body is not None
    found = re.search(rf"\S+{re.escape(part)}\S*", body.get_content())
    assert found, body.get_content()
    return found[0]
