"""What a firm supplies and what it looks for."""

from itertools import chain
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms.models import model_to_dict
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest
from common.errors import GagyoError, StateChanged
from common.formatting import date_text
from common.localisation import LANGUAGES
from common.permissions import require
from companies import services, translation
from companies.forms.item import ItemForm, NeedForm, OfferingForm
from companies.matched import MatchCounts, matches_of
from companies.models import Company, FormDraft, Item, Need, Offering
from companies.permissions import can_edit_company, can_write_as
from companies.services.drafts import forget_draft
from companies.services.items import TOLD_BEFORE
from companies.services.translating import confirm_translation, translate_item
from companies.suggesting import suggest_codes, suggest_concepts
from companies.views.current import CurrentFirm, member_page
from companies.views.drafts import said
from taxonomy.models import Concept

MODELS: Final[dict[str, type[Item]]] = {"offering": Offering, "need": Need}
FORMS: Final[dict[type[Item], type[ItemForm]]] = {Offering: OfferingForm, Need: NeedForm}
# Not taken over when an item is the template of a new one.
OWN_TO_EACH: Final = ("valid_until", "needed_by")


@member_page()
@require_safe
def items(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    found = {
        kind: list(model._default_manager.filter(company=firm.company).prefetch_related("concepts"))
        for kind, model in MODELS.items()
    }
    counts = matches_of([item.pk for item in chain(*found.values())])
    for item in chain(*found.values()):
        item.matched = counts.get(item.pk, MatchCounts())  # type: ignore[attr-defined]
    today = timezone.localdate()
    context = {
        "firm": firm,
        "today": today,
        "ends_soon": today + TOLD_BEFORE,
        "offerings": found["offering"],
        "needs": found["need"],
        "drafts": _begun(request, firm) if firm.may_edit else [],
    }
    return render(request, "companies/items.html", context)


def _begun(request: SignedInRequest, firm: CurrentFirm) -> list[dict[str, str]]:
    """New items that were begun, here or on another device, and not saved."""
    keys = {_draft_key(kind, None, firm.company): kind for kind in MODELS}
    begun = FormDraft.objects.filter(user=request.user, key__in=keys)
    native = f"title_{firm.company.native_language}"
    return [
        {
            "kind": keys[draft.key],
            "title": next(iter(draft.fields.get(native, {}).get("now", [])), ""),
            "said": said(draft),
        }
        for draft in begun
    ]


def _draft_key(kind: str, pk: Any, company: Company) -> str:
    return f"{kind}-{pk}" if pk else f"{kind}-new-{company.pk}"


@member_page(can_write_as)
@require_http_methods(["GET", "HEAD", "POST"])
def offering_new(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    return _new(request, firm.company, Offering)


@member_page(can_write_as)
@require_http_methods(["GET", "HEAD", "POST"])
def need_new(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    return _new(request, firm.company, Need)


def _new(request: SignedInRequest, company: Company, model: type[Item]) -> HttpResponse:
    """An empty form, or with `?like=` one that begins as another item of the firm stands."""
    initial: dict[str, Any] = {"valid_until": services.a_year_from(timezone.localdate())}
    if like := request.GET.get("like"):
        try:
            template = model._default_manager.get(pk=UUID(like), company=company)
        except (ValueError, model.DoesNotExist):
            raise Http404 from None
        taken = {name for name in FORMS[model].base_fields if name not in OWN_TO_EACH}
        initial |= model_to_dict(template, fields=taken)
    return _edit(request, company, model(company=company), initial=initial)


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


@login_required
@require_POST
def item_renew(request: SignedInRequest, kind: str, pk: UUID) -> HttpResponse:
    said = _("“%(item)s” is valid until %(until)s.")
    return _move(request, kind, pk, services.renew_item, said)


@login_required
@require_POST
def item_translate(request: SignedInRequest, kind: str, pk: UUID) -> HttpResponse:
    """Send title and description to the translation service, because a person pressed a button."""
    item = _own_item(request, MODELS[kind], pk)
    into = request.POST.get("into", "")
    if into not in LANGUAGES:
        return HttpResponse(_("Say into which language."), status=422)
    try:
        translate_item(item=item, into=into, actor=request.user, now=timezone.now())
    except GagyoError as error:
        messages.warning(request, str(error))
    else:
        messages.success(
            request, _("Translated by a machine. Read it, and mend what is wrong, before you save.")
        )
    return redirect(f"companies:{kind}_edit", pk=pk)


@login_required
@require_POST
def item_confirm(request: SignedInRequest, kind: str, pk: UUID) -> HttpResponse:
    item = _own_item(request, MODELS[kind], pk)
    confirm_translation(item=item, actor=request.user, now=timezone.now())
    messages.success(request, _("The translation is shown as your own words from now on."))
    return redirect(f"companies:{kind}_edit", pk=pk)


@member_page(can_write_as)
@require_POST
def concept_suggest(request: SignedInRequest, firm: CurrentFirm, kind: str) -> HttpResponse:
    """Concepts and HS codes again, those that were tapped (`?add=`, `?code=`) chosen as well, with
    what the typed text suggests beyond them."""
    form = _form(request.POST, firm.company, MODELS[kind](company=firm.company))
    chosen = dict.fromkeys([*form.chosen_concepts, *request.GET.getlist("add")])
    codes = dict.fromkeys([*form.chosen_codes, *request.GET.getlist("code")])
    initial = {"concepts": [each for each in chosen if each.isdigit()], "hs6": list(codes)}
    # Unbound, so that what is still missing elsewhere is no error yet.
    shown = _form(None, firm.company, form.instance, initial=initial)
    context = {"form": shown, "company": firm.company, "kind": kind}
    context |= _suggestions(form.own_text, shown)
    return render(request, "companies/item_edit.html#concepts", context)


def _suggestions(text: str, form: ItemForm) -> dict[str, Any]:
    other = "ja" if form.company.native_language == "ko" else "ko"
    chosen = form.chosen_concepts
    concepts = suggest_concepts(text, chosen=chosen, other_language=other)
    of_codes = Concept.objects.filter(pk__in=[each for each in chosen if each.isdigit()])
    return {
        "suggested": concepts,
        "codes": suggest_codes(of_codes, chosen=form.chosen_codes),
        "native": form.company.native_language,
    }


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


def _edit(
    request: SignedInRequest, company: Company, item: Item, initial: dict[str, Any] | None = None
) -> HttpResponse:
    kind = str(item._meta.model_name)
    # Read before the form writes what is typed into the item.
    stored_title = "" if item._state.adding else item.title
    draft_key = _draft_key(kind, None if item._state.adding else item.pk, company)
    form = _form(request.POST or None, company, item, initial=initial)
    if request.method == "POST" and form.is_valid():
        saved = services.save_item(
            item=form.unsaved_item(),
            related=form.related,
            is_material=form.is_material,
            actor=request.user,
            now=timezone.now(),
        )
        forget_draft(user=request.user, key=draft_key)
        messages.success(request, _("“%(item)s” is saved.") % {"item": saved})
        return redirect(f"{reverse('companies:items')}?company={company.pk}")
    if form.has_error("concepts", "required") and (found := _named_concepts(form)):
        form = _with_suggestions(request.POST, company, item, found)
    context = {
        "form": form,
        "company": company,
        "item": item,
        "kind": kind,
        "draft_key": draft_key,
        "stored_title": stored_title,
        "is_need": isinstance(item, Need),
        "may_translate": bool(stored_title) and translation.is_available(),
        "translatable": [code for code in LANGUAGES if code != item.language],
        "is_first": not stored_title and not request.GET.get("like"),
    }
    context |= _suggestions(form.own_text, form)
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
    native = form.company.native_language
    found = suggest_concepts(form.own_text, chosen=(), other_language=native)
    return [str(each.concept.pk) for each in found]


def _move(request: SignedInRequest, kind: str, pk: UUID, step: Any, said: str) -> HttpResponse:
    item = _own_item(request, MODELS[kind], pk)
    try:
        step(item=item, actor=request.user, now=timezone.now())
    except StateChanged as error:
        messages.warning(request, str(error))
    else:
        until = date_text(item.valid_until) if item.valid_until else ""
        messages.success(request, said % {"item": item, "until": until})
    return redirect(f"{reverse('companies:items')}?company={item.company_id}")
