"""Filling a database with the fictional demo, through the public services."""
