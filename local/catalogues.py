"""The translation catalogues without GNU gettext: collect messages, compile, check.

English stands in the code; `locale/<language>/LC_MESSAGES/django.po` holds the other languages.
"""

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("ko", "ja")
LAZY = ("gettext", "ngettext", "pgettext", "npgettext")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    **{f"{name}_lazy": DEFAULT_KEYWORDS[name] for name in LAZY},
    "gettext_noop": None,
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")

# Header lines that would change with every update.
VOLATILE_HEADER = re.compile(rb'^"(Project|Report|POT|PO-Rev|Last|Language-T|Generated).*\n', re.M)


def sources(root: Path) -> Iterator[Path]:
    """Python and templates of the product; tests and the local tools speak English only."""
    apps = [init.parent for init in sorted(root.glob("*/__init__.py"))]
    for folder in (*apps, root / "templates"):
        if folder.name not in {"tests", "local"}:
            for file in sorted(folder.rglob("*")):
                if file.suffix in {".py", ".html", ".txt"} and "migrations" not in file.parts:
                    yield file


def collect(root: Path) -> Catalog:
    """All messages of the sources, in their order, without line numbers (they only make noise)."""
    catalog = Catalog(fuzzy=False)
    for file in sources(root):
        text = file.read_text()
        if file.suffix != ".py":
            # What is left of a template has no indentation that means anything.
            text = "\n".join(line.lstrip() for line in templatize(text).split("\n"))
        found = extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS)
        for _, message, comments, context in found:
            place = (str(file.relative_to(root)), 0)
            catalog.add(message, locations=[place], auto_comments=comments, context=context)
    return catalog


def po_file(root: Path, language: str) -> Path:
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def read(root: Path, language: str) -> Catalog:
    file = po_file(root, language)
    if not file.exists():
        return Catalog(locale=language, fuzzy=False)
    with file.open("rb") as stream:
        return read_po(stream, locale=language)


def update(root: Path) -> None:
    """Bring the catalogues in step with the sources: new messages empty, unused ones dropped."""
    collected = collect(root)
    for language in LANGUAGES:
        known = read(root, language)
        catalog = Catalog(locale=language, header_comment=f"# Gagyo, {language}", fuzzy=False)
        for message in collected:
            if message.id:
                old = known.get(message.id, context=message.context)
                empty = [""] * catalog.num_plurals if message.pluralizable else ""
                message.string = old.string if old and not old.fuzzy else empty
                catalog[message.id] = message
        out = io.BytesIO()
        write_po(out, catalog, width=100, include_lineno=False)
        file = po_file(root, language)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(VOLATILE_HEADER.sub(b"", out.getvalue()))


def compile_changed(root: Path) -> None:
    """Write the `.mo` files that are older than their catalogue; whole or not at all."""
    for language in LANGUAGES:
        source = po_file(root, language)
        target = source.with_suffix(".mo")
        if not source.exists():
            continue
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        out = io.BytesIO()
        write_mo(out, read(root, language))
        draft = target.with_suffix(".draft")
        draft.write_bytes(out.getvalue())
        draft.rename(target)


def problems(root: Path) -> Iterator[str]:
    """What keeps a page from being complete in a language, one sentence each."""
    collected = collect(root)
    for language in LANGUAGES:
        catalog = read(root, language)
        for message in collected:
            if message.id:
                translated = catalog.get(message.id, context=message.context)
                if fault := _fault(message, translated):
                    name = message.id if isinstance(message.id, str) else message.id[0]
                    yield f"{language}: {fault}: {name!r} ({message.locations[0][0]})"


def _fault(message: Message, translated: Message | None) -> str:
    if translated is None or translated.fuzzy:
        return "missing" if translated is None else "fuzzy"
    strings = translated.string
    texts = [strings] if isinstance(strings, str) else list(strings or ())
    if not texts or not all(texts):
        return "untranslated"
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    known = {place for text in ids for place in PLACEHOLDER.findall(text)}
    for text in texts:
        used = set(PLACEHOLDER.findall(text))
        # A plural's form may leave its number out, as English does in "one match".
        if used - known or (len(ids) == 1 and used != known):
            return "other placeholders"
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("update", "compile", "check"))
    action = parser.parse_args().action
    if action == "update":
        update(ROOT)
    if action == "check":
        if found := list(problems(ROOT)):
            sys.exit("\n".join(found))
    else:
        compile_changed(ROOT)


if __name__ == "__main__":
    main()
