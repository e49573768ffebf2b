"""The template tags that pages are built from; a builtin, so no template needs {% load %}."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from django import template
from django.core.paginator import Page
from django.forms import BaseForm
from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import formatting
from common.devices import device_name
from common.icons import brand_mark, icon_svg
from common.keyset import KeysetPage
from common.localisation import active_language, pick

register = template.Library()

LANGUAGE_NAMES: Final = {"ko": "한국어", "ja": "日本語", "en": "English"}

GLOSS: Final = '<span class="glossed">{1}<span class="gloss" lang="{0}">{2}</span></span>'
COUNTRY_CHIP: Final = '<abbr class="chip chip-country no-underline" title="{}">{}</abbr>'
# How a state looks, by its code: (tone, icon). The word itself comes from the model's choices.
STATE_LOOKS: Final[dict[str, tuple[str, str]]] = {
    # firms
    "unclaimed": ("neutral", "user-question"),
    "draft": ("neutral", "pencil"),
    "submitted": ("info", "clock"),
    "verified": ("success", "rosette-discount-check"),
    "returned": ("warning", "arrow-back-up"),
    "lapsed": ("warning", "calendar-x"),
    "suspended": ("error", "ban"),
    "reinstated": ("success", "check"),
    "closed": ("neutral", "lock"),
    "merged": ("neutral", "arrow-merge"),
    "accepted": ("success", "check"),
    "refused": ("neutral", "x"),
    # items and policies
    "open": ("success", "circle-dot"),
    "active": ("success", "circle-check"),
    "retired": ("neutral", "archive"),
    # matches, reviews, answers
    "proposed": ("info", "sparkles"),
    "approved": ("primary", "check"),
    "rejected": ("error", "x"),
    "held": ("warning", "player-pause"),
    "undone": ("neutral", "arrow-back-up"),
    "withdrawn": ("neutral", "arrow-back-up"),
    "introduced": ("success", "users"),
    "declined": ("neutral", "x"),
    "expired": ("neutral", "hourglass-empty"),
    "interested": ("success", "thumb-up"),
    "not_now": ("warning", "clock-pause"),
    "answered": ("success", "message-check"),
    "silent": ("warning", "message-off"),
    # work and mail
    "uploaded": ("neutral", "upload"),
    "checking": ("info", "loader"),
    "checked": ("info", "list-check"),
    "queued": ("neutral", "clock"),
    "running": ("info", "loader"),
    "sending": ("info", "send"),
    "done": ("success", "check"),
    "completed": ("success", "check"),
    "sent": ("success", "check"),
    "failed": ("error", "alert-circle"),
    "cancelled": ("neutral", "x"),
    "stopped": ("neutral", "x"),
    "weighing": ("info", "loader"),
    "weighed": ("warning", "list-check"),
    "applying": ("info", "loader"),
    "applied": ("success", "check"),
    "dropped": ("neutral", "x"),
    "reverting": ("info", "loader"),
    "reverted": ("neutral", "arrow-back-up"),
    "uncertain": ("warning", "help"),
    "suppressed": ("neutral", "mail-off"),
    # webhooks
    "paused": ("neutral", "player-pause"),
    "broken": ("error", "alert-circle"),
    "gone": ("error", "plug-off"),
    "waiting": ("neutral", "clock"),
    "delivered": ("success", "check"),
    "given_up": ("error", "x"),
}
UNKNOWN_LOOK: Final = ("neutral", "point")


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """`{% icon "check" %}`, `{% icon "check" "icon-sm" %}`: a Tabler outline icon."""
    return icon_svg(name, classes)


@register.simple_tag
def brand() -> SafeString:
    return brand_mark()


@register.simple_tag
def language_name(code: str) -> str:
    """A language in its own words."""
    return LANGUAGE_NAMES[code]


@register.simple_tag
def lang_text(obj: Any, field: str, fallback: Any = "") -> SafeString | str:
    """`{% lang_text company "name" %}`: the best filled language, marked with lang=."""
    text, language = pick(obj, field)
    if not text:
        return str(fallback)
    label = machine_label(obj, field, language)
    if language == active_language():
        return format_html("{}{}", text, label)
    return format_html('<span lang="{}">{}</span>{}', language, text, label)


@register.simple_tag
def glossed(segments: Iterable[Any]) -> SafeString:
    """`{% glossed row.need %}`: a text in pieces, with the reader's word at each foreign term."""
    return format_html_join(
        "",
        "{}",
        (
            (
                format_html(GLOSS, active_language(), each.text, each.gloss)
                if each.gloss
                else linebreaksbr(each.text, autoescape=True),
            )
            for each in segments
        ),
    )


@register.simple_tag
def machine_label(obj: Any, field: str, language: str) -> SafeString | str:
    """Says of a text that a machine has translated it and nobody has looked at it yet."""
    if f"{field}_{language}" not in (getattr(obj, "machine_made", None) or ()):
        return ""
    return format_html(" <small>({})</small>", _("machine translation"))


@register.simple_tag
def number(value: formatting.Number | None, digits: int | None = None) -> str:
    return "–" if value is None else formatting.number_text(value, digits)


@register.simple_tag
def people(count: int | None) -> str:
    return "–" if count is None else formatting.people_text(count)


@register.simple_tag
def year(value: date | None) -> str:
    return "–" if value is None else formatting.year_text(value)


@register.simple_tag
def quarter(value: date) -> str:
    return formatting.quarter_text(value)


@register.simple_tag
def percent(share: formatting.Number | None, digits: int = 0) -> str:
    """`{% percent 0.87 %}`: a share in [0, 1] as 87%."""
    return "–" if share is None else formatting.percent_text(share, digits)


@register.simple_tag
def money(amount: formatting.Number | None, currency: str) -> str:
    return "–" if amount is None else formatting.money_text(amount, currency)


@register.simple_tag(name="date")
def date_tag(value: date | datetime | None, width: formatting.Width = "medium") -> SafeString | str:
    if value is None:
        return "–"
    return format_html(
        '<time datetime="{}">{}</time>', value.isoformat(), formatting.date_text(value, width)
    )


@register.simple_tag
def moment(value: datetime | None, width: formatting.Width = "medium") -> SafeString | str:
    """Date and time of day, KST/JST."""
    if value is None:
        return "–"
    return format_html(
        '<time datetime="{}">{}</time>', value.isoformat(), formatting.moment_text(value, width)
    )


@register.simple_tag
def plain_moment(value: datetime, width: formatting.Width = "medium") -> str:
    """The same without markup: for mails and inside sentences."""
    return formatting.moment_text(value, width)


@register.simple_tag
def device(user_agent: str) -> str:
    """Chrome, Android: the device as its owner knows it."""
    return device_name(user_agent) or _("unknown device")


@register.simple_tag
def ago(value: datetime | None, now: datetime | None = None) -> SafeString | str:
    """How long ago, with the exact moment as its title."""
    if value is None:
        return "–"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        formatting.moment_text(value, "medium"),
        formatting.ago_text(value, now or timezone.now()),
    )


@register.simple_tag
def country_chip(code: str) -> SafeString:
    """KR or JP, with the country's name for those who hear the page."""
    return format_html(COUNTRY_CHIP, _("Korea") if code == "KR" else _("Japan"), code)


@register.inclusion_tag("components/state_badge.html")
def state_badge(code: str, label: Any) -> dict[str, Any]:
    """`{% state_badge match.state match.get_state_display %}`"""
    tone, icon_name = STATE_LOOKS.get(code, UNKNOWN_LOOK)
    return {"tone": tone, "icon_name": icon_name, "label": label}


@register.inclusion_tag("components/meter.html")
def meter(
    value: float | None, maximum: float, label: Any, text: str = "", tone: str = "primary"
) -> dict[str, Any]:
    """A labelled bar; `text` replaces the percentage at its end; None is shown as unknown."""
    share = None if value is None else min(max(float(value) / float(maximum), 0.0), 1.0)
    return {
        "label": label,
        "tone": tone,
        "known": share is not None,
        # An SVG length, so that no style attribute is needed; a point in every language.
        "width": f"{100 * (share or 0):.1f}",
        "text": text or ("?" if share is None else formatting.percent_text(share)),
    }


@register.inclusion_tag("components/progress.html")
def progress_bar(done: int, total: int, label: Any) -> dict[str, Any]:
    """Long work: how many of how many."""
    return {"done": done, "total": max(total, 1), "shown_total": total, "label": label}


@register.inclusion_tag("components/stat_card.html")
def stat_card(label: Any, value: Any, hint: Any = "", href: str = "") -> dict[str, Any]:
    """A figure with its name; `value` is shown as given (format it with `{% number … as x %}`)."""
    return {"label": label, "value": value, "hint": hint, "href": href}


@register.inclusion_tag("components/empty_state.html")
def empty_state(
    icon_name: str, title: Any, text: Any = "", href: str = "", action: Any = ""
) -> dict[str, Any]:
    """Nothing here yet, and what to do next."""
    return {"icon_name": icon_name, "title": title, "text": text, "href": href, "action": action}


@register.inclusion_tag("components/notice.html")
def notice(tone: str, text: Any, title: Any = "") -> dict[str, Any]:
    """A sentence that stays on the page; tone is info, success, warning or error."""
    return {"tone": tone, "text": text, "title": title, "icon_name": NOTICE_ICONS[tone]}


NOTICE_ICONS: Final = {
    "info": "info-circle",
    "success": "circle-check",
    "warning": "alert-triangle",
    "error": "alert-circle",
}


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms: BaseForm) -> dict[str, Any]:
    """Every error of the forms, each a link to its field; nothing when there is none."""
    return {
        "form_errors": [e for form in forms for e in form.non_field_errors()],
        "fields": [field for form in forms for field in form if field.errors],
    }


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: template.Context, page: Page[Any]) -> dict[str, Any]:
    """Links to the other pages, keeping the rest of the query string."""
    return {
        "request": context["request"],
        "page": page,
        "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "ellipsis": page.paginator.ELLIPSIS,
    }


@register.inclusion_tag("components/keyset.html", takes_context=True)
def keyset_links(context: template.Context, page: KeysetPage[Any]) -> dict[str, Any]:
    """Links to newer and older rows, keeping the rest of the query string."""
    return {"request": context["request"], "page": page}


#: Of the files of `export_menu`: label, format, encoding and for readers of which languages.
EXPORT_FORMS: Final = (
    (gettext_lazy("Excel (XLSX)"), "xlsx", "", LANGUAGE_NAMES),
    (gettext_lazy("CSV (UTF-8)"), "csv", "", LANGUAGE_NAMES),
    (gettext_lazy("CSV for older Korean programs (CP949)"), "csv", "cp949", ("ko", "en")),
    (gettext_lazy("CSV for older Japanese programs (CP932)"), "csv", "cp932", ("ja", "en")),
    (gettext_lazy("JSON lines for programs"), "jsonl", "", LANGUAGE_NAMES),
)
EXPORTS: Final = {
    "matches": gettext_lazy("Matches"),
    "outcomes": gettext_lazy("Outcomes"),
    "companies": gettext_lazy("Companies"),
    "offerings": gettext_lazy("Offerings"),
    "needs": gettext_lazy("Needs"),
}


@register.inclusion_tag("components/export_menu.html")
def export_menu(
    *kinds: str, narrowed: Mapping[str, Any] | None = None, **filters: Any
) -> dict[str, Any]:
    """`{% export_menu "matches" "outcomes" %}`: files of whole tables in the page's language;
    `{% export_menu "matches" run=run.pk %}`: of the rows that the filters of the API leave;
    `narrowed` are such filters, too."""
    language = active_language()
    wanted = {**(narrowed or {}), **filters}
    kept = {name: value for name, value in wanted.items() if value not in ("", None)}
    groups = []
    for kind in kinds:
        address = reverse(f"api:export-{kind}-list")
        links = [
            (label, f"{address}?{_export_query(form, encoding, language, kept)}")
            for label, form, encoding, languages in EXPORT_FORMS
            if language in languages
        ]
        groups.append((EXPORTS[kind], links))
    return {"groups": groups}


def _export_query(form: str, encoding: str, language: str, filters: dict[str, Any]) -> str:
    query = {"format": form, "encoding": encoding, "language": language, **filters}
    return urlencode({name: value for name, value in query.items() if value != ""})
