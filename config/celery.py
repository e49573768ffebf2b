"""The Celery application and its beat schedule (a dict, versioned with the code)."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("gagyo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Every row that waits for work is found again by a sweep: a lost message, a dead broker or a
# killed worker costs a minute, never the work.
app.conf.beat_schedule = {
    "accounts.sweep_data": {"task": "accounts.sweep_data", "schedule": 60.0},
    "mailing.sweep_outbox": {"task": "mailing.sweep_outbox", "schedule": 30.0},
    # When few people are at work; the page of the runs says when the next one is.
    "matching.request_nightly_run": {
        "task": "matching.request_nightly_run",
        "schedule": crontab(hour=3, minute=0),
    },
    "matching.sweep_runs": {"task": "matching.sweep_runs", "schedule": 60.0},
    "matching.sweep_matches": {"task": "matching.sweep_matches", "schedule": 60.0},
    "matching.refresh_priorities": {"task": "matching.refresh_priorities", "schedule": 600.0},
    "insights.sweep_gaps": {"task": "insights.sweep_gaps", "schedule": 60.0},
    "insights.count_journeys": {"task": "insights.count_journeys", "schedule": 600.0},
    "dialogue.sweep": {"task": "dialogue.sweep", "schedule": 60.0},
    "companies.write_announcements": {
        "task": "companies.write_announcements",
        "schedule": 60.0,
    },
    "accounts.renew_consents": {"task": "accounts.renew_consents", "schedule": 3600.0},
    "companies.sweep_imports": {"task": "companies.sweep_imports", "schedule": 60.0},
    "companies.sweep_registry_checks": {
        "task": "companies.sweep_registry_checks",
        "schedule": 60.0,
    },
    "companies.sweep_search": {"task": "companies.sweep_search", "schedule": 600.0},
    "companies.sweep_closed": {"task": "companies.sweep_closed", "schedule": 3600.0},
    "companies.look_after_terms": {"task": "companies.look_after_terms", "schedule": 3600.0},
    "companies.lapse_verifications": {
        "task": "companies.lapse_verifications",
        "schedule": 3600.0,
    },
    "companies.find_duplicates": {"task": "companies.find_duplicates", "schedule": 600.0},
    "companies.tell_of_ending_items": {
        "task": "companies.tell_of_ending_items",
        "schedule": 3600.0,
    },
    "api.forget_old_answers": {"task": "api.forget_old_answers", "schedule": 3600.0},
    "api.sweep_tokens": {"task": "api.sweep_tokens", "schedule": 3600.0},
    # The next one does what this one would, so that none wait behind a slow receiver.
    "hooks.sweep": {"task": "hooks.sweep", "schedule": 15.0, "options": {"expires": 15.0}},
    "hooks.forget_old": {"task": "hooks.forget_old", "schedule": 3600.0},
    "companies.forget_old_drafts": {"task": "companies.forget_old_drafts", "schedule": 3600.0},
}
