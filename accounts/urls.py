from django.urls import path

from accounts.views import data, joining, people, register, renewal, settings, staff, trail

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
    path("join/<str:token>/", joining.staff_join, name="staff_join"),
    path("staff/team/", staff.team, name="staff"),
    path("staff/team/invite/", staff.staff_invite, name="staff_invite"),
    path(
        "staff/team/invitations/<uuid:pk>/resend/",
        staff.staff_invitation_resend,
        name="staff_invitation_resend",
    ),
    path(
        "staff/team/invitations/<uuid:pk>/withdraw/",
        staff.staff_invitation_withdraw,
        name="staff_invitation_withdraw",
    ),
    path("staff/people/", people.people, name="people"),
    path("staff/people/<int:pk>/", people.person, name="person"),
    path("staff/people/<int:pk>/role/", staff.staff_role, name="staff_role"),
    path("staff/people/<int:pk>/off/", staff.staff_deactivate, name="staff_deactivate"),
    path("staff/people/<int:pk>/on/", staff.staff_reactivate, name="staff_reactivate"),
    path("staff/people/<int:pk>/sessions/end/", people.sessions_end, name="sessions_end"),
    path("staff/sessions/<int:pk>/end/", people.session_end, name="session_end"),
    path("staff/consents/", register.register, name="register"),
    path("staff/consents/<int:pk>/", register.consent_proof, name="consent_proof"),
    path("staff/consents/export/<slug:form>/", register.register_export, name="register_export"),
    path("staff/audit/", trail.audit, name="audit"),
    path("staff/audit/<int:pk>/", trail.event, name="audit_event"),
    path("staff/audit/export/<slug:form>/", trail.audit_export, name="audit_export"),
    path("staff/audit/of/<str:object_type>/<str:object_id>/", trail.history, name="history"),
]
