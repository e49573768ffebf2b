from importlib import import_module

from django.apps import AppConfig


class HooksConfig(AppConfig):
    """Webhooks: a room of the API with tables of its own."""

    name = "api.hooks"

    def ready(self) -> None:
        import_module("api.hooks.receivers")
        import_module("api.hooks.merging")
