"""One-click unsubscribe (RFC 8058): a POST without cookie or log-in; opening changes nothing."""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.choices import ConsentKind
from accounts.services import give_consent
from common.models import AuditEvent
from mailing.choices import Category, SuppressionReason
from mailing.links import read_unsubscribe_token, unsubscribe_url
from mailing.models import Message, Suppression
from mailing.services import suppress
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ADDRESS = "sato@kyushu.example"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def path():
    return urlsplit(unsubscribe_url("Sato@Kyushu.example", Category.MATCHES)).path


@pytest.fixture
def stranger():
    """A browser, or a mail program, that never was here and holds no CSRF cookie."""
    return Client(enforce_csrf_checks=True)


def refused():
    return list(Suppression.objects.values_list("address", "category", "reason"))


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_link_changes_nothing(stranger, path, method):
    response = getattr(stranger, method)(path)
    assert response.status_code == 200
    assert refused() == []
    assert not AuditEvent.objects.exists()


def test_the_page_says_what_it_is_about(stranger, path):
    page = stranger.get(path, headers={"accept-language": "en"}).content.decode()
    assert ADDRESS in page
    assert "matches and reminders" in page
    assert "noindex" in page


def test_one_post_refuses(stranger, path):
    response = stranger.post(path, ONE_CLICK)
    assert response.status_code == 200
    assert refused() == [(ADDRESS, Category.MATCHES, SuppressionReason.UNSUBSCRIBED)]


def test_mail_programs_may_post_as_multipart_or_form(stranger, path):
    body = "List-Unsubscribe=One-Click"
    kind = "application/x-www-form-urlencoded"
    assert stranger.post(path, body, content_type=kind).status_code == 200
    assert len(refused()) == 1


def test_refusing_twice_is_refusing_once(stranger, path):
    stranger.post(path, ONE_CLICK)
    stranger.post(path, ONE_CLICK)
    assert len(refused()) == 1
    assert AuditEvent.objects.filter(verb="address.suppressed").count() == 1


def test_a_mistake_can_be_undone(stranger, path):
    page = stranger.post(path, ONE_CLICK).content.decode()
    assert 'name="resume"' in page
    stranger.post(path, {"resume": "1"})
    assert refused() == []
    stranger.post(path, {"resume": "1"})
    assert refused() == []


def test_undoing_does_not_revive_a_dead_address(stranger, path):
    suppress(address=ADDRESS, category="", reason=SuppressionReason.BOUNCED, now=timezone.now())
    stranger.post(path, {"resume": "1"})
    assert refused() == [(ADDRESS, "", SuppressionReason.BOUNCED)]


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(stranger, path, method):
    assert getattr(stranger, method)(path).status_code == 405


@pytest.mark.parametrize("bad", ["nonsense", "a:b:c", "%00", "가"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_we_did_not_make_is_404(stranger, bad, method):
    response = getattr(stranger, method)(f"/u/{bad}/", headers={"accept-language": "en"})
    assert response.status_code == 404
    assert "This link does not work." in response.content.decode()
    assert refused() == []


def test_a_changed_link_is_404(stranger, path):
    assert stranger.post(re.sub("^/u/.", "/u/X", path), ONE_CLICK).status_code == 404


def test_a_link_made_for_something_else_is_no_refusal():
    from django.core import signing

    assert read_unsubscribe_token(signing.dumps([ADDRESS, "matches"], salt="other")) is None


def test_refusing_promotion_withdraws_the_consent_and_is_confirmed(stranger):
    user = UserFactory(email=ADDRESS, language="ja")
    give_consent(
        user=user,
        kind=ConsentKind.PROMOTIONAL,
        language="ja",
        ip_address=None,
        now=timezone.now(),
    )
    path = urlsplit(unsubscribe_url(ADDRESS, Category.PROMOTIONAL)).path
    assert stranger.post(path, ONE_CLICK).status_code == 200
    assert not user.consents.standing().filter(kind=ConsentKind.PROMOTIONAL).exists()
    results = Message.objects.filter(kind="consent_result")
    assert [(mail.category, mail.language) for mail in results] == [(Category.ACCOUNT, "ja")] * 2


def test_consenting_again_lifts_the_refusal():
    user = UserFactory(email=ADDRESS)
    now = timezone.now()
    suppress(
        address=ADDRESS,
        category=Category.PROMOTIONAL,
        reason=SuppressionReason.UNSUBSCRIBED,
        now=now,
    )
    give_consent(user=user, kind=ConsentKind.PROMOTIONAL, language="ko", ip_address=None, now=now)
    assert refused() == []
