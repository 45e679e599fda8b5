from django.urls import path

from portal.notifications import views

urlpatterns = [
    path("utveckling/mejl/", views.sent_mails, name="sent_mails"),
    path("utveckling/mejl/<uuid:uid>/", views.sent_mail, name="sent_mail"),
]
