import pytest

from common.logs import hide_links


@pytest.mark.parametrize(
    ("request_line", "logged"),
    [
        ("GET /a/WyI0Mj:1abc:sig-nature/", "GET /a/…/"),
        ("POST /o/token/", "POST /o/…/"),
        ("POST /u/token/", "POST /u/…/"),
        ("GET /m/token/", "GET /m/…/"),
        ("GET /c/token/", "GET /c/…/"),
        ("GET /accounts/password/reset/key/1-abc/", "GET /accounts/password/reset/key/…/"),
        ("GET /accounts/confirm-email/MQ:key/", "GET /accounts/confirm-email/…/"),
        ("GET /matches/", "GET /matches/"),
        ("GET /staff/review/", "GET /staff/review/"),
    ],
)
def test_signed_links_do_not_stand_in_logs(request_line: str, logged: str) -> None:
    event = hide_links(None, "info", {"event": "request_started", "request": request_line})
    assert event["request"] == logged
