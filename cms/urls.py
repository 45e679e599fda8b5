from django.urls import path

from cms.views import files, frame, lists, projects, workspace

urlpatterns = [
    # Signing in to the editor is signing in to the portal. Before Wagtail's own addresses in portal/urls.py.
    path("redaktion/login/", frame.editor_sign_in, name="editor_sign_in"),
    path("kurser/", lists.page_list, {"kind": "course"}, name="course_list"),
    path("metoder/", lists.page_list, {"kind": "method"}, name="method_list"),
    path("lardomar/", lists.page_list, {"kind": "lesson"}, name="lesson_list"),
    path("konferenser/", lists.page_list, {"kind": "conference"}, name="conference_list"),
    path("arbetsyta/", workspace.workspace, name="workspace"),
    path("arbetsyta/projekt/", projects.project_list, name="project_list"),
    path("arbetsyta/projekt/nytt/", projects.project_create, name="project_create"),
    path("arbetsyta/projekt/hamta/", projects.project_import, name="project_import"),
    path("arbetsyta/projekt/<slug:slug>/", projects.project_edit, name="project_edit"),
    path("kommunfarger.css", frame.municipality_colours, name="municipality_colours"),
    # Files: who may read them is asked here; Wagtail's own addresses for documents and pictures stay out of the map.
    path("media/<path:path>", files.picture, name="picture"),
    path("dokument/<slug:folder>/", files.document, name="document"),
    path("utveckling/komponenter/", frame.styleguide, name="styleguide"),
]
