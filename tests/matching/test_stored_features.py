"""What the engine reads in an item's words is kept as long as it holds."""

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from companies.models import Offering
from matching.engine_adapter import Snapshot, load_snapshot, stored
from matching.engine_adapter.lexicon import load_lexicon
from matching.models import NeedFeatures, OfferingFeatures
from tests.factories import ConceptFactory, NeedFactory, OfferingFactory, PolicyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def photoresist() -> Any:
    return ConceptFactory(
        code="photoresist", label_ko="감광액", label_ja="レジスト", label_en="photoresist"
    )


def snapshot() -> Snapshot:
    return load_snapshot(
        policy=PolicyFactory.build(), sector=None, includes_prospects=False, now=timezone.now()
    )


def features(found: Snapshot) -> list[list[int]]:
    problem = found.problem
    sides = (problem.offerings.features, problem.needs.features)
    return [row.tolist() for side in sides for row in (*side.words, *side.concepts)]


def test_features_are_stored_once_and_read_the_next_time() -> None:
    OfferingFactory(title_ko="ArF 감광액")
    NeedFactory(title_ja="ArFレジスト")
    first = snapshot()
    assert (OfferingFeatures.objects.count(), NeedFeatures.objects.count()) == (1, 1)
    with CaptureQueriesContext(connection) as queries:
        again = snapshot()
    assert not [query for query in queries if query["sql"].startswith(("INSERT", "UPDATE"))]
    assert features(again) == features(first)
    assert again.fingerprint == first.fingerprint


def test_changed_words_are_read_anew_also_when_nobody_told() -> None:
    offering = OfferingFactory(title_ko="ArF 감광액")
    untouched = OfferingFactory(title_ko="톱니바퀴")
    snapshot()
    before = dict(OfferingFeatures.objects.values_list("item", "content"))
    Offering.objects.filter(pk=offering.pk).update(title_ko="EUV 감광액")
    changed = features(snapshot())
    after = dict(OfferingFeatures.objects.values_list("item", "content"))
    assert bytes(after[offering.pk]) != bytes(before[offering.pk])
    assert bytes(after[untouched.pk]) == bytes(before[untouched.pk])
    OfferingFeatures.objects.all().delete()
    assert features(snapshot()) == changed


def test_a_changed_taxonomy_reads_everything_anew() -> None:
    slurry = ConceptFactory(code="slurry", label_ko="연마액", label_ja="研磨液")
    OfferingFactory(title_ko="슬러리")
    before = features(snapshot())
    slurry.synonyms_ko = ["슬러리"]
    slurry.save()
    after = features(snapshot())
    assert after != before
    OfferingFeatures.objects.all().delete()
    assert features(snapshot()) == after


def test_damaged_or_foreign_rows_do_no_harm() -> None:
    OfferingFactory(title_ko="ArF 감광액")
    before = features(snapshot())
    OfferingFeatures.objects.update(digest=b"0" * 16, content=b"")
    assert features(snapshot()) == before


def test_an_item_without_words_has_features_too() -> None:
    OfferingFactory(title_ko="-", text_ko="")
    found = snapshot()
    assert np.diff(found.problem.offerings.features.words.start).tolist() != []
    assert features(snapshot()) == features(found)


def test_an_item_deleted_while_it_is_read_says_nothing_and_the_others_are_kept() -> None:
    gone, there = OfferingFactory(title_ko="ArF 감광액"), OfferingFactory(title_ko="톱니바퀴")
    columns = ("pk", "hs6", *stored.COLUMNS)
    offerings = Offering.objects.values(*columns, **stored.ANNOTATIONS)
    rows = [offerings.get(pk=item.pk) for item in (gone, there)]
    gone.delete()
    found = stored.features_of(Offering, rows, defaultdict(set), load_lexicon())
    assert found.words.lengths[0] == 0
    assert found.words.lengths[1] > 0
    assert set(OfferingFeatures.objects.values_list("item", flat=True)) == {there.pk}
