from django.urls import path

from insights.definitions import GROUPS
from insights.views import candidates, gaps, pages, rows, trade

app_name = "insights"
GOODS = "staff/gaps/<str:direction>/<str:level>/<slug:code>/"
urlpatterns = [
    path("staff/insights/", pages.overview, name="overview"),
    *(path(f"staff/insights/{code}/", pages.group, {"code": code}, name=code) for code in GROUPS),
    path("staff/insights/definitions/", pages.definitions, name="definitions"),
    path("staff/insights/report/", pages.board_report, name="report"),
    path("staff/insights/count/", pages.count, name="count"),
    path("staff/insights/figures/<slug:code>/", rows.figure, name="figure"),
    path("staff/insights/figures/<slug:code>/file/", rows.figure_file, name="figure_file"),
    path("staff/insights/files/<slug:code>/", rows.group_file, name="group_file"),
    path("staff/gaps/", gaps.gaps, name="gaps"),
    path("staff/gaps/file/", gaps.gaps_file, name="gaps_file"),
    path("staff/gaps/compute/", gaps.gaps_compute, name="gaps_compute"),
    path(GOODS, gaps.gap, name="gap"),
    path(f"{GOODS}offerings/", gaps.gap_offerings, name="gap_offerings"),
    path(f"{GOODS}candidates/", candidates.gap_candidates, name="gap_candidates"),
    path(f"{GOODS}candidates/file/", candidates.candidates_file, name="candidates_file"),
    path(f"{GOODS}candidates/<uuid:pk>/", candidates.approach_new, name="approach_new"),
    path(f"{GOODS}candidates/<uuid:pk>/letter/", candidates.letter, name="letter"),
    path("staff/trade/", trade.trade, name="trade"),
    path("staff/trade/upload/", trade.trade_upload, name="trade_upload"),
    path("staff/trade/check/<uuid:pk>/", trade.trade_check, name="trade_check"),
    path("staff/trade/<uuid:pk>/file/", trade.trade_file, name="trade_file"),
    path("staff/trade/<uuid:pk>/<slug:key>/", trade.trade_goods, name="trade_goods"),
    path("staff/approaches/", candidates.approaches, name="approaches"),
    path("staff/approaches/<uuid:pk>/", candidates.approach, name="approach"),
    path(f"{GOODS}file/", gaps.gap_file, name="gap_file"),
]
