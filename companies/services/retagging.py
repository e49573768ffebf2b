"""What a change of the taxonomy does to items: worked out beforehand, and carried out."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import StateChanged
from common.jobs import kick
from common.localisation import LANGUAGES
from common.transitions import move
from companies import tagging
from companies.choices import CompanySource, CompanyState, ItemKind, ItemState
from companies.importing.claims import only_worker
from companies.models import Company, Item, Need, Offering
from companies.signals import item_changed
from taxonomy.choices import REVISION_TRANSITIONS, RevisionKind, RevisionState
from taxonomy.models import Concept, Revision

Clock = Callable[[], datetime]

# Where the advisory locks of revisions stand among those of imports.
LOCKS: Final = 0x5E01
BATCH: Final = 2000
EXAMPLES: Final = 50
# More firms than this are not matched one by one but by one full run.
FIRMS: Final = 200
MODELS: Final[tuple[tuple[str, type[Item]], ...]] = (
    (ItemKind.OFFERING, Offering),
    (ItemKind.NEED, Need),
)
WORDS: Final = tuple(f"{part}_{language}" for part in ("title", "text") for language in LANGUAGES)


class Change:
    """An item that a revision tags or reads otherwise."""

    def __init__(self, kind: str, row: dict[str, Any], gains: list[str], loses: list[str]) -> None:
        self.kind, self.row = kind, row
        self.gains, self.loses = gains, loses
        self.is_tagged = is_tagged_by_words(row)

    @property
    def title(self) -> str:
        names = (self.row["language"], *LANGUAGES)
        return next((self.row[f"title_{name}"] for name in names if self.row[f"title_{name}"]), "")


def is_tagged_by_words(row: dict[str, Any]) -> bool:
    """Items that a list brought are tagged by their words; people choose the concepts of theirs."""
    is_association = row["company__source"] == CompanySource.ASSOCIATION
    return bool(row["company__state"] == CompanyState.UNCLAIMED or is_association)


def weigh_revision(*, revision: Revision, clock: Clock) -> Revision:
    """Work out which open items the revision would tag or read otherwise, and keep counts, the
    first examples and the proposals concerned. Writes no item. Repeatable after a kill."""
    with _claimed(revision, RevisionState.WEIGHING):
        total = sum(_rows(model).count() for _kind, model in MODELS)
        counts: dict[str, Counter[str]] = {
            name: Counter() for name in ("gain", "lose", "read", "unread")
        }
        examples: list[dict[str, Any]] = []
        items: set[UUID] = set()
        firms: set[UUID] = set()
        done = 0
        for kind, _model, rows in _batches():
            for change in _changes(revision, kind, rows):
                items.add(change.row["pk"])
                firms.add(change.row["company_id"])
                counts["gain" if change.is_tagged else "read"].update(change.gains)
                counts["lose" if change.is_tagged else "unread"].update(change.loses)
                if len(examples) < EXAMPLES:
                    examples.append(_example(change))
            done += len(rows)
            _beat(revision, RevisionState.WEIGHING, clock(), items_done=done, items_total=total)
        matched = Company.objects.matchable().filter(pk__in=firms).count()
        impact = {
            "items": len(items),
            "firms": len(firms),
            "matched_firms": matched,
            "proposals": tagging.open_proposals(items),
            "bearing": _bearing(revision),
            "counts": {name: dict(counter) for name, counter in counts.items()},
            "examples": examples,
        }
        return move(
            revision,
            to=RevisionState.WEIGHED,
            allowed=REVISION_TRANSITIONS,
            impact=impact,
            heartbeat_at=clock(),
        )


def carry_out_revision(*, revision: Revision, clock: Clock) -> Revision:
    """Tag the items of lists anew, move the tags of a merged concept, and have the firms concerned
    matched. What people chose otherwise stays. Goes on after a kill where it was."""
    with _claimed(revision, RevisionState.APPLYING):
        ids = dict(Concept.objects.values_list("code", "pk"))
        if revision.into_id and not revision.items_done:
            _move_tags(revision)
        firms: set[UUID] = set()
        done = revision.items_done
        for kind, model, rows in _batches(after=revision.last_item):
            with transaction.atomic():
                changes = list(_changes(revision, kind, rows))
                _retag(model, [change for change in changes if change.is_tagged], ids)
                _have_matched(model, changes, firms, now=clock())
                done += len(rows)
                last = f"{kind}:{rows[-1]['pk']}"
                _beat(revision, RevisionState.APPLYING, clock(), items_done=done, last_item=last)
        if len(firms) > FIRMS:
            kick("matching.request_nightly_run")
        return move(
            revision,
            to=RevisionState.APPLIED,
            allowed=REVISION_TRANSITIONS,
            heartbeat_at=clock(),
        )


def fail_revision(*, revision: Revision, now: datetime) -> Revision:
    return move(revision, to=RevisionState.FAILED, allowed=REVISION_TRANSITIONS, heartbeat_at=now)


@contextmanager
def _claimed(revision: Revision, state: str) -> Iterator[None]:
    """Only this process works on the revision, which is in `state` and fresh."""
    with only_worker(UUID(int=(LOCKS << 112) + (revision.pk << 64))) as is_mine:
        if is_mine:
            revision.refresh_from_db()
        if not is_mine or revision.state != state:
            raise StateChanged(_("This has changed in the meantime."), state=revision.state)
        yield


def _beat(revision: Revision, state: str, now: datetime, **progress: Any) -> None:
    move(revision, to=state, allowed=REVISION_TRANSITIONS, heartbeat_at=now, **progress)


def _rows(model: type[Item]) -> Any:
    return model._default_manager.filter(state=ItemState.OPEN).order_by("pk")


def _batches(after: str = "") -> Iterator[tuple[str, type[Item], list[dict[str, Any]]]]:
    """All open items, offerings first; `after`: "kind:id" of the last one that is done."""
    done_kind, _sign, last = after.partition(":")
    kinds = [kind for kind, _model in MODELS]
    for kind, model in MODELS:
        if done_kind and kinds.index(kind) < kinds.index(done_kind):
            continue
        at = last if kind == done_kind else ""
        while True:
            later = _rows(model).filter(pk__gt=at) if at else _rows(model)
            rows = list(
                later.values(
                    "pk", "company_id", "language", "company__state", "company__source", *WORDS
                )[:BATCH]
            )
            if not rows:
                break
            yield kind, model, rows
            at = str(rows[-1]["pk"])


def _changes(revision: Revision, kind: str, rows: list[dict[str, Any]]) -> Iterator[Change]:
    texts = [_text(row) for row in rows]
    compared = tagging.compare(texts, revision.before, revision.after)
    for row, (old, new) in zip(rows, compared, strict=True):
        if set(old) != set(new):
            gains = [code for code in new if code not in old]
            yield Change(kind, row, gains, [code for code in old if code not in new])


def _text(row: dict[str, Any]) -> str:
    """What the item is tagged by: of a list's item its own language, of others every one."""
    if is_tagged_by_words(row):
        return f"{row['title_' + row['language']]}\n{row['text_' + row['language']]}"
    return "\n".join(filter(None, (row[name] for name in WORDS)))


def _example(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "id": str(change.row["pk"]),
        "company": str(change.row["company_id"]),
        "title": change.title[:200],
        "gains": change.gains,
        "loses": change.loses,
        "is_tagged": change.is_tagged,
    }


def _bearing(revision: Revision) -> int:
    """Open items that bear the concept as a tag, whoever chose it."""
    return sum(_rows(model).filter(concepts=revision.concept_id).count() for _kind, model in MODELS)


def _retag(model: type[Item], changes: list[Change], ids: dict[str, int]) -> None:
    through: Any = model.concepts.through
    name = f"{model._meta.model_name}_id"
    rows = through._default_manager
    rows.bulk_create(
        [
            through(**{name: change.row["pk"], "concept_id": ids[code]})
            for change in changes
            for code in change.gains
        ],
        ignore_conflicts=True,
    )
    lost: dict[str, list[UUID]] = {}
    for change in changes:
        for code in change.loses:
            lost.setdefault(code, []).append(change.row["pk"])
    for code, items in lost.items():
        rows.filter(**{f"{name}__in": items, "concept_id": ids[code]}).delete()


def _move_tags(revision: Revision) -> None:
    """A merged concept's items bear the other one; undone, those get it back that had it."""
    is_undo = revision.kind == RevisionKind.UNDO
    moved: list[list[Any]] = []
    with transaction.atomic():
        for kind, model in MODELS:
            through: Any = model.concepts.through
            name = f"{model._meta.model_name}_id"
            rows = through._default_manager
            if is_undo:
                told = revision.undoes.moved if revision.undoes else []
                back = [pk for of_kind, pk, _had in told if of_kind == kind]
                came = [pk for of_kind, pk, had in told if of_kind == kind and not had]
                there = set(model._default_manager.filter(pk__in=back).values_list("pk", flat=True))
                rows.bulk_create(
                    [through(**{name: pk, "concept_id": revision.concept_id}) for pk in there],
                    ignore_conflicts=True,
                )
                rows.filter(**{f"{name}__in": came, "concept_id": revision.into_id}).delete()
                continue
            bearing = list(rows.filter(concept_id=revision.concept_id).values_list(name, flat=True))
            had = set(rows.filter(concept_id=revision.into_id).values_list(name, flat=True))
            moved += [[kind, str(pk), pk in had] for pk in bearing]
            rows.bulk_create(
                [through(**{name: pk, "concept_id": revision.into_id}) for pk in bearing],
                ignore_conflicts=True,
            )
            rows.filter(concept_id=revision.concept_id).delete()
        revision.moved = moved
        revision.save(update_fields=["moved"])


def _have_matched(
    model: type[Item], changes: list[Change], firms: set[UUID], *, now: datetime
) -> None:
    """Matching listens. Firms that take no part in it wait for the next run with them."""
    for change in changes:
        is_matched = change.row["company__state"] == CompanyState.VERIFIED
        if is_matched:
            firms.add(change.row["company_id"])
            if len(firms) <= FIRMS:
                item_changed.send(sender=model, item_id=change.row["pk"], now=now)
