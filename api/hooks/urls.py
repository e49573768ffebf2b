from collections.abc import Iterator

from django.urls import URLPattern, path

from api.hooks.views import deliveries, endpoints

app_name = "hooks"
ROUTES = (
    ("", "endpoints", endpoints.endpoints),
    ("new/", "endpoint_new", endpoints.endpoint_new),
    ("<uuid:pk>/", "endpoint", endpoints.endpoint),
    ("<uuid:pk>/edit/", "endpoint_edit", endpoints.endpoint_edit),
    ("<uuid:pk>/pause/", "endpoint_pause", endpoints.endpoint_pause),
    ("<uuid:pk>/resume/", "endpoint_resume", endpoints.endpoint_resume),
    ("<uuid:pk>/remove/", "endpoint_remove", endpoints.endpoint_remove),
    ("<uuid:pk>/rotate/", "endpoint_rotate", endpoints.endpoint_rotate),
    ("<uuid:pk>/ping/", "endpoint_ping", endpoints.endpoint_ping),
    ("<uuid:pk>/replay/", "endpoint_replay", endpoints.endpoint_replay),
    ("deliveries/<uuid:pk>/", "delivery", deliveries.delivery),
    ("deliveries/<uuid:pk>/replay/", "delivery_replay", deliveries.delivery_replay),
)


def _routes(prefix: str, name_prefix: str, is_firm: bool) -> Iterator[URLPattern]:
    for route, name, view in ROUTES:
        yield path(prefix + route, view, {"is_firm": is_firm}, name=name_prefix + name)


urlpatterns = [
    *_routes("staff/webhooks/", "", False),
    *_routes("company/webhooks/", "firm_", True),
]
