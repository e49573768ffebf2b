"""What a provider's answer means: surely not taken, or unknown."""

import pytest
import requests
from anymail.exceptions import (
    AnymailRecipientsRefused,
    AnymailRequestsAPIError,
    AnymailUnsupportedFeature,
)
from urllib3.exceptions import MaxRetryError, NewConnectionError, ReadTimeoutError

from mailing.transport import FateUnknown, NotTaken, hand_over


class Provider:
    """A django-anymail backend as its caller sees it, at the moment of an error."""

    def __init__(self, error, cause=None):
        self.error, self.cause = error, cause

    def send_messages(self, _messages):
        raise self.error from self.cause


def answer(status):
    response = requests.Response()
    response.status_code = status
    return AnymailRequestsAPIError("answered", response=response)


def broken(cause):
    return Provider(AnymailRequestsAPIError("no answer"), cause)


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(400, False), (401, False), (422, False), (429, True), (500, True), (503, True)],
)
def test_an_error_status_is_definite(status, retryable):
    with pytest.raises(NotTaken) as caught:
        hand_over(Provider(answer(status)), None)
    assert caught.value.retryable == retryable
    assert not caught.value.dead_address


def test_an_unreadable_success_leaves_a_doubt():
    with pytest.raises(FateUnknown):
        hand_over(Provider(answer(200)), None)


def test_a_refused_recipient_is_a_dead_address():
    with pytest.raises(NotTaken) as caught:
        hand_over(Provider(AnymailRecipientsRefused()), None)
    assert caught.value.dead_address
    assert not caught.value.retryable


def test_what_the_provider_cannot_do_fails():
    with pytest.raises(NotTaken) as caught:
        hand_over(Provider(AnymailUnsupportedFeature("no such header")), None)
    assert not caught.value.retryable


@pytest.mark.parametrize(
    "cause",
    [
        requests.ConnectTimeout("too slow"),
        requests.ConnectionError(
            MaxRetryError(None, "https://x.example", NewConnectionError(None, "refused"))
        ),
    ],
)
def test_no_connection_means_later(cause):
    with pytest.raises(NotTaken) as caught:
        hand_over(broken(cause), None)
    assert caught.value.retryable


@pytest.mark.parametrize(
    "cause",
    [
        requests.ReadTimeout("no answer"),
        requests.ConnectionError("Connection aborted."),
        requests.ConnectionError(ReadTimeoutError(None, "https://x.example", "no answer")),
    ],
)
def test_a_request_without_an_answer_leaves_a_doubt(cause):
    with pytest.raises(FateUnknown):
        hand_over(broken(cause), None)
