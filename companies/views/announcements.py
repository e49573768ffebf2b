"""Promotional mails: written by staff, looked at in each language, sent by a supervisor."""

from typing import Final

from csp.decorators import csp, csp_update
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.choices import StaffRole
from accounts.permissions import SignedInRequest, has_staff_role, staff_page
from common.errors import GagyoError
from companies.audience import audience_of
from companies.forms.announcements import AnnouncementForm, LanguageForm
from companies.services import announcements as services
from mailing.choices import AnnouncementState, Category, MessageState
from mailing.models import Announcement, Message
from mailing.rendering import render_mail

PAGE_SIZE: Final = 50
# As on the pages of the outbox: mails style themselves inline and may do nothing else.
FRAMED: Final = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "frame-ancestors": ["'self'"],
}


@staff_page()
@require_safe
def announcements(request: SignedInRequest) -> HttpResponse:
    rows = Announcement.objects.select_related("created_by")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "companies/announcements/list.html", {"page": page})


@staff_page()
@require_http_methods(["GET", "HEAD", "POST"])
def announcement_edit(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    """A new one, or a draft; what was sent stays as it was sent."""
    row = None
    if pk is not None:
        row = get_object_or_404(Announcement, pk=pk, state=AnnouncementState.DRAFT)
    form = AnnouncementForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        if row is None:
            form.instance.created_by, form.instance.created_at = request.user, timezone.now()
        saved = form.save()
        messages.success(request, _("The draft is saved."))
        return redirect("companies:announcement", pk=saved.pk)
    context = {"form": form, "announcement": row}
    status = 422 if form.errors else 200
    return render(request, "companies/announcements/edit.html", context, status=status)


@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
@staff_page()
@require_safe
def announcement(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Announcement.objects.select_related("created_by"), pk=pk)
    mails = Message.objects.filter(context_key=row.context_key)
    counted = dict(mails.order_by().values_list("state").annotate(number=Count("pk")))
    told = mails.aggregate(
        delivered=Count("pk", filter=Q(delivered_at__isnull=False), distinct=True),
        complained=Count("pk", filter=Q(events__kind="complained"), distinct=True),
        came_back=Count("pk", filter=Q(events__kind="came_back"), distinct=True),
    )
    context = {
        "announcement": row,
        "audience": audience_of(row, now=timezone.now()),
        "states": [(state, counted[state]) for state in MessageState if state in counted],
        "told": told,
        "may_send": bool(has_staff_role(request.user, StaffRole.SUPERVISOR)),
    }
    return render(request, "companies/announcements/announcement.html", context)


@csp(FRAMED)  # type: ignore[arg-type]
@staff_page()
@require_safe
@xframe_options_sameorigin
def announcement_html(request: SignedInRequest, pk: int, language: str) -> HttpResponse:
    """As it would arrive in `language`, for the sandboxed frame of the page above."""
    row = get_object_or_404(Announcement, pk=pk)
    if language not in row.languages:
        raise Http404
    mail = render_mail(
        template=services.TEMPLATE,
        category=Category.PROMOTIONAL,
        address=request.user.email,
        language=language,
        context=services.announcement_words(row, language),
        user=request.user,
    )
    return HttpResponse(mail.html)


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def announcement_send(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Announcement, pk=pk)
    try:
        services.send_announcement(announcement=row, actor=request.user, now=timezone.now())
    except GagyoError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The mails are being written and go out one after another."))
    return redirect("companies:announcement", pk=pk)


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def announcement_stop(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Announcement, pk=pk)
    try:
        services.stop_announcement(announcement=row, actor=request.user, now=timezone.now())
    except GagyoError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("What had not gone out yet is taken back."))
    return redirect("companies:announcement", pk=pk)


@staff_page()
@require_POST
def announcement_test(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Announcement, pk=pk)
    form = LanguageForm(request.POST)
    if not form.is_valid() or form.cleaned_data["language"] not in row.languages:
        messages.error(request, _("That did not work. Please try again."))
        return redirect("companies:announcement", pk=pk)
    services.send_test(
        announcement=row,
        language=form.cleaned_data["language"],
        actor=request.user,
        now=timezone.now(),
    )
    messages.success(
        request, _("A copy is on its way to %(address)s.") % {"address": request.user.email}
    )
    return redirect("companies:announcement", pk=pk)
