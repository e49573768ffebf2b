from importlib import import_module

from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "matching"

    def ready(self) -> None:
        import_module("matching.receivers")
        # Companies tag imported texts with concepts; the engine that knows how stands above them.
        tagging = import_module("companies.tagging")
        tagging.use_tagger(import_module("matching.engine_adapter").tag_texts)
