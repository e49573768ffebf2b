"""Markets with planted truth, and how much of it the engine finds."""

from matching.engine.evaluation.planted.finding import Findings, find
from matching.engine.evaluation.planted.markets import Planted, plant

__all__ = ["Findings", "Planted", "find", "plant"]
