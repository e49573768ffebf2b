"""Pages for test_behaviour.py: one of each behaviour, in the real frame."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import include, path

from config.urls import urlpatterns as site

CODES = {"3707": "감광성 재료", "3818": "wafer", "2825": "수산화리튬"}


class ThingForm(forms.Form):
    title = forms.CharField(label="Title")
    concepts = forms.MultipleChoiceField(
        label="Products",
        required=False,
        choices=[
            ("resist", "photoresist"),
            ("wafer", "SiC wafer"),
            ("lithium", "lithium hydroxide"),
        ],
        widget=forms.SelectMultiple(attrs={"data-picker": ""}),
    )
    codes = forms.MultipleChoiceField(
        label="HS codes",
        required=False,
        choices=[],
        widget=forms.SelectMultiple(attrs={"data-picker-url": "/behaviour/codes/"}),
    )


PAGE = """{% extends "base_public.html" %}{% block title %}Behaviour{% endblock %}
{% block content %}<h1>Behaviour</h1>
<form method="post" novalidate data-autosave="thing">{% csrf_token %}
{% include "components/draft_note.html" %}{{ form }}
<button class="btn btn-primary">Save</button></form>
<form method="post" action="/behaviour/gone/" data-confirm="Delete it for good?">{% csrf_token %}
<button class="btn btn-error">Delete</button></form>
<button class="btn" hx-post="/behaviour/undoable/" hx-swap="none">Approve</button>
<button class="btn" hx-get="/behaviour/broken/">Break</button>
<div class="table-scroll"><table class="data-table" data-chart="bar"><caption>Matches</caption>
<thead><tr><th>Month</th><th>Korea</th></tr></thead>
<tbody><tr><th>August</th><td data-value="3">three</td></tr></tbody></table></div>{% endblock %}
{% block scripts %}{% include "components/chart_script.html" %}{% endblock %}"""

DONE = """{% extends "base_public.html" %}{% block title %}Done{% endblock %}
{% block content %}<h1>{{ word }}</h1>{% endblock %}"""

TOAST = (
    """{% include "components/toast.html" with text="Approved." undo_url="/behaviour/undo/" %}"""
)


def _render(request: HttpRequest, source: str, **context: object) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(source).render(context, request))


def page(request: HttpRequest) -> HttpResponse:
    form = ThingForm(request.POST or None)
    if form["title"].value() == "refuse":
        raise PermissionDenied
    if request.method == "POST" and form["title"].value():
        return _render(request, DONE, word="Saved")
    return _render(request, PAGE, form=form)


def gone(request: HttpRequest) -> HttpResponse:
    return _render(request, DONE, word="Deleted")


def undoable(request: HttpRequest) -> HttpResponse:
    return _render(request, TOAST)


def codes(request: HttpRequest) -> JsonResponse:
    wanted = request.GET["q"]
    found = [
        {"id": code, "text": f"{code} {name}"} for code, name in CODES.items() if wanted in name
    ]
    return JsonResponse({"results": found})


def broken(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=503)


urlpatterns = [
    path("behaviour/", page),
    path("behaviour/gone/", gone),
    path("behaviour/undoable/", undoable),
    path("behaviour/codes/", codes),
    path("behaviour/broken/", broken),
    path("", include(site)),
]
