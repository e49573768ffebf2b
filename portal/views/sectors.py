"""One public page for each sector: what is looked for there, without saying by whom."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from insights import report
from portal.queries import sector_page, sectors_with_firms
from taxonomy.models import Sector


@require_safe
def sectors(request: HttpRequest) -> HttpResponse:
    found = [
        (sector, firm_count, report.PROPOSALS.get(sector.code, ""))
        for sector, firm_count in sectors_with_firms()
    ]
    return render(request, "portal/sectors.html", {"sectors": found})


@require_safe
def sector(request: HttpRequest, code: str) -> HttpResponse:
    shown = get_object_or_404(Sector, code=code)
    context = {
        "page": sector_page(shown, timezone.localdate()),
        "proposal": report.PROPOSALS.get(shown.code, ""),
        "others": Sector.objects.exclude(pk=shown.pk),
    }
    return render(request, "portal/sector.html", context)
