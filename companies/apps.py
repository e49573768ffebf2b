from importlib import import_module

from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    name = "companies"

    def ready(self) -> None:
        import_module("companies.receivers")
        import_module("companies.sections")
        import_module("companies.facets")
