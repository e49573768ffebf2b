"""Shaping and cleaning what people type about firms; one module a noun."""
