from django.urls import path

from dialogue.views import threads

app_name = "dialogue"
urlpatterns = [
    path("messages/", threads.threads, name="threads"),
    path("messages/files/<uuid:pk>/", threads.attachment, name="attachment"),
    path("messages/<uuid:pk>/", threads.thread, name="thread"),
    path("messages/<uuid:pk>/posts/<uuid:post_id>/withdraw/", threads.withdraw, name="withdraw"),
]
