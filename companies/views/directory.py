"""Verified firms as everybody sees them."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from common.errors import RuleViolated
from common.localisation import LANGUAGES, active_language, pick
from companies import services
from companies.choices import CompanyState, VerificationDecision
from companies.forms.directory import DirectoryForm
from companies.masking import conceal
from companies.models import Company, Item
from companies.permissions import (
    can_block,
    can_filter_by_details,
    can_register,
    can_see_details,
    can_verify,
    can_write_as,
    membership_of,
)
from companies.searching import (
    Found,
    Near,
    Search,
    count_facets,
    find,
    narrowed,
    nearest,
    show,
    with_firms,
)
from companies.views.current import CurrentFirm, member_page
from companies.wording import blind_description
from taxonomy.models import Concept
from taxonomy.vocabulary import load_vocabulary

PAGE_SIZE: Final = 20
MOST_PAGES: Final = 50
# With so few firms found, what is close by is shown as well.
FEW: Final = 3
SUGGESTED: Final = 8
# A page of a firm names so many offerings; the directory finds the others.
MOST_OFFERINGS: Final = 100


@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    form = DirectoryForm(
        request.GET,
        sees_details=bool(can_filter_by_details(request.user)),
        is_staff=bool(getattr(request.user, "is_association_staff", False)),
    )
    search = form.search()
    found = find(search, viewer=request.user)
    facets = count_facets(found.entries, search, wanted=form.options)
    form.show_counts(facets.counts)
    paginator = Paginator(narrowed(found.entries, search), PAGE_SIZE)
    # Counted already; the last pages of a long list say nothing that a filter would not.
    paginator.count = min(facets.total, PAGE_SIZE * MOST_PAGES)
    page = paginator.get_page(request.GET.get("page"))
    firms = with_firms(list(page))
    shown = show(firms, found, today=today)
    context = {
        "form": form,
        "search": search,
        "found": found,
        "total": facets.total,
        "page": page,
        "understood": _understood(found),
        "firms": [
            (
                firm,
                "" if getattr(firm, "may_be_named", False) else blind_description(firm),
                shown[firm.pk],
            )
            for firm in firms
        ],
        "in_use": [(_without(request, name), label) for name, label in form.in_use()],
        "nearest": _nearest(found, search, request) if facets.total <= FEW else [],
        "frame": _frame(request),
    }
    return render(request, "companies/directory.html", context)


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """The options of a search box: concepts one of whose words, in any language, begins so."""
    language = active_language()
    terms = load_vocabulary().beginning_with(request.GET.get("q", "")[:100], SUGGESTED)
    options = [
        (
            term.labels[language],
            " · ".join(term.labels[other] for other in LANGUAGES if other != language),
        )
        for term in terms
    ]
    return render(request, "companies/suggestions.html", {"options": options})


@require_safe
def company(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The public page of a firm; what it needs and who works there is never on it."""
    firms = Company.objects.visible_to(request.user).select_related("region")
    firm = firms.filter(pk=pk).first()
    if firm is None or firm.state == CompanyState.MERGED:
        # An old address of a merged firm leads on, to those who may see where.
        put_into = Company.objects.filter(pk=pk, state=CompanyState.MERGED).values("merged_into")
        return redirect("companies:company", pk=get_object_or_404(firms, pk__in=put_into).pk)
    today = timezone.localdate()
    is_own = membership_of(request.user, firm) is not None
    is_staff = request.user.is_authenticated and bool(can_verify(request.user))
    sees_details = bool(can_see_details(request.user, firm))
    may_be_named = is_own or is_staff or not firm.is_name_hidden
    offerings = list(firm.offerings.open(today).prefetch_related("concepts")[:MOST_OFFERINGS])
    if not (is_own or is_staff):
        for offering in offerings:
            conceal(offering, firm)
    supplied = [(offering, *_glossed(offering)) for offering in offerings]
    concepts = {each.pk: each for _offering, named, _gloss in supplied for each in named}
    checked = firm.verifications.filter(decision=VerificationDecision.VERIFIED).first()
    context = {
        "company": firm,
        "blind_name": "" if may_be_named else blind_description(firm),
        "is_own": is_own,
        "is_staff": is_staff,
        "sees_details": sees_details,
        "supplied": supplied,
        "concepts": list(concepts.values()),
        "languages": [
            code
            for code in LANGUAGES
            if getattr(firm, f"about_{code}")
            or any(getattr(offering, f"title_{code}") for offering, _named, _gloss in supplied)
        ],
        "checked": checked.checked_labels if checked and firm.verified_at else [],
        "certificates": firm.certificates.select_related("certification") if sees_details else [],
        "today": today,
        "may_block": bool(can_block(request.user, firm)),
        "may_join": may_be_named and not is_own and _may_join(request),
        "frame": _frame(request),
    }
    return render(request, "companies/company.html", context)


@member_page(can_write_as)
@require_POST
def block(request: SignedInRequest, firm: CurrentFirm, pk: UUID) -> HttpResponse:
    """Never meet the firm of this page. A firm that hides its name stays unnamed: it has none."""
    named = Company.objects.visible_to(request.user).filter(is_name_hidden=False)
    blocked = get_object_or_404(named, pk=pk)
    try:
        services.block_company(
            company=firm.company, blocked=blocked, actor=request.user, now=timezone.now()
        )
    except RuleViolated as error:
        messages.error(request, str(error))
        return redirect("companies:company", pk=pk)
    messages.success(request, _("You will not be matched with this firm."))
    return redirect("companies:blocks")


def _may_join(request: HttpRequest) -> bool:
    """Visitors log in on the way."""
    return not request.user.is_authenticated or bool(can_register(request.user))


def _glossed(offering: Item) -> tuple[list[Concept], str]:
    """The offering's concepts, and their labels where its title is in another language."""
    concepts = list(offering.concepts.all())
    _title, language = pick(offering, "title")
    labels = "" if language == active_language() else ", ".join(map(str, concepts[:3]))
    return concepts, labels


def _understood(found: Found) -> list[tuple[str, list[tuple[str, str]]]]:
    """(words, [(language, the concept's label in it)]): what a search was taken for."""
    reader = active_language()
    taken = []
    for term in found.understood.terms:
        for concept in sorted(term.exact)[:2]:
            labels = found.vocabulary.terms[concept].labels
            others = [(code, labels[code]) for code in LANGUAGES if code != reader]
            taken.append((labels[reader], others))
    return taken


def _nearest(found: Found, search: Search, request: HttpRequest) -> list[tuple[Near, str]]:
    """Concepts close by that listed firms supply which pass the same filters, with the query."""
    anybody = find(replace(search, words=""), viewer=AnonymousUser()).entries
    close = nearest(found, narrowed(anybody, search), language=active_language())
    return [(near, _without(request, "q", q=near.label)) for near in close]


def _without(request: HttpRequest, name: str, **other: str) -> str:
    """The query string without a filter, from the first page on."""
    query = request.GET.copy()
    for gone in (name, "page"):
        query.pop(gone, None)
    query.update(other)
    return query.urlencode()


def _frame(request: HttpRequest) -> str:
    return "base_app.html" if request.user.is_authenticated else "base_public.html"
