"""From the confirmed e-mail address to a submitted firm: two pages, the number first."""

from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest
from common.errors import GagyoError
from common.localisation import active_language
from common.permissions import require
from companies import services, tagging
from companies.choices import CompanyState, Cooperation
from companies.forms.registration import FirstItemForm, NumberForm, RegisterForm
from companies.models import Company, Item, Need, Offering
from companies.permissions import can_register, can_write_as
from companies.queries import missing_facts, same_firm
from companies.views.current import CurrentFirm, current_firm, member_page
from companies.views.joining import may_be_joined

SUBMITTABLE: Final = (CompanyState.DRAFT, CompanyState.RETURNED, CompanyState.LAPSED)
ITEMS: Final[Mapping[str, type[Item]]] = {"offering": Offering, "need": Need}


@login_required
@require_safe
def welcome(request: SignedInRequest) -> HttpResponse:
    """Where a person goes on who has just confirmed an e-mail address."""
    has_firm = request.user.is_association_staff or current_firm(request)
    return redirect("/" if has_firm else "companies:register")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: SignedInRequest) -> HttpResponse:
    """The official number first; a firm that is here already is joined or claimed instead."""
    require(can_register(request.user))
    form = RegisterForm(request.POST or None, language=active_language())
    namesake = None
    if request.method == "POST" and form.is_valid():
        try:
            company = services.register_company(
                company=form.unsaved_company(),
                sectors=list(form.cleaned_data["sectors"]),
                owner=request.user,
                is_another_firm=form.cleaned_data["is_another_firm"],
                now=timezone.now(),
            )
        except services.AlreadyRegistered as error:
            may_be_joined(request, error.company)
            if error.is_certain:
                return redirect("companies:join", pk=error.company.pk)
            namesake = error.company
        else:
            return redirect(f"{reverse('companies:start')}?company={company.pk}")
    elif form.is_bound:
        # Without script the number is looked up here: who is here need not fill in the rest.
        present = _present(NumberForm(request.POST))
        if present is not None:
            may_be_joined(request, present)
            return redirect("companies:join", pk=present.pk)
    return render(
        request,
        "companies/register.html",
        {"form": form, "namesake": namesake},
        status=422 if form.errors or namesake else 200,
    )


@login_required
@require_POST
def number_check(request: SignedInRequest) -> HttpResponse:
    """What the number that is being typed says: wrong, new, or of a firm that is here."""
    require(can_register(request.user))
    form = NumberForm(request.POST)
    present = _present(form)
    if present is not None:
        may_be_joined(request, present)
    return render(request, "companies/register.html#number", {"number": form, "present": present})


def _present(form: NumberForm) -> Company | None:
    """The firm that is here under the number."""
    if not form.is_valid():
        return None
    country, number = form.cleaned_data["official_number"]
    return same_firm(country=country, number=number, names=[])


@member_page(can_write_as)
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    """The first offering and need, and the firm goes to the staff; one page, one button."""
    company = firm.company
    if company.state not in SUBMITTABLE:
        return redirect("companies:profile")
    forms = _item_forms(request.POST or None, company)
    # Each is cleaned, so that the page shows all that is wrong at once.
    are_valid = [form.is_valid() for form in forms.values()]
    if request.method == "POST" and all(are_valid):
        given = {kind: form for kind, form in forms.items() if form.is_given}
        untold = {kind: form for kind, form in given.items() if not form.cleaned_data["concepts"]}
        if not given:
            forms["offering"].add_error("title", _("Name at least one: an offering or a need."))
        elif untold:
            forms = _with_concepts(request.POST, company, forms, untold)
        else:
            try:
                services.submit_with_items(
                    company=company,
                    items=[_item(kind, form) for kind, form in given.items()],
                    actor=request.user,
                    now=timezone.now(),
                )
            except GagyoError as error:
                next(iter(given.values())).add_error(None, str(error))
            else:
                messages.success(
                    request,
                    _("Thank you. Staff of the association check your firm and write to you."),
                )
                return redirect("companies:profile")
    context = {
        "firm": firm,
        "company": company,
        "offering": forms["offering"],
        "need": forms["need"],
        "missing": missing_facts(company),
    }
    has_errors = any(form.errors for form in forms.values())
    return render(request, "companies/start.html", context, status=422 if has_errors else 200)


@member_page(can_write_as)
@require_POST
def start_concepts(request: SignedInRequest, firm: CurrentFirm, kind: str) -> HttpResponse:
    """The concept field again, with what the words typed so far name chosen as well."""
    typed = _item_forms(request.POST, firm.company)[kind]
    chosen = request.POST.getlist(typed.add_prefix("concepts"))
    found = [concept for concept in _named_concepts(typed) if concept not in chosen]
    shown = _item_forms(None, firm.company, {kind: [*chosen, *found]})[kind]
    return render(request, "companies/start.html#concepts", {"form": shown, "kind": kind})


def _item_forms(
    data: QueryDict | None, company: Company, concepts: Mapping[str, list[str]] | None = None
) -> dict[str, FirstItemForm]:
    return {
        kind: FirstItemForm(
            data,
            prefix=kind,
            company=company,
            picker_url=reverse("taxonomy:concept_search"),
            initial={"concepts": (concepts or {}).get(kind, [])},
        )
        for kind in ITEMS
    }


def _item(kind: str, form: FirstItemForm) -> tuple[Item, dict[str, Any]]:
    item = form.fill(ITEMS[kind](company=form.company, cooperation=[Cooperation.SUPPLY]))
    return item, {"concepts": list(form.cleaned_data["concepts"])}


def _with_concepts(
    typed: QueryDict,
    company: Company,
    forms: dict[str, FirstItemForm],
    untold: Mapping[str, FirstItemForm],
) -> dict[str, FirstItemForm]:
    """The same forms with the concepts that the words name, to be looked at before it is saved."""
    data = typed.copy()
    found = {kind: _named_concepts(form) for kind, form in untold.items()}
    for kind, concepts in found.items():
        data.setlist(forms[kind].add_prefix("concepts"), concepts)
    again = _item_forms(data, company)
    for kind, concepts in found.items():
        said = (
            _("These concepts were found in your words. Look whether they are right, and go on.")
            if concepts
            else _("No concept was found in your words. Search for one here.")
        )
        again[kind].add_error("concepts", said)
    return again


def _named_concepts(form: FirstItemForm) -> list[str]:
    texts = form.texts
    return [str(concept) for concept in tagging.tag(["\n".join(texts)])[0]] if texts else []
