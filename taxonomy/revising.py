"""Changing concepts: first what it would do to items is worked out and shown, then confirmed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common import audit
from common.errors import RuleViolated, StateChanged
from common.jobs import kick
from common.localisation import LANGUAGES
from common.transitions import move
from taxonomy.choices import REVISION_TRANSITIONS, RevisionKind, RevisionState
from taxonomy.models import Concept, Revision, Sector
from taxonomy.vocabulary import fold_label

PLAIN: Final = (
    "kind",
    *(f"label_{language}" for language in LANGUAGES),
    *(f"synonyms_{language}" for language in LANGUAGES),
    "hs6",
    "is_active",
)


def facts_of(concept: Concept) -> dict[str, Any]:
    """All that staff may change, with codes for what it points to."""
    facts: dict[str, Any] = {name: getattr(concept, name) for name in PLAIN}
    facts["parent"] = concept.parent.code if concept.parent else ""
    facts["sector"] = concept.sector.code if concept.sector else ""
    return facts


def propose_edit(*, concept: Concept, actor: Any, now: datetime) -> Revision | None:
    """Have the effect of the values in `concept`, which is not saved, worked out; None when
    nothing differs."""
    after = {concept.code: facts_of(concept)}
    if concept._state.adding:
        return _propose(
            RevisionKind.CREATE, None, {}, after, actor=actor, now=now, code=concept.code
        )
    stored = Concept.objects.select_related("parent", "sector").get(pk=concept.pk)
    before = {stored.code: facts_of(stored)}
    if before == after:
        return None
    return _propose(RevisionKind.EDIT, stored, before, after, actor=actor, now=now)


def propose_merge(*, concept: Concept, into: Concept, actor: Any, now: datetime) -> Revision:
    """Everything that names `concept` shall name `into`: words, HS codes, what stands below it,
    the tags of items. It is no longer in use then. Raises RuleViolated for one of its own line."""
    if concept.pk == into.pk or _stands_below(into, concept):
        raise RuleViolated(_("A concept cannot be merged into itself or one that stands below it."))
    before = {each.code: facts_of(each) for each in (concept, into, *concept.children.all())}
    after = {code: dict(facts) for code, facts in before.items()}
    old, new = after[concept.code], after[into.code]
    for language in LANGUAGES:
        words = [old[f"label_{language}"], *old[f"synonyms_{language}"]]
        new[f"synonyms_{language}"] = _joined(
            new[f"synonyms_{language}"], words, except_of=new[f"label_{language}"]
        )
    new["hs6"] = sorted({*new["hs6"], *old["hs6"]})
    old["is_active"] = False
    for child in concept.children.all():
        after[child.code]["parent"] = into.code
    return _propose(RevisionKind.MERGE, concept, before, after, into=into, actor=actor, now=now)


def propose_undo(*, revision: Revision, actor: Any, now: datetime) -> Revision:
    """Have the way back worked out; a concept that it made is no longer in use then. Raises
    StateChanged unless it is the last one applied to its concept."""
    if revision.state != RevisionState.APPLIED or not is_last(revision):
        raise StateChanged(_("Only the last change of a concept can be undone."))
    after = revision.before
    if revision.kind == RevisionKind.CREATE:
        after = {code: {**facts, "is_active": False} for code, facts in revision.after.items()}
    return _propose(
        RevisionKind.UNDO,
        revision.concept,
        revision.after,
        after,
        undoes=revision,
        into=revision.into,
        actor=actor,
        now=now,
    )


def is_last(revision: Revision) -> bool:
    """Whether nothing was applied to its concept since, and it is not undone."""
    applied = Revision.objects.filter(
        concept=revision.concept_id, state__in=[RevisionState.APPLIED, RevisionState.APPLYING]
    ).order_by("-applied_at", "-pk")
    return applied.values_list("pk", flat=True).first() == revision.pk


def apply_revision(*, revision: Revision, actor: Any, now: datetime) -> Revision:
    """Save the concepts, and let a worker tag items and match firms anew.

    Raises StateChanged when one of them is no longer what it was when the effect was worked out,
    or another person was first.
    """
    with transaction.atomic():
        codes = sorted({*revision.before, *revision.after})
        rows = {
            row.code: row
            for row in Concept.objects.select_for_update(of=("self",))
            .select_related("parent", "sector")
            .filter(code__in=codes)
            .order_by("code")
        }
        if {code: facts_of(row) for code, row in rows.items()} != revision.before:
            raise StateChanged(
                _("Somebody has changed this concept in the meantime. Look at it again.")
            )
        move(
            revision,
            to=RevisionState.APPLYING,
            allowed=REVISION_TRANSITIONS,
            applied_at=now,
            heartbeat_at=now,
            items_done=0,
            last_item="",
        )
        _save(revision, rows, actor=actor, now=now)
        kick("companies.apply_revision", revision_id=revision.pk)
    return revision


def drop_revision(*, revision: Revision, actor: Any, now: datetime) -> Revision:
    """Leave everything as it is. Raises StateChanged when it was applied."""
    return move(revision, to=RevisionState.DROPPED, allowed=REVISION_TRANSITIONS)


def _propose(
    kind: str,
    concept: Concept | None,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    code: str = "",
    into: Concept | None = None,
    undoes: Revision | None = None,
    actor: Any,
    now: datetime,
) -> Revision:
    with transaction.atomic():
        revision = Revision.objects.create(
            concept=concept,
            code=concept.code if concept else code,
            kind=kind,
            into=into,
            undoes=undoes,
            before=before,
            after=after,
            requested_by=actor,
            created_at=now,
            heartbeat_at=now,
        )
        kick("companies.weigh_revision", revision_id=revision.pk)
    return revision


def _save(revision: Revision, rows: dict[str, Concept], *, actor: Any, now: datetime) -> None:
    for code, facts in revision.after.items():
        row = rows.get(code) or Concept(code=code)
        for name in PLAIN:
            setattr(row, name, facts[name])
        row.parent = Concept.objects.get(code=facts["parent"]) if facts["parent"] else None
        row.sector = Sector.objects.get(code=facts["sector"]) if facts["sector"] else None
        row.edited_at = now
        is_new = row._state.adding
        row.save()
        if is_new:
            revision.concept = row
            revision.save(update_fields=["concept"])
        audit.record(
            "concept.created" if is_new else "concept.edited",
            row,
            actor=actor,
            now=now,
            code=code,
            revision=revision.pk,
            kind=revision.kind,
        )


def _stands_below(concept: Concept, above: Concept) -> bool:
    parent = concept.parent
    while parent is not None:
        if parent.pk == above.pk:
            return True
        parent = parent.parent
    return False


def _joined(there: list[str], words: list[str], *, except_of: str) -> list[str]:
    found = list(there)
    known = {fold_label(word) for word in (*there, except_of)}
    for word in words:
        if fold_label(word) not in known:
            known.add(fold_label(word))
            found.append(word)
    return found
