from django.urls import path
from django.views.decorators.http import require_GET

from search.views import feed, missing, saved, search, synonyms

urlpatterns = [
    path("sok/", search.search, name="search"),
    path("sok/forslag/", search.suggestions, name="search_suggestions"),
    path("sok/flode/", require_GET(feed.SearchFeed()), name="search_feed"),
    path("sok/bevakning/<str:key>/avsluta/", saved.saved_search_end, name="saved_search_end"),
    path("mina-sidor/sokningar/", saved.saved_search_list, name="saved_search_list"),
    path("sok/notera/", search.search_note, name="search_note"),
    path("sok/saknas/", missing.missing_tell, name="missing_tell"),
    path("arbetsyta/saknas/", missing.missing_list, name="missing_list"),
    path("arbetsyta/sokningar/", missing.search_report, name="search_report"),
    path("arbetsyta/synonymer/", synonyms.synonym_list, name="synonym_list"),
    path("arbetsyta/synonymer/<int:pk>/", synonyms.synonym_edit, name="synonym_edit"),
    path("arbetsyta/synonymer/<int:pk>/ta-bort/", synonyms.synonym_delete, name="synonym_delete"),
]
