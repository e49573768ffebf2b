"""The demo's mail catcher as its user meets it: by SMTP and in the browser."""

import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from local.ports import HOST, free_port

ROOT = Path(__file__).resolve().parents[2]


class Catcher:
    def __init__(self, folder: Path) -> None:
        self.smtp, self.web = free_port(), free_port()
        ports = ("--smtp-port", str(self.smtp), "--web-port", str(self.web))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local.mailcatcher", *ports, "--folder", str(folder)], cwd=ROOT
        )
        for _ in range(200):
            try:
                self.page("/")
                return
            except URLError:
                time.sleep(0.05)
        raise AssertionError("The mail catcher did not start.")

    def page(self, path: str) -> str:
        with urlopen(f"http://{HOST}:{self.web}{path}") as answer:
            return str(answer.read().decode())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def catcher(folder: Path) -> Iterator[Catcher]:
    catcher = Catcher(folder)
    yield catcher
    catcher.stop()


@pytest.fixture
def mail() -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = "매칭 제안 · マッチングのご提案"
    mail["From"] = "Gagyo <gagyo@association.example>"
    mail["To"] = "담당자 <buyer@firm.example>"
    mail["Date"] = "Sun, 22 Nov 2026 09:00:00 +0900"
    mail.set_content("답변: https://gagyo.example/a/x?b=1&c=2\n<b>")
    mail.add_alternative("<html><head></head><body><h1>架橋</h1></body></html>", subtype="html")
    mail.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename="meeting.ics")
    return mail


def test_mail_is_listed_and_shown_in_full(catcher: Catcher, mail: EmailMessage) -> None:
    with smtplib.SMTP(HOST, catcher.smtp) as client:
        client.send_message(mail)
        client.send_message(mail, to_addrs=["other@firm.example"])
    assert "매칭 제안 · マッチングのご提案" in catcher.page("/")
    only = catcher.page(f"/?to={quote('other@firm.example')}")
    assert "/2/" in only
    assert "/1/" not in only
    shown = catcher.page("/1/")
    assert '<a href="https://gagyo.example/a/x?b=1&amp;c=2" target="_blank">' in shown
    assert "&lt;b&gt;" in shown
    assert "X-Envelope-To<td>buyer@firm.example" in shown
    assert "架橋" in catcher.page("/1/html")
    assert catcher.page("/1/attached/0").startswith("BEGIN:VCALENDAR")
    assert "Subject:" in catcher.page("/1/source")


def test_mails_outlive_a_restart(catcher: Catcher, folder: Path, mail: EmailMessage) -> None:
    with smtplib.SMTP(HOST, catcher.smtp) as client:
        client.send_message(mail)
    catcher.stop()
    again = Catcher(folder)
    try:
        assert "/1/" in again.page("/")
    finally:
        again.stop()


@pytest.mark.parametrize("path", ["/9/", "/1/attached/7", "/nothing/", "/1/nothing"])
def test_unknown_address_is_not_found(catcher: Catcher, mail: EmailMessage, path: str) -> None:
    with smtplib.SMTP(HOST, catcher.smtp) as client:
        client.send_message(mail)
    with pytest.raises(HTTPError, match="404") as caught:
        catcher.page(path)
    caught.value.close()


def test_webhooks_are_heard_and_shown(catcher: Catcher) -> None:
    address = f"http://{HOST}:{catcher.web}/webhooks/"
    assert "None yet" in catcher.page("/webhooks/")
    headers = {"Gagyo-Event": "match.introduced", "Gagyo-Signature": "t=1,v1=2"}
    body = '{"type": "match.introduced", "name": "<가교>"}'.encode()
    with urlopen(Request(address, data=body, headers=headers)) as answer:
        assert answer.status == 204
    shown = catcher.page("/webhooks/")
    assert "t=1,v1=2" in shown
    assert "&lt;가교&gt;" in shown
    with pytest.raises(HTTPError, match="404"):
        urlopen(Request(f"http://{HOST}:{catcher.web}/", data=b"{}"))
