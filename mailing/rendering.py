"""A mail's three templates, rendered in the recipient's language."""

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.template import Context
from django.template.loader import get_template

from common.localisation import in_language
from mailing.choices import Category
from mailing.links import unsubscribe_url
from mailing.models import Message

# What a recipient can refuse by one click. Account mail answers something the person just did.
REFUSABLE: Final = frozenset({Category.MATCHES, Category.PROMOTIONAL})
# Korean law: advertising says so at the very beginning of the subject, in exactly this form.
ADVERTISING_MARK: Final = {"ko": "(광고) "}
SUBJECT_LENGTH: Final = Message._meta.get_field("subject").max_length or 0


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished mail: `subject` is one line of at most 300 characters."""

    subject: str
    text: str
    html: str
    headers: dict[str, str]


def render_mail(
    *, template: str, category: str, address: str, language: str, context: dict[str, Any]
) -> Rendered:
    """Render `<template>.subject.txt`, `.txt` and `.html` in `language`.

    Every template sees `context` and what the base templates need: `subject`, `category`,
    `language`, `sender_address`, `contact` and `unsubscribe_url` (empty for mail that cannot
    be refused). Text parts are not escaped, the HTML part is.
    """
    refusal = unsubscribe_url(address, category) if category in REFUSABLE else ""
    everywhere = {
        **context,
        "category": category,
        "language": language,
        "sender_address": settings.MAIL_SENDER_ADDRESS,
        "contact": settings.MAIL_CONTACT,
        "unsubscribe_url": refusal,
    }
    with in_language(language):
        subject = " ".join(_render(f"{template}.subject.txt", everywhere, escape=False).split())
        if category == Category.PROMOTIONAL:
            subject = ADVERTISING_MARK.get(language, "") + subject
        subject = _shortened(subject)
        everywhere["subject"] = subject
        text = _render(f"{template}.txt", everywhere, escape=False)
        html = _render(f"{template}.html", everywhere, escape=True)
    return Rendered(subject, text.strip() + "\n", html.strip() + "\n", _refusal_headers(refusal))


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
