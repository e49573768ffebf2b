"""The list of conversations, and one conversation."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest
from common.errors import GagyoError
from common.permissions import Denied, require
from dialogue import services
from dialogue.forms.posts import PostForm
from dialogue.models import Attachment, Post, Thread
from dialogue.permissions import can_post, side_in
from dialogue.queries.pages import thread_context
from dialogue.queries.threads import post_views, posts_of, thread_list, thread_rows
from documents.responses import download
from matching.forms.outcomes import OutcomeForm

THREADS_SHOWN: Final = 30
POSTS_SHOWN: Final = 50


@login_required
@require_safe
def threads(request: SignedInRequest) -> HttpResponse:
    """Conversations of one's firms; for staff all, searched by firm or item."""
    words = request.GET.get("q", "").strip()
    page = Paginator(thread_list(request.user, words=words), THREADS_SHOWN).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "rows": thread_rows(request.user, list(page.object_list)),
        "words": words,
        "is_staff": request.user.is_association_staff,
    }
    return render(request, "dialogue/threads.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def thread(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Read and write. A form that is sent again is the same message."""
    found = own_thread(request, pk)
    if request.method != "POST":
        if request.method == "GET":
            services.mark_read(thread=found, user=request.user, now=timezone.now())
        return _page(request, found, PostForm())
    require(can_post(request.user, found))
    form = PostForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        services.write_post(
            thread=found,
            author=request.user,
            side=side_in(request.user, found),
            text=form.cleaned_data["text"],
            language=form.cleaned_data["language"],
            files=form.new_files(),
            nonce=form.cleaned_data["nonce"],
            now=timezone.now(),
        )
    except GagyoError as error:
        form.add_error(None, str(error))
        return _page(request, found, form, status=422)
    if request.htmx:
        response = _page(request, found, PostForm(), is_written=True)
        response.headers["HX-Trigger"] = f'{{"draft-taken": "{draft_name(found)}"}}'
        return response
    return redirect(reverse("dialogue:thread", args=[pk]) + "#write")


@login_required
@require_POST
def withdraw(request: SignedInRequest, pk: UUID, post_id: UUID) -> HttpResponse:
    found = own_thread(request, pk)
    post = Post.objects.filter(thread=found, pk=post_id).first()
    if post is None:
        raise Http404
    require(can_post(request.user, found))
    try:
        services.withdraw_post(post=post, by=request.user, now=timezone.now())
    except GagyoError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Your message was taken back."))
    return redirect("dialogue:thread", pk=pk)


@login_required
@require_safe
def attachment(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """A file, to keep: for the people of the two firms and for staff."""
    found = (
        Attachment.objects.filter(
            pk=pk,
            post__withdrawn_at=None,
            post__thread__in=Thread.objects.visible_to(request.user),
        )
        .select_related("document")
        .first()
    )
    if found is None:
        raise Http404
    return download(found.document)


def own_thread(request: SignedInRequest, pk: UUID) -> Thread:
    """The conversation, if this person may see it; 404 otherwise."""
    found = Thread.objects.visible_to(request.user).with_sides().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def denied_because(request: SignedInRequest, thread: Thread) -> str:
    """Why this person only reads; empty for whoever may write."""
    decision = can_post(request.user, thread)
    return str(decision.reason) if isinstance(decision, Denied) else ""


def draft_name(thread: Thread) -> str:
    return f"thread-{thread.pk}"


def _page(
    request: SignedInRequest,
    thread: Thread,
    form: PostForm,
    *,
    status: int = 200,
    is_written: bool = False,
) -> HttpResponse:
    now = timezone.now()
    page = Paginator(posts_of(thread), POSTS_SHOWN).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "thread": thread,
        "page": page,
        "posts": post_views(request.user, thread, list(page.object_list)[::-1], now=now),
        "form": form,
        "draft_name": draft_name(thread),
        "denied_because": denied_because(request, thread),
        "is_written": is_written,
    }
    if request.htmx:
        return render(request, "dialogue/conversation.html", context, status=status)
    context |= thread_context(request.user, thread, now=now)
    context["step_form"] = OutcomeForm()
    return render(request, "dialogue/thread.html", context, status=status)
