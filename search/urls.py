from django.urls import path

from search.views import search, synonyms

urlpatterns = [
    path("sok/", search.search, name="search"),
    path("sok/forslag/", search.suggestions, name="search_suggestions"),
    path("arbetsyta/synonymer/", synonyms.synonym_list, name="synonym_list"),
    path("arbetsyta/synonymer/<int:pk>/", synonyms.synonym_edit, name="synonym_edit"),
    path("arbetsyta/synonymer/<int:pk>/ta-bort/", synonyms.synonym_delete, name="synonym_delete"),
]
