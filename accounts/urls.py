from django.urls import path

from accounts.views import data, renewal, settings

app_name = "accounts"
urlpatterns = [
    path("c/<str:token>/", renewal.consent_by_link, name="consent_by_link"),
    path("settings/", settings.settings, name="settings"),
    path("settings/consents/", settings.consents, name="consents"),
    path("settings/data/", data.data, name="data"),
    path("settings/data/export/", data.export, name="export"),
    path("settings/data/export/<uuid:pk>/", data.export_download, name="export_download"),
    path("settings/data/erase/", data.erasure, name="erasure"),
    path("settings/data/keep/", data.erasure_cancel, name="erasure_cancel"),
]
