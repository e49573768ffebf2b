"""How much one caller may ask in a minute; the answer always says how much is left."""

import time
from functools import cache
from typing import Any, Final

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

WINDOW: Final = 60


class RateLimit(BaseThrottle):
    """A fixed window for each token or person: settings.API_REQUESTS_A_MINUTE.

    A Redis that is away lets everybody pass: the limit protects, it does not guard.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        self.limit: int = settings.API_REQUESTS_A_MINUTE
        self.reset = seconds_left()
        token = request.auth
        # Nobody comes so far without one or the other: see `HasScope`.
        who = f"token:{token.pk}" if token else f"user:{request.user.pk}"
        used = count_in_window(f"api-rate:{who}")
        self.remaining = max(0, self.limit - used)
        view.rate = self
        return bool(used <= self.limit)

    def wait(self) -> float:
        return self.reset

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


def seconds_left() -> int:
    """Until the next window begins; at least one."""
    return max(1, round(WINDOW - time.time() % WINDOW))


def count_in_window(key: str) -> int:
    """Count one more of `key` in the present window and return how many there are; 1 while Redis
    is away."""
    name = f"gagyo:{key}:{int(time.time() // WINDOW)}"
    try:
        pipeline = _redis().pipeline(transaction=False)
        pipeline.incr(name)
        pipeline.expire(name, 2 * WINDOW)
        used = pipeline.execute()[0]
    except (RedisError, OSError, ValueError):
        # ValueError is what the client raises for a connection that is closed while it is made.
        return 1
    return int(used)


@cache
def _redis() -> Redis:
    """One for a process; its connections are shared by the threads."""
    url = settings.REDIS_URL.replace("redis+socket://", "unix://")
    return Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
