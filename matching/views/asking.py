"""Questions to a firm before a match is decided: staff ask, the firm answers."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest, staff_page
from common.errors import GagyoError, StateChanged
from common.permissions import require
from matching import services
from matching.choices import Side
from matching.forms.dossier import AskForm, QuestionAnswerForm
from matching.models import StaffQuestion
from matching.permissions import can_answer, can_decide
from matching.queries.asked import as_asked, questions_of
from matching.views.dossier import firm_names
from matching.views.review import open_bench, opened

PAGE_SIZE = 30


@staff_page()
@require_POST
def review_ask(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Ask one of the firms and go on with the next match; a faulty form comes back open."""
    match = opened(pk)
    require(can_decide(request.user, match))
    form = AskForm(request.POST, firms=firm_names(match))
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.ask_firm(
                match=match,
                side=Side(data["side"]),
                kind=data["kind"],
                words=data["words"],
                words_of_firm=data["words_of_firm"],
                actor=request.user,
                now=timezone.now(),
            )
        except StateChanged as error:
            messages.warning(request, str(error))
            return _to_match(request, match.pk)
        except GagyoError as error:
            form.add_error(None, str(error))
        else:
            services.release_claims(reviewer=request.user, only=match.pk)
            messages.success(
                request, _("The question is on its way. The match waits for the answer.")
            )
            query = request.GET.urlencode()
            return redirect(f"{reverse('matching:review')}{'?' + query if query else ''}")
    return open_bench(request, match, status=422, ask_form=form)


@staff_page()
@require_POST
def question_withdraw(request: SignedInRequest, pk: UUID, question: UUID) -> HttpResponse:
    """Take the question back; the match returns to the queue."""
    found = get_object_or_404(StaffQuestion.objects.select_related("match"), pk=question, match=pk)
    try:
        services.withdraw_question(question=found, actor=request.user, now=timezone.now())
    except GagyoError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("The question is taken back."))
    return _to_match(request, pk)


@login_required
@require_safe
def firm_questions(request: SignedInRequest) -> HttpResponse:
    """What the association has asked the person's firms; staff have the queue instead."""
    if request.user.is_association_staff:
        return redirect(f"{reverse('matching:review')}?folder=asked")
    page = Paginator(questions_of(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [as_asked(question) for question in page.object_list]}
    return render(request, "matching/questions/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def firm_question(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """One question and its answer. Reading it changes nothing."""
    question = questions_of(request.user).filter(pk=pk).first()
    if question is None:
        raise Http404
    allowed = can_answer(request.user, question.match, Side(question.side))
    form = QuestionAnswerForm(request.POST or None)
    if request.method == "POST":
        require(allowed)
        if form.is_valid():
            try:
                services.answer_staff_question(
                    question=question,
                    text=form.cleaned_data["answer"],
                    by=request.user,
                    now=timezone.now(),
                )
            except StateChanged as error:
                messages.warning(request, str(error))
            else:
                messages.success(request, _("Thank you. Your answer is with the association."))
            return redirect("matching:firm_question", pk=pk)
    context = {"asked": as_asked(question), "form": form, "may_answer": bool(allowed)}
    return render(
        request, "matching/questions/question.html", context, status=422 if form.errors else 200
    )


def _to_match(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The match again, with the filters of the queue; htmx follows the redirect."""
    query = request.GET.urlencode()
    return redirect(f"{reverse('matching:review_match', args=[pk])}{'?' + query if query else ''}")
