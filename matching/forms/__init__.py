"""Shaping and cleaning what people type about matches; one module a noun."""
