from django.urls import path

from mailing.views import events, outbox, refusing, samples

app_name = "mailing"
urlpatterns = [
    path("u/<str:token>/", refusing.unsubscribe, name="unsubscribe"),
    path("mail-events/<slug:provider>/", events.provider_events, name="provider_events"),
    path("staff/mail/", outbox.log, name="log"),
    path("staff/mail/samples/", samples.samples, name="samples"),
    path("staff/mail/samples/<slug:name>/<slug:language>/", samples.sample, name="sample"),
    path(
        "staff/mail/samples/<slug:name>/<slug:language>/html/",
        samples.sample_html,
        name="sample_html",
    ),
    path("staff/mail/<uuid:pk>/", outbox.message, name="message"),
    path("staff/mail/<uuid:pk>/html/", outbox.message_html, name="message_html"),
    path("staff/mail/<uuid:pk>/settle/", outbox.settle, name="settle"),
    path("staff/mail/refused/", outbox.refused, name="refused"),
    path("staff/mail/refused/<int:pk>/lift/", outbox.lift, name="lift"),
]
