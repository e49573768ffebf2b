from django.urls import path

from mailing import views

app_name = "mailing"
urlpatterns = [
    path("u/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("staff/mail/", views.log, name="log"),
    path("staff/mail/<uuid:pk>/", views.message, name="message"),
    path("staff/mail/<uuid:pk>/html/", views.message_html, name="message_html"),
    path("staff/mail/<uuid:pk>/settle/", views.settle, name="settle"),
    path("staff/mail/refused/<int:pk>/lift/", views.lift, name="lift"),
]
