"""Entity tags: what is unchanged is not sent again, and nobody overwrites what he has not read.

A tag is `"<version>-<digest>"`: the version is the row's time of change, the digest that of the
answer. If-None-Match compares the whole tag, since an answer has a language and chosen fields;
If-Match compares the version alone, under the row's lock.
"""

import hashlib
import re
from datetime import datetime
from typing import Any, Final

from django.db import models
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import Problem

TAG: Final = re.compile(r'"([0-9a-f]+)-[0-9a-f]*"')


def version_of(changed_at: datetime) -> str:
    return format(round(changed_at.timestamp() * 1_000_000), "x")


def tag_of(version: str, body: bytes) -> str:
    return f'"{version}-{hashlib.sha256(body).hexdigest()[:16]}"'


def require_version(request: Request, row: models.Model, field: str = "updated_at") -> None:
    """Lock the row and compare it with If-Match; call it in the transaction of the change.

    Raises Problem 428 without the header and 412 when the row has changed since.
    """
    wanted = request.headers.get("If-Match", "")
    if not wanted:
        raise Problem("precondition-required")
    manager: Any = type(row)._default_manager
    present = manager.select_for_update(no_key=True).values_list(field, flat=True).get(pk=row.pk)
    if wanted.strip() == "*":
        return
    if version_of(present) not in TAG.findall(wanted):
        raise Problem("precondition-failed")


class TaggedAnswers:
    """Mixin of views: a rendered 200 answer to a GET has an ETag, and may become a 304.

    The version is that of `Response.version` when the view sets it, else of the body itself.
    """

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        done: Response = super().finalize_response(  # type: ignore[misc]
            request, response, *args, **kwargs
        )
        if isinstance(done, Response) and done.status_code in (200, 201):
            done.add_post_render_callback(lambda rendered: _tag(request, rendered))
        return done


def _tag(request: Request, response: Response) -> None:
    version = getattr(response, "version", None)
    if version is None and request.method not in ("GET", "HEAD"):
        return
    tag = tag_of(version or "0", response.content)
    response.headers["ETag"] = tag
    response.headers.setdefault("Cache-Control", "private, no-cache")
    if request.method in ("GET", "HEAD") and tag in request.headers.get("If-None-Match", ""):
        response.status_code = 304
        response.content = b""
        for name in ("Content-Type", "Content-Length"):
            if name in response.headers:
                del response.headers[name]
