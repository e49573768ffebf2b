from importlib import import_module

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "insights"

    def ready(self) -> None:
        # An approach goes along when another record takes its firm in.
        rules = import_module("companies.services.merge_rules")
        rules.RULES["insights.Approach.company"] = rules.moves
        # A journey is written anew from its match; what has ended stays as it was.
        for side in ("buyer", "seller"):
            rules.RULES[f"insights.Journey.{side}"] = rules.stays
        rules.RULES["insights.Party.company"] = rules.stays
