"""`Idempotency-Key`: a POST that is sent again has no second effect and gets the first answer.

The key's row is inserted in the transaction that holds the effect. Whoever comes second with the
key waits on the constraint until the first has committed, and reads its answer; had the first
failed, its row is gone and the second one is the first.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from api.errors import Problem
from api.models import KeptAnswer

HEADER: Final = "Idempotency-Key"
LONGEST_KEY: Final = 255
KEPT_FOR: Final = timedelta(days=1)
# Kept besides status, type and body; all others are made anew for each answer.
KEPT_HEADERS: Final = ("Location", "ETag")
CLAIM: Final = f"""
INSERT INTO {KeptAnswer._meta.db_table}
    ("user_id", "key", fingerprint, status, content_type, headers, body, created_at)
VALUES (%s, %s, %s, 0, '', '{{}}', '', %s)
ON CONFLICT ("user_id", "key") DO NOTHING
RETURNING id
"""  # noqa: S608 - names of our own table


class Fault(Exception):
    """Takes the transaction of an answer back that is a fault of ours: it is not kept."""


class IdempotentPosts:
    """Mixin of views: a POST with an Idempotency-Key runs in one transaction with its answer.

    `Response.shown_once`: names of the answer's fields that are not kept, and not told again.
    """

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = request.headers.get(HEADER, "")
        if request.method != "POST" or not key:
            answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
            return answer
        self.idempotency_key = key
        try:
            with transaction.atomic():
                answer = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
                kept: KeptAnswer | None = getattr(self, "kept", None)
                if kept is not None and isinstance(answer, HttpResponse):
                    self._keep(kept, answer)
                if answer.status_code >= 500:
                    raise Fault
        except Fault:
            pass
        return answer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After log-in, permission and rate: either claim the key or answer from what is kept."""
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        key = getattr(self, "idempotency_key", "")
        if request.method == "POST" and request.headers.get(HEADER) == "":
            raise Problem("malformed", f"{HEADER}: 1–{LONGEST_KEY}")
        if not key or not request.user.is_authenticated:
            return
        if len(key) > LONGEST_KEY or not key.isprintable():
            raise Problem("malformed", f"{HEADER}: 1–{LONGEST_KEY}")
        fingerprint = _fingerprint(request)
        own = KeptAnswer(
            user=request.user, key=key, fingerprint=fingerprint, created_at=timezone.now()
        )
        if _claim(own):
            self.kept = own
            return
        first = KeptAnswer.objects.get(user=request.user, key=key)
        if first.fingerprint != fingerprint:
            raise Problem("key-reused")
        raise Replayed(first)

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, Replayed):
            return exc.response()
        return super().handle_exception(exc)  # type: ignore[misc]

    @staticmethod
    def _keep(kept: KeptAnswer, answer: HttpResponse) -> None:
        if hasattr(answer, "render"):
            answer.render()
        kept.status = answer.status_code
        kept.content_type = answer.headers.get("Content-Type", "")
        kept.headers = {name: answer[name] for name in KEPT_HEADERS if name in answer}
        kept.body = answer.content
        if secrets := getattr(answer, "shown_once", ()):
            whole: dict[str, Any] = json.loads(answer.content)
            told = {name: value for name, value in whole.items() if name not in secrets}
            kept.body = JSONRenderer().render(told)
        kept.save(update_fields=("status", "content_type", "headers", "body"))


def _claim(own: KeptAnswer) -> bool:
    """Write the row, in one statement; False when somebody was first with the key.

    Whoever comes second waits here until the first has committed or given up.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [own.user_id, own.key, own.fingerprint, own.created_at])
        made = cursor.fetchone()
    if made is None:
        return False
    (own.pk,) = made
    own._state.adding = False
    return True


def forget_old_answers(*, now: datetime) -> int:
    """Delete the answers older than KEPT_FOR; return how many."""
    return KeptAnswer.objects.filter(created_at__lt=now - KEPT_FOR).delete()[0]


class Replayed(Exception):
    """The answer of this request is known."""

    def __init__(self, kept: KeptAnswer) -> None:
        self.kept = kept

    def response(self) -> HttpResponse:
        response = HttpResponse(
            bytes(self.kept.body), status=self.kept.status, content_type=self.kept.content_type
        )
        for name, value in self.kept.headers.items():
            response.headers[name] = value
        response.headers["Idempotent-Replayed"] = "true"
        return response


def _fingerprint(request: Request) -> str:
    """Of method, path with query, and body."""
    digest = hashlib.sha256()
    for part in (request.method or "", request.get_full_path()):
        digest.update(part.encode() + b"\0")
    for part in _body(request):
        digest.update(part)
    return digest.hexdigest()


def _body(request: Request) -> Iterator[bytes]:
    """The body; of a form with files its fields, since the files are held in no memory."""
    if not (request.content_type or "").startswith("multipart/"):
        yield request._request.body
        return
    for name in sorted(request.data):
        for value in request.data.getlist(name):
            yield name.encode() + b"\0"
            if isinstance(value, UploadedFile):
                yield from value.chunks()
                value.seek(0)
            else:
                yield str(value).encode()
