from django.urls import path

from portal.events.views import afterwards, calendars, certificates, my_pages, public, workspace

urlpatterns = [
    path("tillfallen/", public.event_list, name="event_list"),
    path("tillfallen/kalender/<slug:slug>.ics", calendars.municipality_feed, name="municipality_feed"),
    path("kalender/<str:token>.ics", calendars.calendar_feed, name="calendar_feed"),
    path("mina-sidor/kalender/", calendars.my_calendar, name="my_calendar"),
    path("tillfallen/<slug:public_id>/", public.event_detail, name="event_detail"),
    path("tillfallen/<slug:public_id>/anmal/", public.sign_up, name="sign_up"),
    path("mina-sidor/", my_pages.my_pages, name="my_pages"),
    path("mina-sidor/anmalan/<uuid:uid>/", my_pages.my_sign_up, name="my_sign_up"),
    path("mina-sidor/anmalan/<uuid:uid>/kalender.ics", my_pages.sign_up_calendar, name="sign_up_calendar"),
    path("arbetsyta/tillfallen/", workspace.workspace_events, name="workspace_events"),
    path("arbetsyta/tillfallen/nytt/", workspace.event_create, name="event_create"),
    path("arbetsyta/narvaro/", workspace.attendance_list, name="attendance_list"),
    path("arbetsyta/narvaro/<uuid:uid>/", workspace.attendance_edit, name="attendance_edit"),
    path("arbetsyta/tillfallen/<slug:public_id>/tillsammans/", workspace.event_together, name="event_together"),
    path("arbetsyta/tillfallen/<slug:public_id>/platser/", workspace.event_seats, name="event_seats"),
    path("arbetsyta/tillfallen/<slug:public_id>/ge-plats/", workspace.event_give_seats, name="event_give_seats"),
    path("arbetsyta/tillfallen/<slug:public_id>/det-blir-av/", workspace.event_decide, name="event_decide"),
    path("arbetsyta/tillfallen/<slug:public_id>/sett-av/", public.event_as_reader, name="event_as_reader"),
    path("arbetsyta/tillfallen/<slug:public_id>/", workspace.event_participants, name="event_participants"),
    path("arbetsyta/tillfallen/<slug:public_id>/andra/", workspace.event_edit, name="event_edit"),
    path("arbetsyta/tillfallen/<slug:public_id>/publicera/", workspace.event_publish, name="event_publish"),
    path("arbetsyta/tillfallen/<slug:public_id>/stall-in/", workspace.event_cancel, name="event_cancel"),
    path(
        "arbetsyta/tillfallen/<slug:public_id>/deltagare.<str:file_format>",
        workspace.event_export,
        name="event_export",
    ),
    path("mina-sidor/anmalan/<uuid:uid>/intyg.pdf", certificates.my_certificate, name="my_certificate"),
    path("intyg/", certificates.certificate_lookup, name="certificate_lookup"),
    path("intyg/<str:code>/", certificates.certificate_check, name="certificate_check"),
    path("arbetsyta/tillfallen/<slug:public_id>/intyg.pdf", certificates.event_certificates, name="event_certificates"),
    path("arbetsyta/tillfallen/<slug:public_id>/efterat/", afterwards.event_afterwards, name="event_afterwards"),
    path("arbetsyta/tillfallen/<slug:public_id>/efterat/tack/", afterwards.event_thanks, name="event_thanks"),
]
