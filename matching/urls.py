from django.urls import path

from matching.views import entries, inbox, links, outcomes, policies, review, runs, tuning

app_name = "matching"
urlpatterns = [
    path("matches/", inbox.inbox, name="inbox"),
    path("matches/compare/", inbox.compare, name="compare"),
    path("matches/<uuid:pk>/", inbox.match, name="match"),
    path("matches/<uuid:pk>/block/", inbox.match_block, name="match_block"),
    path("matches/<uuid:pk>/outcome/", outcomes.match_outcome, name="match_outcome"),
    path("matches/completeness/", entries.completeness, name="completeness"),
    path(
        "matches/completeness/<item_kind:kind>/<uuid:pk>/",
        entries.item_completeness,
        name="item_completeness",
    ),
    path("matches/preview/<item_kind:kind>/<uuid:pk>/", entries.item_preview, name="item_preview"),
    path("staff/review/", review.review, name="review"),
    path("staff/review/<uuid:pk>/", review.review_match, name="review_match"),
    path("staff/review/<uuid:pk>/undo/", review.review_undo, name="review_undo"),
    path("staff/review/<uuid:pk>/<slug:decision>/", review.review_decide, name="review_decide"),
    path("staff/matches/<uuid:pk>/pin/", tuning.match_pin, name="match_pin"),
    path("staff/runs/", runs.runs, name="runs"),
    path("staff/runs/<uuid:pk>/", runs.run, name="run"),
    path("staff/runs/<uuid:pk>/cancel/", runs.run_cancel, name="run_cancel"),
    path("staff/runs/<uuid:pk>/retry/", runs.run_retry, name="run_retry"),
    path("staff/prospects/", runs.prospects, name="prospects"),
    path("staff/policies/", policies.policies, name="policies"),
    path("staff/policies/new/", policies.policy_new, name="policy_new"),
    path("staff/policies/learnt/", tuning.policy_learn, name="policy_learn"),
    path("staff/policies/<int:version>/", policies.policy, name="policy"),
    path("staff/policies/<int:version>/edit/", policies.policy_edit, name="policy_edit"),
    path(
        "staff/policies/<int:version>/discard/",
        policies.policy_discard,
        name="policy_discard",
    ),
    path(
        "staff/policies/<int:version>/activate/",
        policies.policy_activate,
        name="policy_activate",
    ),
    path("a/<str:token>/", links.answer, name="answer"),
    path("o/<str:token>/", outcomes.outcome, name="outcome"),
]
