"""What a worker does before its first task."""

import pytest
from celery.signals import worker_init
from django.db import DatabaseError

from matching import tasks
from matching.engine_adapter import lexicon
from tests.factories import ConceptFactory


@pytest.mark.django_db(transaction=True)
def test_a_worker_has_read_the_lexicon_before_it_takes_work() -> None:
    ConceptFactory(code="gear", label_ko="톱니바퀴", label_ja="歯車", label_en="gear")
    lexicon._compiled.cache_clear()
    worker_init.send(sender=None)
    assert lexicon._compiled.cache_info().misses == 1
    assert lexicon.load_lexicon().codes == ("gear",)
    assert lexicon._compiled.cache_info().misses == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_starts_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(lexicon, "load_lexicon", away)
    tasks.read_lexicon()
