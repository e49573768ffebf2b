"""Fictional firms out of `demo/data/` and chance: no database, no clock, one seed one world."""
