"""Pages about firms; one module a noun."""
