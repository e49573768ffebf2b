"""The demo's mail catcher: takes every mail by SMTP, delivers none, shows all in the browser.

Beside it a receiver of webhooks, /webhooks/: it says yes to whatever it is told and shows the last.
"""

import argparse
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import ClassVar, cast
from urllib.parse import parse_qs, quote, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from local.ports import HOST

LISTED = 300
# Of webhooks, the last ones of this start; a longer body is none of ours.
HEARD = 100
LONGEST_HEARD = 64 * 1024
LINK = re.compile(r"https?://[^\s<>&\"']+(?:&amp;[^\s<>&\"']+)*")
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ border-bottom: 1px solid #ddd; padding: .4rem .6rem; text-align: left }}
pre {{ background: #f6f6f6; overflow-wrap: anywhere; padding: 1rem; white-space: pre-wrap }}
iframe {{ border: 1px solid #ddd; height: 46rem; width: 100% }}
</style>{body}</html>"""
# The mail's own HTML stands alone in its frame: no script, nothing fetched.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
FRAME_POLICY = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox {SANDBOX}"


@dataclass(frozen=True)
class Entry:
    """What the list shows of one mail."""

    number: int
    at: str
    sender: str
    recipients: str
    subject: str


class Mailbox:
    """All mails as files `<number>.eml` in one folder; survives a restart, safe between threads."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = Lock()
        numbers = sorted(int(file.stem) for file in folder.glob("*.eml"))
        self.entries = [self._entry(number) for number in numbers]

    def add(self, envelope: Envelope) -> None:
        """Keep the mail, on top of it the envelope's addresses: the headers may name others."""
        head = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: "
        content = f"{head}{', '.join(envelope.rcpt_tos)}\r\n".encode()
        content += envelope.original_content or b""
        with self._lock:
            number = self.entries[-1].number + 1 if self.entries else 1
            draft = self._folder / "draft"
            draft.write_bytes(content)
            draft.rename(self._file(number))
            self.entries.append(self._entry(number))

    def source(self, number: int) -> bytes:
        return self._file(number).read_bytes()

    def message(self, number: int) -> EmailMessage:
        return message_from_bytes(self.source(number), policy=policy.default)

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.eml"

    def _entry(self, number: int) -> Entry:
        message = self.message(number)
        date = message.get("Date")
        return Entry(
            number=number,
            at=f"{parsedate_to_datetime(date).astimezone():%m-%d %H:%M:%S}" if date else "",
            sender=str(message.get("From", "")),
            recipients=str(message.get("X-Envelope-To", "")),
            subject=str(message.get("Subject", "")),
        )


class Receiver:
    """What aiosmtpd calls for each mail."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self._mailbox.add(envelope)
        return "250 Caught"


def list_page(entries: Iterable[Entry], *, recipient: str) -> str:
    rows = "".join(
        f'<tr><td>{escape(entry.at)}<td><a href="/?to={quote(entry.recipients)}">'
        f'{escape(entry.recipients)}</a><td><a href="/{entry.number}/">'
        f"{escape(entry.subject) or '(no subject)'}</a>"
        for entry in entries
    )
    heading = f"Mail to {escape(recipient)}" if recipient else "Caught mail"
    back = '<p><a href="/">All mail</a></p>' if recipient else ""
    back += '<p><a href="/webhooks/">Webhooks heard</a></p>'
    table = f"<table><tr><th>Time<th>To<th>Subject{rows}</table>" if rows else "<p>None yet.</p>"
    refresh = '<meta http-equiv="refresh" content="10">'
    return PAGE.format(title="Caught mail", body=f"{refresh}<h1>{heading}</h1>{back}{table}")


def mail_page(number: int, message: EmailMessage) -> str:
    headers = "".join(
        f"<tr><th>{escape(name)}<td>{escape(str(value))}" for name, value in message.items()
    )
    parts = [f'<p><a href="/">All mail</a> · <a href="/{number}/source">Source</a></p>']
    subject = escape(str(message.get("Subject", "")))
    parts.append(f"<h1>{subject}</h1>")
    if message.get_body(("html",)):
        parts.append(
            f'<iframe src="/{number}/html" title="{subject}" sandbox="{SANDBOX}"></iframe>'
        )
    if text := message.get_body(("plain",)):
        linked = LINK.sub(
            lambda link: f'<a href="{link[0]}" target="_blank">{link[0]}</a>',
            escape(text.get_content(), quote=False),
        )
        parts.append(f"<h2>Text</h2><pre>{linked}</pre>")
    for index, attachment in enumerate(message.iter_attachments()):
        name = escape(attachment.get_filename() or attachment.get_content_type())
        parts.append(f'<p>Attached: <a href="/{number}/attached/{index}">{name}</a></p>')
    parts.append(f"<h2>Headers</h2><table>{headers}</table>")
    return PAGE.format(title=subject, body="".join(parts))


def heard_page(heard: Iterable[tuple[str, str, str]]) -> str:
    """Newest first: type, signature and body of each event."""
    rows = "".join(
        f"<tr><td>{escape(kind)}<td><pre>{escape(signature)}\n\n{escape(body)}</pre>"
        for kind, signature, body in heard
    )
    table = (
        f"<table><tr><th>Event<th>Signature and body{rows}</table>" if rows else "<p>None yet.</p>"
    )
    refresh = '<meta http-equiv="refresh" content="10">'
    back = '<p><a href="/">Caught mail</a></p>'
    return PAGE.format(
        title="Webhooks heard", body=f"{refresh}<h1>Webhooks heard</h1>{back}{table}"
    )


class Pages(BaseHTTPRequestHandler):
    """The list, one mail, its HTML part, its attachments and its source, all read-only; and the
    receiver of webhooks."""

    mailbox: ClassVar[Mailbox]
    heard: ClassVar[deque[tuple[str, str, str]]] = deque(maxlen=HEARD)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != "/webhooks/" or not length.isdecimal() or int(length) > LONGEST_HEARD:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        body = self.rfile.read(int(length)).decode(errors="replace")
        kind, signature = (self.headers.get(f"Gagyo-{name}", "") for name in ("Event", "Signature"))
        self.heard.appendleft((kind, signature, body))
        self.send_response(HTTPStatus.NO_CONTENT)
        self.end_headers()

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        match [step for step in url.path.split("/") if step]:
            case []:
                recipient = parse_qs(url.query).get("to", [""])[0]
                found = (e for e in self.mailbox.entries if recipient in ("", e.recipients))
                newest = list(found)[: -LISTED - 1 : -1]
                self._answer(list_page(newest, recipient=recipient))
            case ["webhooks"]:
                self._answer(heard_page(list(self.heard)))
            case [number, *rest] if number.isdecimal():
                try:
                    self._show(int(number), rest)
                except (FileNotFoundError, IndexError):
                    self.send_error(HTTPStatus.NOT_FOUND)
            case _:
                self.send_error(HTTPStatus.NOT_FOUND)

    def _show(self, number: int, rest: list[str]) -> None:
        message = self.mailbox.message(number)
        match rest:
            case []:
                self._answer(mail_page(number, message))
            case ["source"]:
                self._answer(self.mailbox.source(number), kind="text/plain; charset=utf-8")
            case ["html"]:
                body = message.get_body(("html",))
                html = body.get_content() if body else ""
                html = html.replace("<head>", '<head><base target="_blank">', 1)
                self._answer(html, policy=FRAME_POLICY)
            case ["attached", index] if index.isdecimal():
                attachment = list(message.iter_attachments())[int(index)]
                content = attachment.get_payload(decode=True)
                self._answer(cast(bytes, content or b""), kind="application/octet-stream")
            case _:
                self.send_error(HTTPStatus.NOT_FOUND)

    def _answer(
        self, body: str | bytes, *, kind: str = "text/html; charset=utf-8", policy: str = ""
    ) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if policy:
            self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not worth a line in the demo's terminal."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--web-port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    Pages.mailbox = Mailbox(options.folder)
    Controller(Receiver(Pages.mailbox), hostname=HOST, port=options.smtp_port).start()
    ThreadingHTTPServer((HOST, options.web_port), Pages).serve_forever()


if __name__ == "__main__":
    main()
