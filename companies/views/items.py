"""What a firm supplies and what it looks for."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest
from common.errors import StateChanged
from common.permissions import require
from companies import services, tagging
from companies.forms.item import ItemForm, NeedForm, OfferingForm
from companies.models import Company, Item, Need, Offering
from companies.permissions import can_edit_company, can_write_as
from companies.views.current import CurrentFirm, member_page

MODELS: Final[dict[str, type[Item]]] = {"offering": Offering, "need": Need}
FORMS: Final[dict[type[Item], type[ItemForm]]] = {Offering: OfferingForm, Need: NeedForm}


@member_page()
@require_safe
def items(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    of_firm = {"company": firm.company}
    context = {
        "firm": firm,
        "today": timezone.localdate(),
        "offerings": Offering.objects.filter(**of_firm).prefetch_related("concepts"),
        "needs": Need.objects.filter(**of_firm).prefetch_related("concepts"),
    }
    return render(request, "companies/items.html", context)


@member_page(can_write_as)
@require_http_methods(["GET", "HEAD", "POST"])
def offering_new(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    return _edit(request, firm.company, Offering(company=firm.company))


@member_page(can_write_as)
@require_http_methods(["GET", "HEAD", "POST"])
def need_new(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    return _edit(request, firm.company, Need(company=firm.company))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def offering_edit(request: SignedInRequest, pk: UUID) -> HttpResponse:
    offering = _own_item(request, Offering, pk)
    return _edit(request, offering.company, offering)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def need_edit(request: SignedInRequest, pk: UUID) -> HttpResponse:
    need = _own_item(request, Need, pk)
    return _edit(request, need.company, need)


@login_required
@require_POST
def item_close(request: SignedInRequest, kind: str, pk: UUID) -> HttpResponse:
    return _move(request, kind, pk, services.close_item, _("“%(item)s” is closed."))


@login_required
@require_POST
def item_reopen(request: SignedInRequest, kind: str, pk: UUID) -> HttpResponse:
    return _move(request, kind, pk, services.open_item, _("“%(item)s” is open again."))


@member_page(can_write_as)
@require_POST
def concept_suggest(request: SignedInRequest, firm: CurrentFirm, kind: str) -> HttpResponse:
    """The concept field again, with the concepts that the typed text names chosen as well."""
    form = _form(request.POST, firm.company, MODELS[kind](company=firm.company))
    found = _named_concepts(form)
    chosen = request.POST.getlist("concepts")
    new = [concept for concept in found if concept not in chosen]
    # Unbound, so that what is still missing elsewhere is no error yet.
    shown = _form(None, firm.company, form.instance, initial={"concepts": [*chosen, *new]})
    return render(
        request, "companies/item_edit.html#concepts", {"form": shown, "suggested": len(new)}
    )


def _own_item(request: SignedInRequest, model: type[Item], pk: UUID) -> Any:
    """404 to strangers, 403 with the reason to those who may only look."""
    visible = model._default_manager.visible_to(request.user)
    item = get_object_or_404(visible.select_related("company"), pk=pk)
    require(can_edit_company(request.user, item.company))
    return item


def _form(data: QueryDict | None, company: Company, item: Item, **kwargs: Any) -> ItemForm:
    return FORMS[type(item)](
        data,
        instance=item,
        company=company,
        picker_url=reverse("taxonomy:concept_search"),
        **kwargs,
    )


def _edit(request: SignedInRequest, company: Company, item: Item) -> HttpResponse:
    # Read before the form writes what is typed into the item.
    stored_title = "" if item._state.adding else item.title
    form = _form(request.POST or None, company, item)
    if request.method == "POST" and form.is_valid():
        saved = services.save_item(
            item=form.unsaved_item(),
            related=form.related,
            is_material=form.is_material,
            actor=request.user,
            now=timezone.now(),
        )
        messages.success(request, _("“%(item)s” is saved.") % {"item": saved})
        return redirect(f"{reverse('companies:items')}?company={company.pk}")
    if form.has_error("concepts", "required") and (found := _named_concepts(form)):
        form = _with_suggestions(request.POST, company, item, found)
    context = {
        "form": form,
        "company": company,
        "item": item,
        "stored_title": stored_title,
        "is_need": isinstance(item, Need),
    }
    status = 422 if form.errors else 200
    return render(request, "companies/item_edit.html", context, status=status)


def _with_suggestions(typed: QueryDict, company: Company, item: Item, found: list[str]) -> ItemForm:
    """The same form with the concepts that its text names, to be looked at before it is saved."""
    data = typed.copy()
    data.setlist("concepts", found)
    form = _form(data, company, item)
    form.add_error(
        "concepts",
        ngettext(
            "One concept was found in your text. Look whether it is right, and save again.",
            "%(count)s concepts were found in your text. Look whether they are right, and save "
            "again.",
            len(found),
        )
        % {"count": len(found)},
    )
    return form


def _named_concepts(form: ItemForm) -> list[str]:
    texts = form.texts
    return [str(concept) for concept in tagging.tag(["\n".join(texts)])[0]] if texts else []


def _move(request: SignedInRequest, kind: str, pk: UUID, step: Any, said: str) -> HttpResponse:
    item = _own_item(request, MODELS[kind], pk)
    try:
        step(item=item, actor=request.user, now=timezone.now())
    except StateChanged as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, said % {"item": item})
    return redirect(f"{reverse('companies:items')}?company={item.company_id}")
