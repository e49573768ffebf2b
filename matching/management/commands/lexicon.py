import random
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError

from common import commands
from companies.importing.rows import items_of
from companies.importing.sheets import read_sheet
from companies.importing.unreadable import UnreadableFile
from companies.importing.wording import file_fault
from matching.engine_adapter import vocabulary
from taxonomy.reading import BadReferenceData, read_homographs, read_reference_data

#: Headers under which the lists of the importer's presets keep what a firm makes.
PRODUCT_HEADERS: Final = ("주요제품", "business_overview_ja", "products", "product")


class Command(commands.Command):
    help = "Check the words of the taxonomy's files, and how much of a list they understand."
    requires_system_checks = ()  # it reads files, and serves nobody

    def add_arguments(self, parser: ArgumentParser) -> None:
        tasks = parser.add_subparsers(dest="task", required=True)
        lint = tasks.add_parser("lint", help="words that contradict each other or hide in others")
        commands.add_json(lint)
        for name, purpose in (
            ("coverage", "share of a list's product phrases that name a concept"),
            ("phrases", "a sample of a list's product phrases with the concepts found in each"),
        ):
            task = tasks.add_parser(name, help=purpose)
            task.add_argument("file", type=Path, help="CSV or Excel, as for the import")
            task.add_argument("--column", help="header of the products; default: the usual ones")
            task.add_argument(
                "--where",
                action="append",
                default=[],
                metavar="HEADER=TEXT|TEXT",
                help="only rows whose cell contains one of the texts; may be repeated",
            )
            commands.add_json(task)
            task.add_argument("--most", type=int, default=50, help="words or phrases to list")
            if name == "phrases":
                task.add_argument("--seed", type=int, default=1, help="of the sample")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['task']}")(options)
        except BadReferenceData as error:
            raise CommandError(str(error)) from error

    def _lint(self, options: dict[str, Any]) -> None:
        rows = read_reference_data().concepts
        faults = vocabulary.lint(rows, read_homographs())
        if faults:
            for fault in faults:
                self.say(fault)
            raise CommandError(f"{len(faults)} faults in {len(rows)} concepts.")
        self.tell({"concepts": len(rows), "faults": []}, f"{len(rows)} concepts, no fault.")

    def _coverage(self, options: dict[str, Any]) -> None:
        found = vocabulary.coverage(_phrases(options), vocabulary.shipped_lexicon())
        words = dict(list(found.unknown.items())[: options["most"]])
        if self.is_json:
            counts = {"phrases": found.phrases, "understood": found.understood, "unknown": words}
            self.tell(counts)
            return
        self.stdout.write(
            f"{found.understood} of {found.phrases} phrases understood ({found.share:.1%})"
        )
        for word, count in words.items():
            self.stdout.write(f"{count:5}  {word}")

    def _phrases(self, options: dict[str, Any]) -> None:
        phrases = _phrases(options)
        sample = random.Random(options["seed"]).sample(phrases, min(options["most"], len(phrases)))
        tagged = list(vocabulary.tagged(sample, vocabulary.shipped_lexicon()))
        lines = [
            f"{phrase}\t{', '.join(f'{words} = {code}' for words, code in found) or '-'}"
            for phrase, found in tagged
        ]
        self.tell(
            [{"phrase": phrase, "found": found} for phrase, found in tagged], "\n".join(lines)
        )


def _phrases(options: dict[str, Any]) -> list[str]:
    """The products of the file's rows, cut as the importer cuts them."""
    try:
        sheet, lazy_rows = read_sheet(options["file"].read_bytes())
        rows = list(lazy_rows)
    except OSError as error:
        raise CommandError(f"{options['file']}: {error.strerror}") from error
    except UnreadableFile as error:
        raise CommandError(
            f"{options['file']}: {file_fault(error.code, **error.details)}"
        ) from error
    header = list(sheet.header)
    wanted = [options["column"]] if options["column"] else list(PRODUCT_HEADERS)
    column = next((header.index(name) for name in wanted if name in header), None)
    if column is None:
        raise CommandError(f"No column {' or '.join(wanted)}; there are {', '.join(header)}.")
    conditions = [_condition(text, header) for text in options["where"]]
    return [
        item.text or item.title
        for _, cells in rows
        if all(any(part in cells[place] for part in parts) for place, parts in conditions)
        for item in items_of(cells[column])
    ]


def _condition(text: str, header: list[str]) -> tuple[int, list[str]]:
    name, _, values = text.partition("=")
    if name not in header:
        raise CommandError(f"No column {name}; there are {', '.join(header)}.")
    return header.index(name), values.split("|")
