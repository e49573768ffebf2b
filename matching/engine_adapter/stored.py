"""The features of items, extracted once and read from the database afterwards."""

import logging
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final

from django.db import IntegrityError, transaction

from companies.models import Item, Need, Offering
from matching.engine.features import FORMAT, Document, dump, extract, load
from matching.engine.text import Lexicon
from matching.engine.types import Features
from matching.engine_adapter.threads import THREADS
from matching.models import NeedFeatures, OfferingFeatures

logger = logging.getLogger(__name__)

#: What a row must have for `features_of`, beside its `pk`.
COLUMNS: Final = ("features__digest", "features__content")
_TABLES: Final[dict[type[Item], Any]] = {
    Need: NeedFeatures,
    Offering: OfferingFeatures,
}
_BATCH: Final = 2000


def features_of(
    model: type[Item],
    rows: Sequence[dict[str, Any]],
    documents: Sequence[Document],
    lexicon: Lexicon,
) -> Features:
    """The features of the items in `rows`, whose words are `documents`, in this order.

    What is stored counts as long as neither the words nor the lexicon have changed since; the
    rest is extracted, and stored for the next time.
    """
    salt = f"{FORMAT} {lexicon.fingerprint}".encode()
    digests = [blake2b(repr(it).encode(), digest_size=16, key=salt).digest() for it in documents]
    contents = [
        bytes(row["features__content"])
        if row["features__digest"] is not None and bytes(row["features__digest"]) == digest
        else b""
        for row, digest in zip(rows, digests, strict=True)
    ]
    changed = [place for place, content in enumerate(contents) if not content]
    if changed:
        read = dump(extract([documents[place] for place in changed], lexicon, threads=THREADS))
        for place, content in zip(changed, read, strict=True):
            contents[place] = content
        _store(model, [(rows[place]["pk"], digests[place], contents[place]) for place in changed])
    return load(contents)


def _store(model: type[Item], found: Sequence[tuple[Any, bytes, bytes]]) -> None:
    """Two workers may do this at once: both write the same. An item that has just been deleted
    takes its batch along; the others of it are stored the next time."""
    table = _TABLES[model]
    for first in range(0, len(found), _BATCH):
        batch = [
            table(item_id=item, digest=digest, content=content)
            for item, digest, content in found[first : first + _BATCH]
        ]
        try:
            with transaction.atomic():
                table.objects.bulk_create(
                    batch,
                    update_conflicts=True,
                    unique_fields=["item"],
                    update_fields=["digest", "content"],
                )
        except IntegrityError:
            logger.info("an item was deleted while its words were read")
