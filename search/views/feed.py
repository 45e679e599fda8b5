"""A search as a feed (RSS 2.0), of what everybody may read, for whoever reads with a feed reader."""

from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.municipalities.permissions import PUBLIC_TOKEN
from search.entries import KIND_LABELS
from search.query import NEWEST, SearchHit
from search.services import searching
from search.services.choices import SearchChoices

ITEMS = 50


class SearchFeed(Feed):
    """The newest hits first. Without a question: the newest of everything."""

    def get_object(self, request: HttpRequest) -> SearchChoices:
        return SearchChoices(request.GET)

    def title(self, choices: SearchChoices) -> str:
        return _("Search: %(search)s") % {"search": choices.description} if choices.is_asked else _("What is new")

    def description(self) -> str:
        return _("What everybody may read, the newest first.")

    def link(self, choices: SearchChoices) -> str:
        return f"{reverse('search')}?{choices.address}"

    def feed_url(self, choices: SearchChoices) -> str:
        """Where the feed itself is (RSS's ``atom:link rel="self"``): with its question, or a reader that follows it
        would get the newest of everything."""
        return f"{reverse('search_feed')}?{choices.address}"

    def items(self, choices: SearchChoices) -> list[SearchHit]:
        return searching.search(choices.query({PUBLIC_TOKEN}, sort=NEWEST, per_page=ITEMS)).hits

    def item_title(self, item: SearchHit) -> str:
        return item.title

    def item_description(self, item: SearchHit) -> str:
        return "".join(piece for piece, _matched in item.passage)

    def item_link(self, item: SearchHit) -> str:
        return item.url

    def item_guid(self, item: SearchHit) -> str:
        return f"{item.kind}:{item.object_id}"

    item_guid_is_permalink = False

    def item_categories(self, item: SearchHit) -> list[str]:
        return [str(KIND_LABELS[item.kind])]
