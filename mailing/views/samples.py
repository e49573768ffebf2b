"""Every kind of mail in every language, as staff look at it before anybody gets it."""

from typing import Final

from csp.decorators import csp, csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from common.localisation import LANGUAGES
from mailing.rendering import MOST_BYTES, Rendered
from mailing.samples import Sample, all_samples
from mailing.views.access import MAIL_POLICY, staff_only

KIBIBYTE: Final = 1024


@staff_only
@require_safe
def samples(request: HttpRequest) -> HttpResponse:
    rows = [
        {"sample": sample, "subject": sample.render(request.LANGUAGE_CODE).subject}
        for sample in all_samples().values()
    ]
    return render(request, "mailing/samples.html", {"rows": rows})


@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
@staff_only
@require_safe
def sample(request: HttpRequest, name: str, language: str) -> HttpResponse:
    row, mail = _rendered(name, language)
    size = len(mail.html.encode())
    context = {
        "sample": row,
        "mail": mail,
        "language": language,
        "languages": LANGUAGES,
        "size": size / KIBIBYTE,
        "most": MOST_BYTES // KIBIBYTE,
        "is_too_large": size > MOST_BYTES,
    }
    return render(request, "mailing/sample.html", context)


@csp(MAIL_POLICY)  # type: ignore[arg-type]
@staff_only
@require_safe
@xframe_options_sameorigin
def sample_html(request: HttpRequest, name: str, language: str) -> HttpResponse:
    """The mail itself, for the sandboxed frame of the page above."""
    return HttpResponse(_rendered(name, language)[1].html)


def _rendered(name: str, language: str) -> tuple[Sample, Rendered]:
    row = all_samples().get(name)
    if row is None or language not in LANGUAGES:
        raise Http404
    return row, row.render(language)
