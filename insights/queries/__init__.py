"""Reads across all models; each returns rows or frozen figures and changes nothing."""
