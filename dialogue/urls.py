from django.urls import path

from dialogue.views import calls, feeds, staff, threads

app_name = "dialogue"
urlpatterns = [
    path("messages/", threads.threads, name="threads"),
    path("messages/files/<uuid:pk>/", threads.attachment, name="attachment"),
    path("messages/<uuid:pk>/", threads.thread, name="thread"),
    path("messages/<uuid:pk>/posts/<uuid:post_id>/withdraw/", threads.withdraw, name="withdraw"),
    path("messages/<uuid:pk>/call/", calls.call_new, name="call_new"),
    path("messages/<uuid:pk>/call/<int:slot_id>/accept/", calls.call_accept, name="call_accept"),
    path("messages/<uuid:pk>/call/<uuid:call_id>/cancel/", calls.call_cancel, name="call_cancel"),
    path("messages/<uuid:pk>/call/<uuid:call_id>/call.ics", calls.call_file, name="call_file"),
    path("settings/calendar/", feeds.calendar_settings, name="calendar_settings"),
    path("settings/calendar/shut/", feeds.calendar_shut, name="calendar_shut"),
    path("calendar/<str:token>.ics", feeds.calendar, name="calendar"),
    path("staff/silent/", staff.silent, name="silent"),
    path("staff/silent/<int:pk>/settle/", staff.silent_settle, name="silent_settle"),
    path("c/<str:token>/call.ics", calls.call_link, name="call_link"),
]
