"""Everything that writes about endpoints and what they are told."""

from api.hooks.services.delivery import deliver, due_by_endpoint, recover_lost
from api.hooks.services.endpoints import (
    change_endpoint,
    make_endpoint,
    pause_endpoint,
    ping_endpoint,
    remove_endpoint,
    resume_endpoint,
    rotate_secret,
)
from api.hooks.services.events import record_event
from api.hooks.services.replays import forget_old, replay_delivery, replay_failed

__all__ = [
    "change_endpoint",
    "deliver",
    "due_by_endpoint",
    "forget_old",
    "make_endpoint",
    "pause_endpoint",
    "ping_endpoint",
    "record_event",
    "recover_lost",
    "remove_endpoint",
    "replay_delivery",
    "replay_failed",
    "resume_endpoint",
    "rotate_secret",
]
