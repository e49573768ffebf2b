from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from api.resources import (
    answers,
    companies,
    desk,
    exports,
    gaps,
    imports,
    insights,
    items,
    matches,
    messages,
    outcomes,
    policies,
    questions,
    reviews,
    runs,
    taxonomy,
    tokens,
)
from api.views import not_found

app_name = "api"
router = SimpleRouter()
router.register("concepts", taxonomy.Concepts, "concept")
router.register("sectors", taxonomy.Sectors, "sector")
router.register("certifications", taxonomy.Certifications, "certification")
router.register("regions", taxonomy.Regions, "region")
router.register("units", taxonomy.Units, "unit")
router.register("companies", companies.Companies, "company")
router.register("offerings", items.Offerings, "offering")
router.register("needs", items.Needs, "need")
router.register("imports", imports.Imports, "import")
router.register("reviews", reviews.Reviews, "review")
router.register("questions", questions.Questions, "question")
router.register("matches", matches.Matches, "match")
router.register("runs", runs.Runs, "run")
router.register("policies", policies.Policies, "policy")
router.register("simulations", policies.Simulations, "simulation")
router.register("tokens", tokens.Tokens, "token")
for kind, resource in exports.EXPORTS.items():
    router.register(f"exports/{kind.value}", resource, f"export-{kind.value}")
router.register("exports", exports.TakenExports, "export")
urlpatterns = [
    path("me/", tokens.Me.as_view(), name="me"),
    path("matches/<uuid:pk>/answers/", answers.Answers.as_view(), name="match-answers"),
    path("matches/<uuid:pk>/answers/undo/", answers.AnswerUndo.as_view(), name="match-undo"),
    path("matches/<uuid:pk>/contacts/", outcomes.Contacts.as_view(), name="match-contacts"),
    path(
        "matches/<uuid:pk>/messages/",
        messages.Messages.as_view({"get": "list", "post": "create"}),
        name="match-messages",
    ),
    path(
        "matches/<uuid:pk>/messages/<uuid:message>/",
        messages.Message.as_view(),
        name="match-message",
    ),
    path("matches/<uuid:pk>/outcomes/", outcomes.Outcomes.as_view(), name="match-outcomes"),
    path(
        "matches/<uuid:pk>/outcomes/<slug:stage>/",
        outcomes.OutcomeStep.as_view(),
        name="match-outcome",
    ),
    path(
        "matches/<uuid:pk>/satisfaction/",
        outcomes.Satisfactions.as_view(),
        name="match-satisfaction",
    ),
    path("insights/", insights.Figures.as_view(), name="insight-list"),
    path("insights/gaps/", gaps.Gaps.as_view({"get": "list"}), name="gap-list"),
    path("insights/<slug:code>/", insights.FigureDetail.as_view(), name="insight-detail"),
    path("insights/<slug:code>/rows/", insights.FigureRows.as_view(), name="insight-rows"),
    path("matches/next/", desk.NextMatch.as_view(), name="match-next"),
    path("matches/<uuid:pk>/claim/", desk.MatchClaim.as_view(), name="match-claim"),
    path("matches/<uuid:pk>/questions/", desk.MatchQuestions.as_view(), name="match-questions"),
    path(
        "matches/<uuid:pk>/questions/<uuid:question>/",
        desk.MatchQuestion.as_view(),
        name="match-question",
    ),
    path("matches/<uuid:pk>/reviews/", reviews.MatchReviews.as_view(), name="match-reviews"),
    *router.urls,
    re_path(r"^(?P<path>.*)$", not_found, name="nothing"),
]
