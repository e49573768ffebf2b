"""Mails for the tests of this folder."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from mailing.choices import Category
from mailing.models import Message

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def waiting_mail(transactional_db: None) -> Callable[..., Message]:
    """Makes due mails, as `write_message` leaves them, without waking a worker."""

    def make(**changes: Any) -> Message:
        values: dict[str, Any] = {
            "kind": "match",
            "category": Category.MATCHES,
            "dedupe_key": str(uuid4()),
            "to": "sato@kyushu.example",
            "language": "ja",
            "subject": "新しいマッチング",
            "text": "ご確認ください。\n",
            "html": "<p>ご確認ください。</p>\n",
            "send_after": NOW,
            "created_at": NOW,
        }
        return Message.objects.create(**{**values, **changes})

    return make
