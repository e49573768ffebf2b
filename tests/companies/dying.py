"""A worker that is killed at a chosen moment of its import.

`python -m tests.companies.dying TASK JOB_ID PLACE TIMES`: TASK is `check_import` or `run_import`;
PLACE is `clock` (between two chunks) or `tagger` (in the middle of a chunk's transaction); it dies
when it comes there for the TIMES-th time.
"""

import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from typing import Any

from django.utils import timezone


def dying(work: Callable[..., Any], times: int) -> Callable[..., Any]:
    calls = count(1)

    def call(*args: Any) -> Any:
        if next(calls) == times:
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*args)

    return call


if __name__ == "__main__":
    import django

    django.setup()
    from companies import tagging
    from companies.models import ImportJob
    from companies.services import import_work
    from matching.engine_adapter import tag_texts

    _name, task, job_id, place, times = sys.argv
    clock = timezone.now
    if place == "clock":
        clock = dying(clock, int(times))
    else:
        tagging.use_tagger(dying(tag_texts, int(times)))
    getattr(import_work, task)(job=ImportJob.objects.get(pk=job_id), clock=clock)
