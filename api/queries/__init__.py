"""Reads across the tables of the API."""
