"""All routes, each app under its own namespace. Every URL name stands in the permission table."""

from django.urls import include, path

from config.health import healthz

urlpatterns = [
    path("healthz/", healthz, name="healthz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("allauth.urls")),
    path("", include("portal.urls")),
    path("", include("accounts.urls")),
    path("", include("companies.urls")),
    path("", include("matching.urls")),
    path("", include("taxonomy.urls")),
    path("", include("mailing.urls")),
]
