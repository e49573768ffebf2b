"""Which firms a search finds, and in which order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_, or_
from typing import Any, Final

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import (
    BooleanField,
    Case,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Ceil, Ln

from companies.models import Company, Membership, SearchEntry
from companies.searching.terms import Term, Understood, broader, grams, pairs, understand
from taxonomy.vocabulary import Vocabulary, load_vocabulary

# What a term that a firm meets in this way counts.
EXACT, NARROWER, NAMED, TITLED, WRITTEN = 30, 20, 15, 12, 6
IN_OWN_WORDS: Final = 3
# Two characters of a name may be any syllable: shorter words are no name.
SHORTEST_NAME: Final = 2
# Broader than that is no longer what was looked for.
BROADER_STEPS: Final = 2
# So many firms are told to the database by their ids.
FEW: Final = 300
EMPLOYEE_BANDS: Final[dict[str, tuple[int, int | None]]] = {
    "1": (1, 49),
    "50": (50, 299),
    "300": (300, 999),
    "1000": (1000, None),
}
# A chunk of two characters is one piece: to have the piece is to have the chunk.
PAIR: Final = 2
EVERYBODY: Final = Q(pk__isnull=False)
NOBODY: Final = Q(pk__in=[])
Rows = QuerySet[SearchEntry]


@dataclass(frozen=True, slots=True)
class Search:
    """What a reader looks for: words in any language, and filters.

    `side`, `state`, `is_everywhere` (firms in any state): staff only. `employees`: a key of
    EMPLOYEE_BANDS.
    """

    words: str = ""
    country: str = ""
    sector: int | None = None
    region: int | None = None
    cooperation: str = ""
    certification: int | None = None
    employees: str = ""
    side: str = "offerings"
    state: str = ""
    sort: str = ""
    is_everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """`entries` in order, found by `terms`, before the filters.

    `is_loose`: no firm met all the words; these meet some. `is_broad`: none supplies what was
    meant; these supply something close. `is_similar`: these only have a name like the words.
    """

    entries: QuerySet[SearchEntry]
    understood: Understood
    vocabulary: Vocabulary
    terms: tuple[Term, ...] = ()
    is_loose: bool = False
    is_broad: bool = False
    is_similar: bool = False


def find(search: Search, *, viewer: Any) -> Found:
    """The firms for a search that `viewer` may see, best first.

    Listed firms; for staff with `state`, those in that state. All words count. Where no firm that
    passes the filters meets all of them, the first of these that finds any: the words one by one
    where they were taken together, firms that meet some, firms that supply something close, firms
    of a similar name. A firm that hides its name is found by its products only, except by staff
    and members.
    """
    is_staff = getattr(viewer, "is_association_staff", False)
    if not is_staff:
        search = replace(search, side="offerings", state="", is_everywhere=False)
    vocabulary = load_vocabulary()
    understood = understand(search.words, vocabulary)
    named = _may_be_named(viewer)
    listed = EVERYBODY if search.is_everywhere else Q(is_listed=True)
    entries = SearchEntry.objects.only("pk").filter(
        Q(state=search.state) if search.state else listed
    )
    entries = entries.annotate(may_be_named=ExpressionWrapper(named, output_field=BooleanField()))
    if not understood.terms:
        everybody = entries.none() if search.words.strip() else entries
        return Found(_in_order(everybody, search, named), understood, vocabulary)
    near: Any = entries.annotate(closeness=_closeness(understood, named))
    whole = _whole(understood, named, is_staff=is_staff)
    for terms, is_loose, said in _ladder(search.words, understood, vocabulary):
        rows = _met(near, terms, whole, named, search.side, is_loose=is_loose)
        if narrowed(rows, search).exists():
            score = _score(terms, named, search.side, is_loose=is_loose)
            rows = _in_order(rows.annotate(score=score), search, named)
            return Found(rows, understood, vocabulary, terms, **said)
    # Who names a product does not misspell a firm.
    is_product = any(term.exact or term.hs for term in understood.terms)
    like = NOBODY if is_product or not understood.name else _is_like(understood.name)
    rows = near.filter(named & like).annotate(score=TrigramWordSimilarity(understood.name, "names"))
    rows = _in_order(rows, search, named)
    return Found(rows, understood, vocabulary, understood.terms, is_similar=True)


def _ladder(
    words: str, understood: Understood, vocabulary: Vocabulary
) -> Iterator[tuple[tuple[Term, ...], bool, dict[str, bool]]]:
    """(terms, whether some of them are enough, what is said of the result), best try first."""
    yield understood.terms, False, {}
    single = understood
    if any(" " in term.words for term in understood.terms):
        single = understand(words, vocabulary, longest=1)
        if len(single.terms) > 1:
            yield single.terms, False, {}
    if len(understood.terms) > 1:
        yield understood.terms, True, {"is_loose": True}
    wider = understood.terms
    for _step in range(BROADER_STEPS):
        if wider := broader(wider, vocabulary):
            yield wider, False, {"is_broad": True}
    if single is not understood:
        yield single.terms, True, {"is_loose": True}


def _whole(understood: Understood, named: Q, *, is_staff: bool) -> list[Q]:
    """The firm that the words name as they stand, or, for staff, whose number they are."""
    ways = []
    if len(understood.terms) > 1 or understood.terms[0].name != understood.name:
        ways += _is_named(understood.name, named)
    if is_staff and understood.number:
        ways.append(Q(company__official_number=understood.number))
    return ways


def _met(
    entries: Rows, terms: Sequence[Term], whole: Sequence[Q], named: Q, side: str, *, is_loose: bool
) -> Rows:
    """The entries that meet all the terms, or one of them, or are named by the whole.

    Few are found by the index of each way and told by their ids, so that counting and showing
    them does not look for them again; many by one pass over all, which costs less then.
    """
    ways = [_ways(term, named, side) for term in terms]
    if is_loose:
        ways = [[way for each in ways for way in each]]
    found = reduce(lambda rows, each: rows.filter(_each(each)), ways, SearchEntry.objects.all())
    few = entries.filter(_each([Q(pk__in=found.order_by().values("pk")), *whole]))
    ids = list(few.order_by().values_list("pk", flat=True)[: FEW + 1])
    if len(ids) <= FEW:
        return entries.filter(pk__in=ids)
    return entries.filter(reduce(and_, map(_any, ways)) | _any(whole))


def _each(ways: Sequence[Q]) -> Q:
    """Whoever is found in one of the ways; each by its own index, and then put together."""
    if not ways:
        return NOBODY
    first, *others = (SearchEntry.objects.filter(way).order_by().values("pk") for way in ways)
    return Q(pk__in=first.union(*others) if others else first)


def _any(ways: Sequence[Q]) -> Q:
    """The same in one pass; what is cheap to look at stands first: the rest is mostly not asked."""
    return reduce(or_, ways, NOBODY)


def narrowed(entries: QuerySet[SearchEntry], search: Search) -> QuerySet[SearchEntry]:
    """Those that pass the filters."""
    return entries.filter(reduce(and_, filters(search).values(), EVERYBODY))


def filters(search: Search) -> dict[str, Q]:
    """{filter: what it asks}, those that are set."""
    asked: dict[str, Q] = {}
    if search.country:
        asked["country"] = Q(country=search.country)
    if search.sector:
        asked["sector"] = Q(sectors__contains=[search.sector])
    if search.region:
        asked["region"] = Q(region_id=search.region)
    if search.cooperation:
        asked["cooperation"] = Q(cooperation__contains=[search.cooperation])
    if search.certification:
        asked["certification"] = Q(certifications__contains=[search.certification])
    if search.employees in EMPLOYEE_BANDS:
        least, most = EMPLOYEE_BANDS[search.employees]
        asked["employees"] = Q(employees__gte=least)
        if most is not None:
            asked["employees"] &= Q(employees__lte=most)
    return asked


def directory_firms(search: Search, *, viewer: Any) -> list[Company]:
    """All firms of a search, in order: for lists that are short."""
    entries = narrowed(find(search, viewer=viewer).entries, search)
    return with_firms(list(entries))


def with_firms(entries: list[SearchEntry]) -> list[Company]:
    """The entries' firms in the same order, with sectors and region; each says `may_be_named`."""
    ids = [entry.pk for entry in entries]
    firms = Company.objects.filter(pk__in=ids).select_related("region").prefetch_related("sectors")
    by_id = {firm.pk: firm for firm in firms}
    listed = []
    for entry in entries:
        if firm := by_id.get(entry.pk):
            firm.may_be_named = getattr(entry, "may_be_named", False)  # type: ignore[attr-defined]
            listed.append(firm)
    return listed


def _may_be_named(viewer: Any) -> Q:
    if getattr(viewer, "is_association_staff", False):
        return EVERYBODY
    if not viewer.is_authenticated:
        return Q(is_name_hidden=False)
    own = list(Membership.objects.filter(user=viewer).values_list("company", flat=True))
    return Q(is_name_hidden=False) | Q(pk__in=own) if own else Q(is_name_hidden=False)


def _ways(term: Term, named: Q, side: str) -> list[Q]:
    """How a firm may meet the term: by concept, HS code, text or (if it may be named) name."""
    if side == "needs":
        concepts = list(term.exact | term.narrower)
        return [Q(wanted__overlap=concepts)] if concepts else []
    ways = []
    if term.exact:
        ways.append(Q(wide__overlap=list(term.exact)))
    if term.hs:
        ways.append(Q(hs__contains=[term.hs]))
        if term.narrower:
            ways.append(Q(concepts__overlap=list(term.narrower)))
    if term.chunks:
        ways.append(_written(term))
    return ways + _is_named(term.name, named)


def _written(term: Term) -> Q:
    """The pieces use the index; the text itself decides, which is read only for rows that have all
    of them. Where the words name a concept, the pieces of Chinese, kana or Hangul are enough."""
    rows = SearchEntry.objects.filter(
        grams__contains=sorted({gram for chunk in term.chunks for gram in grams(chunk)})
    )
    for chunk in term.chunks:
        if chunk.isascii() or (not term.exact and len(chunk) > PAIR):
            rows = rows.filter(body__contains=_as_written(chunk))
    return Q(pk__in=rows.order_by().values("pk"))


def _as_written(chunk: str) -> str:
    """A Latin word stands at the beginning of a word, a short one is the whole word."""
    if not chunk.isascii():
        return chunk
    # "led" is no part of "sealed" and no beginning of "ledger".
    return f" {chunk} " if len(chunk) <= 3 else f" {chunk}"


def _is_named(name: str, named: Q) -> list[Q]:
    """Those with the name in theirs that may be named."""
    if len(name) < SHORTEST_NAME:
        return []
    rows = SearchEntry.objects.filter(name_grams__contains=pairs(name), names__contains=name)
    return [Q(pk__in=rows.filter(named).order_by().values("pk"))]


def _is_like(name: str) -> Q:
    return Q(names__trigram_word_similar=name)


def _closeness(understood: Understood, named: Q) -> Case:
    """0 for the firm of exactly that name (or number), 1 where its name begins so, 2 otherwise."""
    name = understood.name
    if len(name) < SHORTEST_NAME:
        return Case(default=Value(2), output_field=IntegerField())
    borne = _any(_is_named(name, named))
    return Case(
        When(borne & Q(names__contains=f"\n{name}\n"), then=Value(0)),
        When(borne & Q(names__contains=f"\n{name}"), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )


def _score(terms: tuple[Term, ...], named: Q, side: str, *, is_loose: bool) -> Any:
    """How well the terms are met, added up.

    What no cheaper look explains was written somewhere, unless a term may be missing (`is_loose`).
    """
    held = "wanted" if side == "needs" else "concepts"
    total: Any = Value(0)
    for term in terms:
        ways = []
        titled = _written(term) if term.chunks else NOBODY
        for chunk in term.chunks:
            titled &= Q(titles__contains=_as_written(chunk))
        if term.exact:
            ways.append(When(**{f"{held}__overlap": list(term.exact)}, then=Value(EXACT)))
        if term.hs:
            ways.append(When(hs__contains=[term.hs], then=Value(EXACT)))
        if term.exact:
            ways.append(When(wide__overlap=list(term.exact), then=Value(NARROWER)))
        if len(term.name) >= SHORTEST_NAME:
            ways.append(When(_any(_is_named(term.name, named)), then=Value(NAMED)))
        if term.chunks:
            ways.append(When(titled, then=Value(TITLED)))
            own = Case(When(titled, then=Value(IN_OWN_WORDS)), default=Value(0))
            total = total + own
        least = Value(NARROWER if term.hs else WRITTEN)
        if is_loose:
            ways.append(When(_any(_ways(term, named, side)), then=least))
            least = Value(0)
        total = total + Case(*ways, default=least, output_field=IntegerField())
    return ExpressionWrapper(total, output_field=IntegerField())


def _in_order(entries: QuerySet[SearchEntry], search: Search, named: Q) -> QuerySet[SearchEntry]:
    """Ties: firms that do fewer things first, named ones before hidden ones, then by name.

    A hidden firm stands in the order of its id, which tells nothing.
    """
    entries = entries.annotate(
        shown_key=Case(When(named, then=F("name_key")), default=Value("\U0010fffd"))
    )
    if search.sort == "name" or "score" not in entries.query.annotations:
        if search.sort == "verified":
            return entries.order_by(F("verified_at").desc(nulls_last=True), "pk")
        return entries.order_by("shown_key", "pk")
    if search.sort == "verified":
        return entries.order_by(F("verified_at").desc(nulls_last=True), "pk")
    many = Func(F("concepts"), function="cardinality", output_field=FloatField())
    return entries.annotate(breadth=Ceil(Ln(many + 1.0))).order_by(
        F("closeness"), F("score").desc(), "breadth", "shown_key", "pk"
    )
