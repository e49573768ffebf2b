"""Forms of the staff's insight pages."""
