"""The matching engine: a pure library over NumPy arrays. No Django, clock, I/O or global chance."""

import matching.engine.compiling  # noqa: F401  # says where compiled code is kept
