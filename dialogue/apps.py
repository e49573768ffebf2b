from importlib import import_module

from django.apps import AppConfig


class DialogueConfig(AppConfig):
    name = "dialogue"

    def ready(self) -> None:
        import_module("dialogue.receivers")
        import_module("dialogue.sections")
