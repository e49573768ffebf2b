"""Starting background work. The row is the queue; the message only wakes a worker early."""

import logging
from datetime import datetime
from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)


def kick(task_name: str, *, eta: datetime | None = None, **kwargs: Any) -> None:
    """Send the named task after the current transaction commits; never fail the request.

    With `eta` a worker starts it not before that time.
    Arguments are ids only (JSON). When the broker is away the message is dropped and logged:
    a beat sweep finds the waiting row within a minute.
    """
    transaction.on_commit(partial(_send, task_name, kwargs, eta), robust=True)


def _send(task_name: str, kwargs: dict[str, Any], eta: datetime | None) -> None:
    try:
        current_app.send_task(task_name, kwargs=kwargs, eta=eta, retry=False)
    except Exception as error:  # noqa: BLE001 - any broker trouble: the sweep takes over
        logger.warning("could not send %s: %s", task_name, error)
