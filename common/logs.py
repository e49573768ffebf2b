"""What goes into the logs, and what never does."""

import re
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

# Links that speak for their reader: whoever reads a log must not be able to use them.
SECRET_PATH: Final = re.compile(
    r"(?P<kept>/(?:[acimou]|accounts/confirm-email|accounts/password/reset/key)/)[^/\s']+"
)


def hide_links(
    logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A structlog processor: signed links lose what signs them."""
    for name, value in event.items():
        if isinstance(value, str) and "/" in value:
            event[name] = SECRET_PATH.sub(r"\g<kept>…", value)
    return event


def set_up_structlog() -> None:
    """Requests and tasks speak through the logging of Django, in lines of key=value."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.processors.format_exc_info,
            hide_links,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
