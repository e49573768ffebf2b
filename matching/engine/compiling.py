"""How the inner loops are compiled, and where the machine code is kept between processes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import numba

_HERE: Final = Path(__file__).parent


def private_folder(parent: Path) -> Path:
    """A folder in `parent` that nobody else can write: machine code is run as it is found."""
    folder = parent / f"gagyo-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o022:
        return Path(tempfile.mkdtemp(prefix="gagyo-", dir=parent))
    return folder


# numba keeps machine code beside the source, in NUMBA_CACHE_DIR where that is set. It writes each
# file under another name and then moves it, so processes may fill a folder at the same time.
if "NUMBA_CACHE_DIR" not in os.environ and not os.access(_HERE, os.W_OK):
    numba.config.CACHE_DIR = str(  # type: ignore[attr-defined]
        private_folder(Path(tempfile.gettempdir()))
    )

#: Part of a kernel.
part: Final[Any] = numba.njit(nogil=True)


def kernel(function: Callable[..., Any]) -> Any:
    """Compiled on the first call, kept on disk, free of the interpreter's lock while it runs.

    numba compiles a function again when the file it stands in has changed, but not when a part
    from another file has: so the name that the code is kept under stands for the whole folder.
    Call it with one combination of types only: each costs seconds to compile.
    """
    function.__qualname__ += f"_{_state_of(Path(function.__code__.co_filename).parent)}"
    return numba.njit(nogil=True, cache=True)(function)


def _state_of(folder: Path) -> str:
    digest = blake2b(digest_size=6)
    for source in sorted(folder.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()
