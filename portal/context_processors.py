from typing import Any

from django.http import HttpRequest

from portal.navigation import Navigation


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`navigation` in every template."""
    return {"navigation": Navigation(request)}
