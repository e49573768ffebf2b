"""The description of the API (OpenAPI 3.1), made from its views and nothing else."""

from api.openapi.document import as_json, as_yaml, description

__all__ = ["as_json", "as_yaml", "description"]
