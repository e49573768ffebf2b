"""What operations share: log-in, headers, parameters and refusals, as components."""

from typing import Any, Final

from django.utils import translation

from api.errors import KINDS
from api.idempotency import LONGEST_KEY
from api.problems import CONTENT_TYPE, document

# HTTP status → name of its component.
REFUSALS: Final = {
    "400": "Malformed",
    "401": "Unauthenticated",
    "403": "Forbidden",
    "404": "NotFound",
    "406": "NotAcceptable",
    "409": "StateChanged",
    "412": "PreconditionFailed",
    "413": "TooLarge",
    "415": "UnsupportedMediaType",
    "422": "Refused",
    "428": "PreconditionRequired",
    "429": "TooManyRequests",
}
SECURITY: Final = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token made on the page of one's tokens: `Authorization: Bearer gagyo_…`. "
        "It is let in by its scopes (the names beside it, any of them), and may do what its "
        "person may do.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "The session of a browser that is logged in. Changes also need the "
        "header `X-CSRFToken` with the value of the cookie `csrftoken`.",
    },
}
_NUMBER: Final = {"type": "integer", "minimum": 0}
_TEXT: Final = {"type": "string"}
HEADERS: Final[dict[str, dict[str, Any]]] = {
    "RateLimit-Limit": {
        "description": "How many requests a minute this caller may make.",
        "schema": _NUMBER,
        "example": 600,
    },
    "RateLimit-Remaining": {
        "description": "How many are left in this minute.",
        "schema": _NUMBER,
        "example": 597,
    },
    "RateLimit-Reset": {
        "description": "Seconds until the count begins anew.",
        "schema": _NUMBER,
        "example": 42,
    },
    "Retry-After": {
        "description": "Seconds after which to ask again.",
        "schema": _NUMBER,
        "example": 42,
    },
    "Content-Language": {
        "description": "The language of labels and sentences.",
        "schema": {"type": "string", "enum": ["ko", "ja", "en"]},
        "example": "ko",
    },
    "ETag": {
        "description": "The version of what was read. Send it back in If-None-Match when reading "
        "again, and in If-Match when changing.",
        "schema": _TEXT,
        "example": '"6298c1b0a4d40-9f86d081884c7d65"',
    },
    "Link": {
        "description": "The pages beside this one, as in RFC 8288.",
        "schema": _TEXT,
        "example": '<https://gagyo.example/api/v1/concepts/?cursor=cD0y>; rel="next"',
    },
    "Location": {
        "description": "The address of what was made.",
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/api/v1/offerings/5f0c1a2e-7a39-4a8e-9d0b-6f2f8b1f4c11/",
    },
    "Idempotent-Replayed": {
        "description": "Says that this is the answer that the first request with the key got.",
        "schema": {"type": "string", "enum": ["true"]},
        "example": "true",
    },
    "WWW-Authenticate": {
        "description": "How to log in.",
        "schema": _TEXT,
        "example": 'Bearer realm="gagyo"',
    },
}
PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "Accept-Language": {
        "description": "Language of labels and sentences (`ko`, `ja` or `en`); otherwise that of "
        "the person.",
        "schema": _TEXT,
        "example": "ko",
    },
    "If-None-Match": {
        "description": "The ETag of what is known: unchanged, the answer is 304 without a body.",
        "schema": _TEXT,
    },
    "Idempotency-Key": {
        "description": "A name of one's choice for this request. Sent again with the same name it "
        "has no second effect and gets the first answer.",
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST_KEY,
            "pattern": "^[!-~]([ -~]*[!-~])?$",
        },
    },
    "If-Match": {
        "description": "The ETag of the version that is changed, or `*` for any. Without it the "
        "answer is 428; when somebody else has changed the row since, 412.",
        "required": True,
        "schema": _TEXT,
        "example": '"6298c1b0a4d40-9f86d081884c7d65"',
    },
}
PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Why there is no other answer (RFC 9457), in the caller's language. `type` is "
    "a page about this kind of problem; some kinds add fields of their own.",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "page about it"},
        "title": {"type": "string", "description": "the kind of problem, in words"},
        "status": {"type": "integer", "description": "the HTTP status"},
        "detail": {"type": "string", "description": "what was wrong this time"},
        "instance": {"type": "string", "description": "the path that was asked for"},
        "code": {"type": "string", "enum": list(KINDS), "description": "the kind, for programs"},
        "errors": {
            "type": "array",
            "description": "what is at fault, one by one",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON Pointer into the body"},
                    "parameter": {"type": "string", "description": "of the query"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
#: What a parameter means that says nothing of itself, by its name.
PARAMETER_WORDS: Final = {
    "before": "Only what happened before this time (ISO 8601).",
    "by": "By what the lines of the breakdown are parted.",
    "changed_since": "Only what was changed at this time or later (ISO 8601).",
    "code": "The code, as the list gives it.",
    "company": "The id of a firm.",
    "created_since": "Only what was made at this time or later (ISO 8601).",
    "cursor": "Where the page begins: taken from `next` or `previous`.",
    "direction": "`kr_to_jp`: Korea supplies, Japan buys; `jp_to_kr`: the other way.",
    "group": "Only the figures of one group.",
    "id": "The id, as the list gives it.",
    "limit": "How many rows a page has.",
    "match": "The id of a match.",
    "message": "The id of a message.",
    "official_number": "The register's number, digits only; firms find their own by it, staff all.",
    "parent": "The code of the next wider concept.",
    "question": "The id of a question.",
    "sector": "The code of a sector.",
    "since": "Only what happened at this time or later (ISO 8601).",
    "stage": "The outcome that was told.",
    "told_since": "Only what was told at this time or later (ISO 8601).",
    "version": "The number of the policy.",
}
_WITH_ERRORS: Final = {
    "invalid": [
        {"pointer": "/price_max", "code": "invalid", "detail": "A valid number is required."}
    ]
}


def header(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}


def parameter(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}


def refusal(status: str) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{REFUSALS[status]}"}


def components() -> dict[str, Any]:
    """All of the above, by kind; examples of refusals are made as the real ones are."""
    return {
        "schemas": {"Problem": PROBLEM},
        "securitySchemes": SECURITY,
        "headers": HEADERS,
        "parameters": {
            name: {"name": name, "in": "header", **told} for name, told in PARAMETERS.items()
        },
        "responses": {name: _refusal(int(code)) for code, name in REFUSALS.items()},
    }


def _refusal(status: int) -> dict[str, Any]:
    codes = [code for code, (number, _title) in KINDS.items() if number == status]
    with translation.override("en"):
        examples = {
            code: {"value": document(code, "", "/api/v1/offerings/", errors=_WITH_ERRORS.get(code))}
            for code in codes
        }
        titles = " / ".join(str(KINDS[code][1]) for code in codes)
    names = ["Content-Language"]
    if status == 401:
        names += ["WWW-Authenticate"]
    if status == 429:
        names += ["Retry-After"]
    return {
        "description": titles,
        "headers": {name: header(name) for name in names},
        "content": {
            CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
        },
    }
