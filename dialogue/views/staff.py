"""What waits for the association's staff after introductions: firms that do not answer."""

from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest, staff_page
from common.errors import GagyoError
from dialogue.forms.staff import SilenceForm
from matching.models import Question
from matching.queries.questions import satisfaction_figures, silent_questions
from matching.services import settle_silence
from taxonomy.choices import Country

SHOWN: Final = 30


@staff_page()
@require_safe
def silent(request: SignedInRequest) -> HttpResponse:
    """Firms that said nothing after a question and its reminder, oldest first."""
    page = Paginator(silent_questions(now=timezone.now()), SHOWN).get_page(request.GET.get("page"))
    rows = [
        {
            "question": question,
            "firm": question.match.company_of(question.side),
            "other": question.match.company_of("seller" if question.side == "buyer" else "buyer"),
        }
        for question in page.object_list
    ]
    figures = [satisfaction_figures(country) for country in (Country.KR, Country.JP)]
    context = {"page": page, "rows": rows, "form": SilenceForm(), "figures": figures}
    return render(request, "dialogue/silent.html", context)


@staff_page()
@require_POST
def silent_settle(request: SignedInRequest, pk: int) -> HttpResponse:
    question = Question.objects.filter(pk=pk).select_related("match").first()
    if question is None:
        raise Http404
    form = SilenceForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The note has at most 300 characters."))
        return redirect("dialogue:silent")
    try:
        settle_silence(
            question=question, note=form.cleaned_data["note"], by=request.user, now=timezone.now()
        )
    except GagyoError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Settled. It is off the list."))
    return redirect("dialogue:silent")
