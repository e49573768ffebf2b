from django.urls import path

from taxonomy import views

app_name = "taxonomy"
urlpatterns = [
    path("concepts/search/", views.concept_search, name="concept_search"),
    path("staff/taxonomy/", views.concepts, name="concepts"),
    path("staff/taxonomy/new/", views.concept_edit, name="concept_new"),
    path("staff/taxonomy/changes/<int:pk>/", views.revision, name="revision"),
    path("staff/taxonomy/changes/<int:pk>/apply/", views.revision_apply, name="revision_apply"),
    path("staff/taxonomy/changes/<int:pk>/drop/", views.revision_drop, name="revision_drop"),
    path("staff/taxonomy/changes/<int:pk>/undo/", views.revision_undo, name="revision_undo"),
    path("staff/taxonomy/<slug:code>/merge/", views.concept_merge, name="concept_merge"),
    path("staff/taxonomy/<slug:code>/", views.concept_edit, name="concept_edit"),
]
