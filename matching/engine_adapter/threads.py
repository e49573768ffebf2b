"""How many threads one worker gives the engine."""

import os
from typing import Final

THREADS: Final = min(2, os.cpu_count() or 1)  # more workers share a machine
