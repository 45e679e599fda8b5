from django.urls import path, re_path

from cms.views import (
    accessibility,
    adoptions,
    discovery,
    files,
    frame,
    handovers,
    lists,
    my_programme,
    programme_files,
    programme_prints,
    programmes,
    projects,
    reading,
    session_places,
    sharing,
    workspace,
)

# The same in every language.
one_address = [
    # Signing in to the editor is signing in to the portal. Before Wagtail's own addresses in portal/urls.py.
    path("redaktion/login/", frame.editor_sign_in, name="editor_sign_in"),
    path("kommunfarger.css", frame.municipality_colours, name="municipality_colours"),
    # Files: who may read them is asked here; Wagtail's own addresses for documents and pictures stay out of the map.
    path("media/<path:path>", files.picture, name="picture"),
    path("dokument/<slug:folder>/", files.document, name="document"),
    path("sitemap.xml", discovery.sitemap, name="sitemap"),
    path(".well-known/security.txt", discovery.security_txt, name="security_txt"),
    path("robots.txt", discovery.robots, name="robots"),
    re_path(
        r"^delningsbild/(?P<kind>sida|tillfalle)/(?P<key>[0-9a-z]{1,18})\.png$",
        discovery.share_image,
        name="share_image",
    ),
    # A released programme for other programs: who may read the conference's page is asked here, too.
    path("konferenser/<slug:public_id>/program.ics", programme_files.calendar, name="programme_calendar"),
    path(
        "konferenser/<slug:public_id>/program/<slug:session_id>/kalender.ics",
        programme_files.session_calendar,
        name="programme_session_calendar",
    ),
    path(
        "konferenser/<slug:public_id>/mitt-program.ics",
        programme_files.chosen_calendar,
        name="programme_chosen_calendar",
    ),
    path("konferenser/<slug:public_id>/schema.json", programme_files.frab_json, name="programme_frab_json"),
    path("konferenser/<slug:public_id>/schema.xml", programme_files.frab_xml, name="programme_frab_xml"),
    path("konferenser/<slug:public_id>/schema.xcal", programme_files.xcal_file, name="programme_xcal"),
    path("api/v1/konferenser/", programme_files.api_conference_list, name="api_conference_list"),
    path("api/v1/konferenser/<slug:public_id>/", programme_files.api_conference, name="api_conference"),
    path("api/v1/openapi.json", programme_files.api_description, name="api_description"),
]

urlpatterns = [
    path("kurser/", lists.page_list, {"kind": "course"}, name="course_list"),
    path("metoder/", lists.page_list, {"kind": "method"}, name="method_list"),
    path("lardomar/", lists.lesson_list, name="lesson_list"),
    path("konferenser/", lists.page_list, {"kind": "conference"}, name="conference_list"),
    # A conference's programme as it was released; planning it is in portal/conferences/urls.py.
    path("konferenser/<slug:public_id>/program/", programmes.programme, name="programme"),
    path("konferenser/<slug:public_id>/program/version/<int:number>/", programmes.programme, name="programme_version"),
    path(
        "konferenser/<slug:public_id>/program/<slug:session_id>/",
        programmes.programme_session,
        name="programme_session",
    ),
    path(
        "konferenser/<slug:public_id>/program/<slug:session_id>/plats/",
        session_places.session_book,
        name="session_book",
    ),
    path(
        "konferenser/<slug:public_id>/medverkande/<slug:speaker_id>/",
        programmes.programme_speaker,
        name="programme_speaker",
    ),
    path("konferenser/<slug:public_id>/inbaddat/", programme_files.embedded, name="programme_embed"),
    path("konferenser/<slug:public_id>/mitt-program/", my_programme.my_programme, name="my_programme"),
    path("konferenser/<slug:public_id>/program.pdf", programme_prints.programme_file, name="programme_pdf"),
    path("konferenser/<slug:public_id>/andringar/", programmes.programme_changes, name="programme_changes"),
    path(
        "konferenser/<slug:public_id>/andringar/flode/",
        programmes.programme_changes_feed,
        name="programme_changes_feed",
    ),
    path("arbetsyta/", workspace.workspace, name="workspace"),
    path("arbetsyta/guide/", workspace.coordinators_guide, name="coordinators_guide"),
    path("arbetsyta/projekt/", projects.project_list, name="project_list"),
    path("arbetsyta/projekt/nytt/", projects.project_create, name="project_create"),
    path("arbetsyta/projekt/hamta/", projects.project_import, name="project_import"),
    path("arbetsyta/projekt/<slug:slug>/", projects.project_edit, name="project_edit"),
    path("arbetsyta/projekt/<slug:slug>/avsluta/", handovers.project_close, name="project_close"),
    # Sharing: what others may do with ours, and we with theirs.
    path("arbetsyta/delat/", sharing.sharing_overview, name="sharing"),
    re_path(
        r"^arbetsyta/delat/(?P<kind>sida|tillfalle)/(?P<pk>[0-9]{1,18})/dra-tillbaka/$",
        sharing.share_withdraw,
        name="share_withdraw",
    ),
    re_path(
        r"^arbetsyta/delat/(?P<kind>sida|tillfalle)/(?P<pk>[0-9]{1,18})/dolj/$", sharing.share_hide, name="share_hide"
    ),
    path("arbetsyta/sidor/<int:pk>/tillsammans/", sharing.page_together, name="page_together"),
    path("arbetsyta/sidor/<int:pk>/oversatt/", sharing.page_translate, name="page_translate"),
    path("arbetsyta/sidor/<int:pk>/aktuell/", sharing.page_review, name="page_review"),
    path("arbetsyta/sidor/<int:pk>/anvand/", adoptions.adopt, name="adopt"),
    path("arbetsyta/vi-anvander/", adoptions.adoption_list, name="adoption_list"),
    path("arbetsyta/vi-anvander/<slug:public_id>/", adoptions.adoption_edit, name="adoption_edit"),
    path("arbetsyta/vi-anvander/<slug:public_id>/nytt/", adoptions.adoption_news, name="adoption_news"),
    path("arbetsyta/vi-anvander/<slug:public_id>/hur-gick-det/", adoptions.adoption_question, name="adoption_question"),
    path("arbetsyta/overlamna/", handovers.handover_list, name="handover_list"),
    path("arbetsyta/overlamna/nytt/", handovers.handover_create, name="handover_create"),
    path("arbetsyta/overlamna/<slug:public_id>/", handovers.handover_detail, name="handover_detail"),
    path("tillganglighet/", accessibility.accessibility_statement, name="accessibility_statement"),
    path("lasinstallningar/", reading.reading_settings, name="reading_settings"),
    path("utveckling/komponenter/", frame.styleguide, name="styleguide"),
]
