from django.urls import path

from portal.accounts import views

urlpatterns = [
    path("konto/inloggad/", views.account_sign_ins, name="account_sign_ins"),
    path("konto/mina-uppgifter/", views.account_own_data, name="account_own_data"),
    path("konto/mina-uppgifter/fil/", views.account_own_data_file, name="account_own_data_file"),
    path("konto/radera/", views.account_erase, name="account_erase"),
    path("konto/skyddad-identitet/", views.account_protected_identity, name="account_protected_identity"),
    path("behandling-av-personuppgifter/", views.processing_register, name="processing_register"),
    path("kakor/", views.cookie_list, name="cookie_list"),
]
