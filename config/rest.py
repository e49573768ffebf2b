"""How Django REST framework and the description of the API are set up."""

FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.authentication.TokenAuthentication",
        "api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["api.rates.RateLimit"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["api.filters.Filters"],
    "DEFAULT_PAGINATION_CLASS": "api.pagination.Cursor",
    "DEFAULT_SCHEMA_CLASS": "api.openapi.schema.Schema",
    "EXCEPTION_HANDLER": "api.problems.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR = {
    "TITLE": "Gagyo",
    "VERSION": "1",
    "DESCRIPTION": (
        "Korean and Japanese firms, what they supply and look for, and the matches between them. "
        "JSON in, JSON out; times are ISO 8601; ids are UUIDs or codes; lists come in pages that a "
        "cursor leads through. A refusal is a problem of RFC 9457. `docs/api.md` walks through it."
    ),
    "OAS_VERSION": "3.1.1",
    "SERVERS": [{"url": "/", "description": "where this description was read"}],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    # Choices stay where they are used: no names to keep apart.
    "POSTPROCESSING_HOOKS": ["api.openapi.document.complete"],
}
