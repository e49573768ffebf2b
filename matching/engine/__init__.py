"""The matching engine: a pure library over NumPy arrays. No Django, clock, I/O or global chance."""
