"""A mail's two templates, rendered in the recipient's language: subject and HTML.

The text part is made from the HTML, so the two never differ. Styles are written into the elements,
as Gmail and Outlook want them.
"""

from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any, Final

from css_inline import CSSInliner
from django.conf import settings
from django.template import Context
from django.template.loader import get_template

from common.localisation import in_language
from mailing.choices import Category
from mailing.links import preferences_url, unsubscribe_url
from mailing.models import Message
from mailing.plain import text_of

# What a recipient can refuse by one click. Account mail answers something the person just did.
REFUSABLE: Final = frozenset({Category.MATCHES, Category.PROMOTIONAL})
# Korean law: advertising says so at the very beginning of the subject, in exactly this form.
ADVERTISING_MARK: Final = {"ko": "(광고) "}
# Gmail cuts a mail off above this, and with it the link to refuse.
MOST_BYTES: Final = 102 * 1024
INLINER: Final = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
SUBJECT_LENGTH: Final = Message._meta.get_field("subject").max_length or 0


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished mail: `subject` is one line of at most 300 characters."""

    subject: str
    text: str
    html: str
    headers: dict[str, str]


def render_mail(
    *,
    template: str,
    category: str,
    address: str,
    language: str,
    context: dict[str, Any],
    user: Any | None = None,
) -> Rendered:
    """Render `<template>.subject.txt` and `<template>.html` in `language`.

    Every template sees `context` and what the frame needs: `subject`, `category`, `language`,
    `sender`, `sender_address`, `contact`, `preferences_url` (empty for somebody without an account)
    and `unsubscribe_url` (empty for mail that cannot be refused).
    """
    refusal = unsubscribe_url(address, category) if category in REFUSABLE else ""
    everywhere = {
        **context,
        "category": category,
        "language": language,
        "sender": parseaddr(settings.DEFAULT_FROM_EMAIL)[0],
        "sender_address": settings.MAIL_SENDER_ADDRESS,
        "contact": settings.MAIL_CONTACT,
        "preferences_url": preferences_url(user) if user is not None else "",
        "unsubscribe_url": refusal,
    }
    with in_language(language):
        subject = " ".join(_render(f"{template}.subject.txt", everywhere, escape=False).split())
        if category == Category.PROMOTIONAL:
            subject = ADVERTISING_MARK.get(language, "") + subject
        subject = _shortened(subject)
        everywhere["subject"] = subject
        html = _render(f"{template}.html", everywhere, escape=True).strip()
    return Rendered(
        subject, text_of(html), INLINER.inline(html).strip() + "\n", _refusal_headers(refusal)
    )


def _render(name: str, context: dict[str, Any], *, escape: bool) -> str:
    # Only the engine's own template can render without escaping; its wrapper always escapes.
    template: Any = get_template(name)
    return str(template.template.render(Context(context, autoescape=escape)))


def _shortened(subject: str) -> str:
    return subject if len(subject) <= SUBJECT_LENGTH else subject[: SUBJECT_LENGTH - 1] + "…"


def _refusal_headers(url: str) -> dict[str, str]:
    """RFC 8058: a mail program refuses by one POST to the address, without asking anything."""
    if not url:
        return {}
    return {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
