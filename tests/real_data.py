"""Where the real public lists are, which are never copied into the repository."""

import os
from pathlib import Path
from typing import Final

_GIVEN: Final = os.environ.get("GAGYO_REAL_DATA")
_FOLDER: Final = Path(_GIVEN) if _GIVEN else Path(__file__).resolve().parents[2] / "shared" / "data"
REAL: Final = _FOLDER / "real" if (_FOLDER / "real").is_dir() else _FOLDER
ENCODINGS: Final = REAL.parent / "encodings"
ABSENT: Final = "the real lists are not here; GAGYO_REAL_DATA may say where they are"
