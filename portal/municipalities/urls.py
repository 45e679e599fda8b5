from django.urls import path

from portal.municipalities import views

urlpatterns = [
    path("inbjudan/<str:token>/", views.invitation, name="invitation"),
    path("arbetsyta/kommuner/", views.municipality_list, name="municipality_list"),
    path("arbetsyta/kommuner/ny/", views.municipality_create, name="municipality_create"),
    path("arbetsyta/kommuner/<slug:slug>/", views.municipality_edit, name="municipality_edit"),
    path("arbetsyta/kommuner/<slug:slug>/medlemmar/", views.member_list, name="member_list"),
    path("arbetsyta/kommuner/<slug:slug>/medlemmar/bjud-in/", views.invite, name="invite"),
    path("arbetsyta/kommuner/<slug:slug>/enheter/", views.unit_create, name="unit_create"),
    path("arbetsyta/medlem/<int:pk>/", views.member_edit, name="member_edit"),
    path("arbetsyta/inbjudan/<int:pk>/ta-tillbaka/", views.invitation_withdraw, name="invitation_withdraw"),
]
