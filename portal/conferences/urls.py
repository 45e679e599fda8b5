from django.urls import path

from portal.conferences.views import afterwards, doors, planning

urlpatterns = [
    path("arbetsyta/konferenser/", planning.workspace_conferences, name="workspace_conferences"),
    path("arbetsyta/konferenser/<slug:public_id>/", planning.programme_plan, name="programme_plan"),
    path("arbetsyta/konferenser/<slug:public_id>/rum/", planning.programme_frame, name="programme_frame"),
    path(
        "arbetsyta/konferenser/<slug:public_id>/anmalan/",
        planning.programme_registration,
        name="programme_registration",
    ),
    path("arbetsyta/konferenser/<slug:public_id>/slapp/", planning.programme_release, name="programme_release"),
    path("arbetsyta/konferenser/<slug:public_id>/program/ny/", planning.session_create, name="session_create"),
    path(
        "arbetsyta/konferenser/<slug:public_id>/program/<slug:session_id>/", planning.session_edit, name="session_edit"
    ),
    path(
        "arbetsyta/konferenser/<slug:public_id>/program/<slug:session_id>/flytta/",
        planning.session_place,
        name="session_place",
    ),
    path(
        "arbetsyta/konferenser/<slug:public_id>/program/<slug:session_id>/material/",
        planning.session_materials,
        name="session_materials",
    ),
    path("arbetsyta/konferenser/<slug:public_id>/dorrar/", doors.session_doors, name="session_doors"),
    path("arbetsyta/konferenser/<slug:public_id>/dorrar/<slug:session_id>/", doors.session_door, name="session_door"),
    path(
        "arbetsyta/konferenser/<slug:public_id>/dorrar/<slug:session_id>/en/",
        doors.session_door_one,
        name="session_door_one",
    ),
    path(
        "arbetsyta/konferenser/<slug:public_id>/efterat/",
        afterwards.conference_afterwards,
        name="conference_afterwards",
    ),
    path("arbetsyta/konferenser/<slug:public_id>/medverkande/", planning.speaker_list, name="speaker_list"),
    path("arbetsyta/konferenser/<slug:public_id>/medverkande/ny/", planning.speaker_create, name="speaker_create"),
    path(
        "arbetsyta/konferenser/<slug:public_id>/medverkande/<slug:speaker_id>/",
        planning.speaker_edit,
        name="speaker_edit",
    ),
]
