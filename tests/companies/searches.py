"""Searching in a test: its transaction never commits, so the entries are settled by hand."""

from django.db import connection


def in_step() -> None:
    """Have the database do what it does when a transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS companies_settle IMMEDIATE")
        cursor.execute("SET CONSTRAINTS companies_settle DEFERRED")
