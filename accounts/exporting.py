"""A copy of somebody's data as one ZIP file: data.json, files/ and a README.

Apps above add what they know in their `ready()`: rows by `register_section`, files by
`register_files`; `register_scope` adds a kind of owner, such as a firm. `data.json` is

    {"format": "gagyo-export/1", "made_at": …, "scope": …,
     "sections": {"<name>": [{…}, …], …}}

with ISO 8601 times; sections stand in the order of their names, rows as their section gives them.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import TextIOWrapper
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string

from accounts.models import User
from common.localisation import in_language

FORMAT: Final = "gagyo-export/1"
PERSON: Final = "person"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data: `user` asks; `object_id` names the firm when the scope is not the person."""

    user: User
    scope: str = PERSON
    object_id: str = ""


Row = Mapping[str, Any]
Section = Callable[[Subject], Iterable[Row]]
File = tuple[str, bytes]
Files = Callable[[Subject], Iterable[File]]
MayHave = Callable[[Subject], bool]

_sections: dict[tuple[str, str], Section] = {}
_files: dict[tuple[str, str], Files] = {}
_scopes: dict[str, MayHave] = {PERSON: lambda subject: True}


def register_scope(scope: str, may_have: MayHave) -> None:
    """`may_have` says, whenever it matters, whether the person may have these data."""
    _scopes[scope] = may_have


def register_section(scope: str, name: str, section: Section) -> None:
    """`section` yields its rows one by one: an export never holds them all."""
    _sections[scope, name] = section


def register_files(scope: str, folder: str, files: Files) -> None:
    """`files` yields (name, bytes), one at a time; they come to lie in files/<folder>/."""
    _files[scope, folder] = files


def may_have(subject: Subject) -> bool:
    check = _scopes.get(subject.scope)
    return check is not None and check(subject)


def fields_of(row: Any, *names: str) -> dict[str, Any]:
    """The named fields of a row, as JSON takes them."""
    return {name: getattr(row, name) for name in names}


def write_archive(subject: Subject, out: IO[bytes], *, language: str, made_at: datetime) -> None:
    """Write the ZIP file to `out`, row by row and file by file."""
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        names = sorted(name for scope, name in _sections if scope == subject.scope)
        with in_language(language):
            readme = render_to_string(
                "accounts/export_readme.txt",
                {"subject": subject, "sections": names, "made_at": made_at},
            )
            archive.writestr("README.txt", readme)
            with TextIOWrapper(archive.open("data.json", "w"), encoding="utf-8") as text:
                _write_json(subject, names, text, made_at)
            for (scope, folder), files in sorted(_files.items()):
                if scope == subject.scope:
                    for number, (name, content) in enumerate(files(subject), start=1):
                        archive.writestr(f"files/{folder}/{number:04d}-{name}", content)


def _write_json(subject: Subject, names: Iterable[str], text: IO[str], made_at: datetime) -> None:
    head = {"format": FORMAT, "made_at": made_at, "scope": subject.scope}
    text.write(_json(head)[:-1] + ', "sections": {')
    for number, name in enumerate(names):
        text.write(f"{',' if number else ''}\n{_json(name)}: [")
        for place, row in enumerate(_sections[subject.scope, name](subject)):
            text.write(f"{',' if place else ''}\n  {_json(row)}")
        text.write("]")
    text.write("\n}}\n")


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
