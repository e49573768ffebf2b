from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal.navigation import navigation_for


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`navigation` in every template; computed, and counted, only where a frame shows it."""
    return {"navigation": SimpleLazyObject(lambda: navigation_for(request))}
