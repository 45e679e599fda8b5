from django.urls import path

from portal.accounts import views

urlpatterns = [
    path("konto/inloggad/", views.account_sign_ins, name="account_sign_ins"),
]
