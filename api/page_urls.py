from django.urls import path

from api.pages import account, systems, uses

app_name = "tokens"
urlpatterns = [
    path("account/tokens/", account.own, name="own"),
    path("account/tokens/new/", account.make, name="make"),
    path("account/tokens/<uuid:pk>/revoke/", account.revoke, name="revoke"),
    path("account/tokens/<uuid:pk>/uses/", account.own_uses, name="own_uses"),
    path("staff/audit/uses/", uses.uses, name="uses"),
    path("staff/audit/uses/<slug:form>/", uses.uses_file, name="uses_file"),
    path("staff/systems/", systems.systems, name="systems"),
    path("staff/systems/new/", systems.system_make, name="system_make"),
    path("staff/systems/<int:pk>/", systems.system, name="system"),
    path("staff/systems/<int:pk>/change/", systems.system_change, name="system_change"),
    path("staff/systems/tokens/<uuid:pk>/rotate/", systems.system_rotate, name="system_rotate"),
    path("staff/systems/tokens/<uuid:pk>/revoke/", systems.system_revoke, name="system_revoke"),
]
