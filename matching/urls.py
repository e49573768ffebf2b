from django.urls import path

from matching.views import inbox, links

app_name = "matching"
urlpatterns = [
    path("matches/", inbox.inbox, name="inbox"),
    path("matches/<uuid:pk>/", inbox.match, name="match"),
    path("matches/<uuid:pk>/outcome/", inbox.match_outcome, name="match_outcome"),
    path("a/<str:token>/", links.answer, name="answer"),
    path("o/<str:token>/", links.outcome, name="outcome"),
]
