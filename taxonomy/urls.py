from django.urls import path

from taxonomy import views

app_name = "taxonomy"
urlpatterns = [
    path("concepts/search/", views.concept_search, name="concept_search"),
    path("staff/taxonomy/", views.concepts, name="concepts"),
    path("staff/taxonomy/new/", views.concept_edit, name="concept_new"),
    path("staff/taxonomy/<slug:code>/", views.concept_edit, name="concept_edit"),
]
