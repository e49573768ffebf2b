from django.urls import path

from insights.views import gaps

app_name = "insights"
GOODS = "staff/gaps/<str:direction>/<str:level>/<slug:code>/"
urlpatterns = [
    path("staff/gaps/", gaps.gaps, name="gaps"),
    path("staff/gaps/file/", gaps.gaps_file, name="gaps_file"),
    path("staff/gaps/compute/", gaps.gaps_compute, name="gaps_compute"),
    path(GOODS, gaps.gap, name="gap"),
    path(f"{GOODS}offerings/", gaps.gap_offerings, name="gap_offerings"),
    path(f"{GOODS}file/", gaps.gap_file, name="gap_file"),
]
