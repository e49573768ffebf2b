"""Collecting, compiling and checking translations, on a small product of its own."""

import gettext
from pathlib import Path

import pytest

from local import catalogues


@pytest.fixture
def root(tmp_path: Path) -> Path:
    app = tmp_path / "shop"
    app.mkdir()
    (app / "__init__.py").touch()
    (app / "views.py").write_text(
        "title = _('Opening hours')\n"
        "verb = pgettext_lazy('on a button', 'Open')\n"
        "count = ngettext('%(n)d firm', '%(n)d firms', n)\n"
    )
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "page.html").write_text(
        "<p>It's\n    {% blocktranslate trimmed with name=firm.name %}\n"
        "      Written by\n      {{ name }}.\n    {% endblocktranslate %}\n  </p>"
    )
    return tmp_path


def translate(root: Path, old: str, new: str) -> None:
    file = catalogues.po_file(root, "ko")
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_messages_of_code_and_templates_are_collected(root: Path) -> None:
    found = {(message.id, message.context) for message in catalogues.collect(root) if message.id}
    assert found == {
        ("Opening hours", None),
        ("Open", "on a button"),
        (("%(n)d firm", "%(n)d firms"), None),
        ("Written by %(name)s.", None),
    }


def test_update_keeps_translations_and_drops_what_is_unused(root: Path) -> None:
    catalogues.update(root)
    translate(root, 'msgid "Opening hours"\nmsgstr ""', 'msgid "Opening hours"\nmsgstr "영업시간"')
    (root / "templates" / "page.html").write_text("{% translate 'New' %}")
    catalogues.update(root)
    text = catalogues.po_file(root, "ko").read_text()
    assert 'msgstr "영업시간"' in text
    assert "Written by" not in text
    assert 'msgid "New"' in text
    catalogues.update(root)
    assert catalogues.po_file(root, "ko").read_text() == text


def test_compiled_catalogue_answers(root: Path) -> None:
    catalogues.update(root)
    translate(root, 'msgid "Opening hours"\nmsgstr ""', 'msgid "Opening hours"\nmsgstr "영업시간"')
    catalogues.compile_changed(root)
    with catalogues.po_file(root, "ko").with_suffix(".mo").open("rb") as stream:
        assert gettext.GNUTranslations(stream).gettext("Opening hours") == "영업시간"


@pytest.mark.parametrize(
    ("korean", "fault"),
    [
        ("", "untranslated"),
        ("글쓴이", "other placeholders"),
        ("글쓴이 %(nome)s", "other placeholders"),
        ("글쓴이 %(name)s", None),
    ],
)
def test_incomplete_translation_is_named(root: Path, korean: str, fault: str | None) -> None:
    catalogues.update(root)
    message = 'msgid "Written by %(name)s."\nmsgstr '
    translate(root, f'{message}""', f'{message}"{korean}"')
    found = [text for text in catalogues.problems(root) if text.startswith("ko: ")]
    about = [text for text in found if "Written by" in text]
    assert about == (
        [f"ko: {fault}: 'Written by %(name)s.' (templates/page.html)"] if fault else []
    )


def test_absent_catalogue_lacks_every_message(root: Path) -> None:
    assert sum(text.startswith("ja: missing") for text in catalogues.problems(root)) == 4
