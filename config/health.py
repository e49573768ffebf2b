"""Liveness for load balancers and the supervisor: the database and the broker answer."""

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when PostgreSQL answers (the product works), with the state of each part; else 503."""
    parts = {"database": _database_answers(), "broker": _broker_answers()}
    return JsonResponse(
        {"ok": parts["database"], **parts}, status=200 if parts["database"] else 503
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _broker_answers() -> bool:
    url = settings.REDIS_URL.replace("redis+socket://", "unix://")
    try:
        return bool(redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1).ping())
    except redis.RedisError:
        return False
