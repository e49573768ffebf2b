from importlib import import_module

from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "matching"

    def ready(self) -> None:
        import_module("matching.receivers")
        import_module("matching.sections")
        import_module("matching.facets")
        # Companies tag imported texts with concepts; the engine that knows how stands above them.
        tagging = import_module("companies.tagging")
        engine = import_module("matching.engine_adapter")
        tagging.use_tagger(engine.tag_texts)
        tagging.use_reader(engine.read_mentions)
        tagging.use_comparer(engine.compare_tags)
        # An item's row in the firm's list says how many matches it has.
        matched = import_module("companies.matched")
        matched.use_counter(import_module("matching.queries.items").matches_of_items)
        # Staff read their notes on a firm where they check it.
        noted = import_module("companies.noted")
        noted.use_reader(import_module("matching.queries.remarks").remarks_on)
        # An import is taken back only where no match with its rows has left the staff's desk.
        tagging.use_proposal_counter(import_module("matching.queries.judging").open_proposals_of)
        built_on = import_module("companies.built_on")
        judging = import_module("matching.queries.judging")
        built_on.use_judge("matching.match", judging.items_of_told_matches)
        for label in ("needfeatures", "offeringfeatures", "matchrun", "runchange"):
            built_on.use_judge(f"matching.{label}", built_on.holds_nothing)
