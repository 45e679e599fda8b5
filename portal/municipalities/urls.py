from django.urls import path

from portal.municipalities import views

urlpatterns = [
    path("inbjudan/<str:token>/", views.invitation, name="invitation"),
    path("konto/kommun/", views.provider_list, name="provider_list"),
    path("konto/kommun/koppla/", views.provider_connect, name="provider_connect"),
    path("konto/kommun/<slug:key>/", views.provider_sign_in, name="provider_sign_in"),
    path("konto/kommun/<slug:key>/vidare/", views.provider_begin, name="provider_begin"),
    path("konto/kommun/<slug:key>/klart/", views.provider_callback, name="provider_callback"),
    path("konto/kommun/<slug:key>/igen/", views.provider_again, name="provider_again"),
    path("konto/tva-steg/kravs/", views.second_factor_needed, name="second_factor_needed"),
    path("arbetsyta/kommuner/", views.municipality_list, name="municipality_list"),
    path("arbetsyta/kommuner/ny/", views.municipality_create, name="municipality_create"),
    path("arbetsyta/kommuner/<slug:slug>/", views.municipality_edit, name="municipality_edit"),
    path("arbetsyta/kommuner/<slug:slug>/inloggning/", views.provider_edit, name="provider_edit"),
    path("arbetsyta/kommuner/<slug:slug>/inloggning/prova/", views.provider_try, name="provider_try"),
    path("arbetsyta/kommuner/<slug:slug>/medlemmar/", views.member_list, name="member_list"),
    path("arbetsyta/kommuner/<slug:slug>/medlemmar/bjud-in/", views.invite, name="invite"),
    path("arbetsyta/kommuner/<slug:slug>/enheter/", views.unit_create, name="unit_create"),
    path("arbetsyta/kommuner/<slug:slug>/roller/", views.role_list, name="role_list"),
    path("arbetsyta/kommuner/<slug:slug>/fyra-ogon/", views.approval_switch, name="approval_switch"),
    path("arbetsyta/kommuner/<slug:slug>/logg/", views.audit_log, name="audit_log"),
    path("arbetsyta/kommuner/<slug:slug>/logg.csv", views.audit_export, name="audit_export"),
    path("arbetsyta/drift/", views.operations, name="operations"),
    path("arbetsyta/lasare/", views.audience_sentences, name="audience_sentences"),
    path("mina-sidor/roller/", views.my_roles, name="my_roles"),
    path("arbetsyta/medlem/<int:pk>/", views.member_edit, name="member_edit"),
    path("arbetsyta/inbjudan/<int:pk>/ta-tillbaka/", views.invitation_withdraw, name="invitation_withdraw"),
]
