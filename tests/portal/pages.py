"""Rows of the permission table: the pages about the API."""

from typing import Final

API_PAGES: Final = {
    "portal:api": ("GET", "oooo oooo"),
    "portal:api_group": ("GET", "oooo oooo"),
    "portal:openapi": ("GET", "oooo oooo"),
    "portal:problem": ("GET", "oooo oooo"),
    "portal:problems": ("GET", "oooo oooo"),
}
