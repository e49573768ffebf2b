from django.urls import path

from accounts.views import data, renewal, settings, trail

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
    path("staff/audit/", trail.audit, name="audit"),
    path("staff/audit/<int:pk>/", trail.event, name="audit_event"),
    path("staff/audit/export/<slug:form>/", trail.audit_export, name="audit_export"),
    path("staff/audit/of/<str:object_type>/<str:object_id>/", trail.history, name="history"),
]
