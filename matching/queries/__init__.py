"""Reads across the models of matching."""
