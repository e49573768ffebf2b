"""The features of items, extracted once and read from the database afterwards."""

import logging
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Func, TextField, Value
from django.db.models.functions import MD5

from common.localisation import LANGUAGES
from companies.models import Item, Need, Offering
from matching.engine.features import FORMAT, Document, dump, extract, load
from matching.engine.text import Lexicon
from matching.engine.types import Features
from matching.engine_adapter.threads import THREADS
from matching.models import NeedFeatures, OfferingFeatures

logger = logging.getLogger(__name__)

_TABLES: Final[dict[type[Item], Any]] = {
    Need: NeedFeatures,
    Offering: OfferingFeatures,
}
_WORDS: Final = tuple(
    f"{field}_{language}" for field in ("title", "text") for language in LANGUAGES
)
_BATCH: Final = 2000

#: What a row must have for `features_of`, beside its `pk` and `hs6`. The words themselves stay in
#: the database unless they have changed.
COLUMNS: Final = ("features__digest", "features__content")
ANNOTATIONS: Final[dict[str, Any]] = {
    "words_digest": MD5(
        Func(Value("\x1f"), *_WORDS, function="concat_ws", output_field=TextField())
    )
}


def features_of(
    model: type[Item],
    rows: Sequence[dict[str, Any]],
    concepts: Mapping[UUID, set[str]],
    lexicon: Lexicon,
) -> Features:
    """The features of the items in `rows`, in this order; `concepts`: those people chose.

    What is stored counts as long as neither the item nor the lexicon have changed since; the
    rest is extracted, and stored for the next time.
    """
    salt = f"{FORMAT} {lexicon.fingerprint}".encode()
    digests = [_digest(row, concepts[row["pk"]], salt) for row in rows]
    contents = [
        bytes(row["features__content"])
        if row["features__digest"] is not None and bytes(row["features__digest"]) == digest
        else b""
        for row, digest in zip(rows, digests, strict=True)
    ]
    place_of = {row["pk"]: place for place, row in enumerate(rows) if not contents[place]}
    if place_of:
        read = _read(model, list(place_of))
        chosen = [concepts[row["pk"]] for row in read]
        documents = [_document(row, codes) for row, codes in zip(read, chosen, strict=True)]
        found = dump(extract(documents, lexicon, threads=THREADS))
        for row, content in zip(read, found, strict=True):
            contents[place_of[row["pk"]]] = content
        _store(
            model,
            [
                (row["pk"], _digest(row, codes, salt), content)
                for row, codes, content in zip(read, chosen, found, strict=True)
            ],
        )
    if not all(contents):  # an item was deleted meanwhile
        nothing = dump(extract([Document("")], lexicon))[0]
        contents = [content or nothing for content in contents]
    return load(contents)


def _digest(row: dict[str, Any], concepts: set[str], salt: bytes) -> bytes:
    chosen = f"{row['words_digest']} {sorted(concepts)} {sorted(row['hs6'])}"
    return blake2b(chosen.encode(), digest_size=16, key=salt).digest()


def _read(model: type[Item], ids: list[UUID]) -> list[dict[str, Any]]:
    """The words of items, in batches."""
    rows: list[dict[str, Any]] = []
    for first in range(0, len(ids), _BATCH):
        found = model.objects.filter(pk__in=ids[first : first + _BATCH]).order_by("pk")
        rows += found.values("pk", "hs6", *_WORDS, **ANNOTATIONS)
    return rows


def _document(row: dict[str, Any], concepts: set[str]) -> Document:
    """The item's words in every language it has."""
    return Document(
        title="\n".join(filter(None, (row[f"title_{language}"] for language in LANGUAGES))),
        texts=tuple(filter(None, (row[f"text_{language}"] for language in LANGUAGES))),
        concepts=tuple(sorted(concepts)),
        hs6=tuple(sorted(row["hs6"])),
    )


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
