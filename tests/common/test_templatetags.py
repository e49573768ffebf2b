"""Every tag of `common.templatetags.ui`, rendered as a page would."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory
from django.utils import translation

MOMENT = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)  # the 23rd, half past midnight, in Seoul
FIRM = SimpleNamespace(name_ko="한빛소재", name_ja="", name_en="Hanbit <Materials>")


def render(source: str, **context: Any) -> str:
    return (
        engines["django"].from_string(source).render(context, RequestFactory().get("/?q=a&page=2"))
    )


def test_icon_is_an_svg_that_only_eyes_see() -> None:
    svg = render('{% icon "check" "icon-sm" %}')
    assert svg.startswith('<svg class="icon icon-sm"')
    assert 'aria-hidden="true"' in svg
    assert '<path d="M5 12l5 5l10 -10"/>' in svg


def test_icon_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        render('{% icon "no-such-icon" %}')


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ko", "한빛소재"),
        ("en", "Hanbit &lt;Materials&gt;"),
        ("ja", '<span lang="en">Hanbit &lt;Materials&gt;</span>'),
    ],
)
def test_lang_text_says_which_language_it_is(language: str, expected: str) -> None:
    with translation.override(language):
        assert render('{% lang_text firm "name" %}', firm=FIRM) == expected


def test_lang_text_falls_back_when_nothing_is_filled() -> None:
    empty = SimpleNamespace(name_ko="", name_ja="", name_en="")
    assert render('{% lang_text firm "name" "no name" %}', firm=empty) == "no name"


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("en", "{% number 12700 %}", "12,700"),
        ("ko", "{% number 1.5 2 %}", "1.50"),
        ("en", "{% number None %}", "–"),
        ("ko", "{% people 1200 %}", "1,200명"),
        ("ja", "{% people 1 %}", "1名"),
        ("en", "{% people 1 %}", "1 person"),
        ("en", "{% people None %}", "–"),
        ("ko", "{% year moment %}", "2026년"),
        ("ja", "{% year moment %}", "2026年"),
        ("en", "{% year None %}", "–"),
        ("ja", "{% percent 0.873 %}", "87%"),
        ("en", "{% percent 0.945 1 %}", "94.5%"),
        ("en", '{% money 1250000 "KRW" %}', "₩1,250,000"),
        ("en", '{% money 98.5 "USD" %}', "$98.50"),
        ("ja", '{% money 120000 "JPY" %}', "￥120,000"),
        ("en", '{% money None "USD" %}', "–"),
        ("en", "{% date None %}{% moment None %}{% ago None %}", "–––"),
    ],
)
def test_figures_are_written_as_the_language_does(
    language: str, source: str, expected: str
) -> None:
    with translation.override(language):
        assert render(source, moment=MOMENT) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [("ko", "2026년 11월 23일"), ("ja", "2026年11月23日"), ("en", "November 23, 2026")],
)
def test_date_of_a_moment_is_the_date_in_seoul(language: str, expected: str) -> None:
    with translation.override(language):
        assert f">{expected}</time>" in render('{% date at "long" %}', at=MOMENT)
        assert f">{expected}</time>" in render('{% date on "long" %}', on=date(2026, 11, 23))


def test_moment_shows_the_hour_in_seoul() -> None:
    assert render("{% moment at %}", at=MOMENT) == (
        '<time datetime="2026-11-22T15:30:00+00:00">Nov 23, 2026 00:30</time>'
    )


@pytest.mark.parametrize(("language", "expected"), [("ko", "2일 전"), ("ja", "2 日前")])
def test_ago_counts_from_the_given_now(language: str, expected: str) -> None:
    with translation.override(language):
        shown = render("{% ago at now %}", at=MOMENT, now=MOMENT.replace(day=24))
    assert f">{expected}</time>" in shown


def test_meter_clamps_and_shows_the_unknown() -> None:
    assert 'width="100.0"' in render('{% meter 7 5 "Volume" %}')
    with translation.override("ko"):
        assert 'width="12.5"' in render('{% meter 0.125 1 "Volume" %}')
    unknown = render('{% meter None 1 "Volume" %}')
    assert "meter-fill" not in unknown
    assert "?" in unknown


def test_progress_of_nothing_is_no_division_by_zero() -> None:
    assert 'max="1"' in render('{% progress_bar 0 0 "Rows" %}')


def test_state_badge_has_a_word_beside_the_colour() -> None:
    badge = render('{% state_badge "verified" "verified firm" %}')
    assert "tone-success" in badge
    assert "verified firm" in badge
    assert "tone-neutral" in render('{% state_badge "never-heard-of" "odd" %}')


def test_country_chip_names_the_country() -> None:
    assert 'title="Japan"' in render('{% country_chip "JP" %}')


def test_empty_state_offers_the_next_step() -> None:
    shown = render('{% empty_state "inbox" "Nothing yet" href="/needs/new/" action="Add a need" %}')
    assert 'href="/needs/new/"' in shown
    assert "Add a need" in shown


def test_pagination_keeps_the_query() -> None:
    page = Paginator(range(100), 10).get_page(2)
    shown = render("{% pagination page %}", page=page)
    assert 'href="?q=a&amp;page=3"' in shown
    assert '<span class="page-number" aria-current="page">2</span>' in shown
    assert render("{% pagination page %}", page=Paginator([1], 10).get_page(1)).strip() == ""


class AskForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As registered.")
    kinds = forms.MultipleChoiceField(
        label="Kinds", choices=[("a", "A")], widget=forms.CheckboxSelectMultiple
    )
    terms = forms.BooleanField(label="I agree")
    note = forms.CharField(label="Note", required=False)
    ticket = forms.CharField(widget=forms.HiddenInput, required=False)


def test_form_ties_label_hint_and_error_to_the_field() -> None:
    html = str(AskForm({}))
    assert '<label for="id_name">Name</label>' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert '<div id="id_name_error">' in html
    assert "(optional)" in html
    assert html.count('type="hidden"') == 1


def test_error_summary_links_to_each_field() -> None:
    html = render("{% error_summary form %}", form=AskForm({}))
    assert 'href="#id_name"' in html
    assert 'href="#id_kinds_field"' in html
    assert 'href="#id_terms"' in html
    assert "id_note" not in html


def test_form_without_errors_has_no_summary() -> None:
    assert "error-summary" not in str(AskForm())
