"""What `make check` looks at beyond the usual tools: the length of files."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

LONGEST = 400
COUNTED = ("*.py", "*.html", "*.css", "*.js")


def too_long(root: Path) -> Iterator[str]:
    """Source files above LONGEST lines, as sentences; generated migrations do not count."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *COUNTED],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listing.stdout.splitlines():
        file = root / name
        if "/migrations/" in name or not file.exists():
            continue
        lines = len(file.read_text().splitlines())
        if lines > LONGEST:
            yield f"{name} has {lines} lines (at most {LONGEST}): split it by noun."


def main() -> None:
    problems = list(too_long(Path(__file__).resolve().parent.parent))
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main()
