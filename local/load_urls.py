"""All routes of the product, and `empty/`: what a request costs before any work is done."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


urlpatterns = [path("empty/", empty, name="empty"), path("", include("config.urls"))]
