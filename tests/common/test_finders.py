from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from common.finders import BUILT_FILES, BuiltAssetsFinder


@pytest.fixture
def built(tmp_path: Path, settings: Settings) -> Path:
    """A finished build, with a file that nobody may fetch."""
    settings.BASE_DIR = tmp_path
    folder = tmp_path / "static" / "dist"
    (folder / "fonts").mkdir(parents=True)
    for name in (*BUILT_FILES, "icons.json", "fonts/one.woff2", "fonts/readme.txt"):
        (folder / name).write_text(name)
    return folder


def test_finds_what_was_built(built: Path) -> None:
    finder = BuiltAssetsFinder()
    assert finder.find("app.css") == str(built / "app.css")
    assert finder.find("fonts/one.woff2") == str(built / "fonts" / "one.woff2")
    assert finder.find("app.js", find_all=True) == [str(built / "app.js")]
    assert finder.check() == []


def test_lists_exactly_the_allowed_files(built: Path) -> None:
    listed = {path for path, _storage in BuiltAssetsFinder().list(None)}
    assert listed == {*BUILT_FILES, "fonts/one.woff2"}


@pytest.mark.parametrize(
    "path",
    ["icons.json", "fonts/readme.txt", "../build.mjs", "fonts/../icons.json", "other.css", ""],
)
def test_knows_nothing_else(built: Path, path: str) -> None:
    finder = BuiltAssetsFinder()
    assert finder.find(path) is None
    assert finder.find(path, find_all=True) == []


@pytest.mark.parametrize("missing", ["app.css", "fonts/one.woff2"])
def test_unfinished_build_fails_loudly(built: Path, missing: str) -> None:
    (built / missing).unlink()
    finder = BuiltAssetsFinder()
    with pytest.raises(ImproperlyConfigured, match="npm run build"):
        list(finder.list(None))
    with pytest.raises(ImproperlyConfigured):
        finder.find(missing)
    assert [error.id for error in finder.check()] == ["gagyo.E001"]
