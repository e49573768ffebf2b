"""One delivery with every attempt, and the button that tells it again."""

import json
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from api.hooks import services
from api.hooks.choices import ENDED, EndpointState
from api.hooks.models import Delivery
from api.hooks.payloads import body_of
from api.hooks.views.desk import Desk, desk_page
from common.errors import GagyoError


def _find(desk: Desk, pk: UUID) -> Delivery:
    rows = Delivery.objects.filter(endpoint__in=desk.endpoints)
    return get_object_or_404(rows.select_related("event", "endpoint"), pk=pk)


@desk_page
@require_safe
def delivery(request: SignedInRequest, desk: Desk, pk: UUID) -> HttpResponse:
    found = _find(desk, pk)
    is_active = found.endpoint.state == EndpointState.ACTIVE
    context = {
        "desk": desk,
        "firm": desk.firm,
        "delivery": found,
        "body": json.dumps(json.loads(body_of(found)), ensure_ascii=False, indent=2),
        "attempts": found.tried.order_by("-at", "-pk"),
        "is_underway": is_active and found.is_underway(timezone.now()),
        "may_replay": is_active and found.state in ENDED,
    }
    return render(request, "hooks/delivery.html", context)


@desk_page
@require_POST
def delivery_replay(request: SignedInRequest, desk: Desk, pk: UUID) -> HttpResponse:
    found = _find(desk, pk)
    try:
        services.replay_delivery(delivery=found, actor=request.user, now=timezone.now())
    except GagyoError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The event is told again, by the same ids."))
    return redirect(desk.to["delivery"], pk)
