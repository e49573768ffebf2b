"""All routes, each app under its own namespace. Every URL name stands in the permission table."""

from django.urls import include, path

from accounts.views.settings import set_language
from config.health import healthz

urlpatterns = [
    path("healthz/", healthz, name="healthz"),
    path("i18n/setlang/", set_language, name="set_language"),
    path("accounts/", include("allauth.urls")),
    path("", include("api.page_urls")),
    # First its pages, then the API, which answers all else below its address.
    path("", include("portal.urls")),
    path("api/v1/", include("api.urls")),
    path("", include("accounts.urls")),
    path("", include("companies.urls")),
    path("", include("insights.urls")),
    path("", include("dialogue.urls")),
    path("", include("matching.urls")),
    path("", include("taxonomy.urls")),
    path("", include("mailing.urls")),
    path("", include("api.hooks.urls")),
]
