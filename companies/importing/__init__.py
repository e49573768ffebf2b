"""Spreadsheet files of agencies ↔ dataclasses. Nothing here touches the database."""
