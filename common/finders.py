"""Static files that the front-end build made: an allow-list, so node_modules is never served."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage

BUILT_FILES: Final = (
    "app.css",
    "app.js",
    "charts.js",
    "offline.js",
    "interface.js",
    "fonts.css",
    "favicon.svg",
    "apple-touch-icon.png",
    "icon-192.png",
    "icon-512.png",
    "icon-maskable-512.png",
    "share.png",
)
BUILT_FONTS: Final = "fonts/*.woff2"


def built_folder() -> Path:
    """Where `npm run build` puts its result."""
    return Path(settings.BASE_DIR) / "static" / "dist"


class BuiltAssetsFinder(BaseFinder):
    """Finds exactly BUILT_FILES and BUILT_FONTS; a missing one is an error naming the command."""

    def __init__(self, app_names: Any = None, *args: Any, **kwargs: Any) -> None:
        self.folder = built_folder()
        self.storage = FileSystemStorage(location=self.folder)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        missing = self._missing()
        return [Error(missing, id="gagyo.E001")] if missing else []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        target = self.folder / path
        found = path in BUILT_FILES or Path(path).match(BUILT_FONTS)
        if found and not target.is_file():
            raise ImproperlyConfigured(self._missing() or f"static/dist/{path} does not exist.")
        if find_all:
            return [str(target)] if found else []
        return str(target) if found else None

    def list(self, ignore_patterns: Any) -> Iterable[tuple[str, FileSystemStorage]]:
        if missing := self._missing():
            raise ImproperlyConfigured(missing)
        fonts = sorted(font.relative_to(self.folder) for font in self.folder.glob(BUILT_FONTS))
        for path in (*BUILT_FILES, *map(str, fonts)):
            yield path, self.storage

    def _missing(self) -> str:
        """What is not there, in a sentence; empty when all is."""
        absent = [name for name in BUILT_FILES if not (self.folder / name).is_file()]
        if not absent and not any(self.folder.glob(BUILT_FONTS)):
            absent = [BUILT_FONTS]
        if not absent:
            return ""
        return f"static/dist lacks {', '.join(absent)}: run `npm ci` and `npm run build` first."
