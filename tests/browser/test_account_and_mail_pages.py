"""The pages of accounts and mail in a real browser: nothing blocked, nothing inaccessible, no
sideways scrolling, on a desk and on a phone."""

import pytest
from django.urls import reverse
from django.utils import timezone

from mailing.choices import Category, MessageState
from mailing.links import unsubscribe_url
from mailing.models import Message
from mailing.services import write_message
from tests.browser.axe import violations
from tests.factories import StaffFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
PUBLIC = ["account_signup", "account_login", "account_reset_password"]
OWN = ["accounts:settings", "accounts:consents", "account_email", "mfa_index", "usersessions_list"]
PLACES = [("ko", 390), ("ja", 1440), ("en", 390)]


def look_at(page, path):
    page.goto(path)
    assert violations(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{path} is {wide} px too wide"


@pytest.mark.parametrize(("language", "width"), PLACES)
def test_visitors_pages(new_page, language, width):
    page = new_page(language=language, width=width)
    for name in PUBLIC:
        look_at(page, reverse(name))
    look_at(page, unsubscribe_url("sato@kyushu.example", Category.MATCHES))


@pytest.mark.parametrize(("language", "width"), PLACES)
def test_own_pages(new_page, sign_in, language, width):
    page = new_page(language=language, width=width)
    sign_in(page, UserFactory(language=language))
    for name in OWN:
        look_at(page, reverse(name))


@pytest.mark.parametrize(("language", "width"), PLACES)
def test_the_mail_log(new_page, sign_in, complaints, language, width):
    # Said by axe when it finds that the sandbox keeps it out of the frame.
    complaints.expect("Failed to execute 'postMessage'")
    page = new_page(language=language, width=width)
    sign_in(page, StaffFactory(language=language, staff_role="supervisor"))
    mail = written(language)
    look_at(page, reverse("mailing:log"))
    look_at(page, reverse("mailing:message", args=[mail.pk]))
    frame = page.frame_locator("iframe.mail-frame")
    assert frame.locator("body").inner_text().strip()


def test_a_refusal_and_its_undoing(page):
    page.goto(unsubscribe_url("sato@kyushu.example", Category.MATCHES))
    page.get_by_role("button", name="I do not want these mails any more").click()
    assert page.get_by_role("heading", name="You will not get these mails any more.").is_visible()
    page.get_by_role("button", name="Send me these mails again").click()
    assert page.get_by_role("heading", name="You will get these mails again.").is_visible()


def written(language):
    """An uncertain mail with everything that a mail of ours can have."""
    mail = write_message(
        kind="email_confirmation",
        category=Category.MATCHES,
        template="account/email/email_confirmation",
        user=None,
        address="sato@kyushu.example",
        language=language,
        context={"activate_url": "https://gagyo.example/link"},
        dedupe_key="browser",
        now=timezone.now(),
    )
    Message.objects.filter(pk=mail.pk).update(state=MessageState.UNCERTAIN)
    return mail
