"""What is kept ready in the cache: never older than the database, never somebody else's."""

import re

import pytest
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection, transaction
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from cms.models import CoursePage
from portal.core import kept
from portal.events.models import TrainingEvent
from portal.knowledge.models import Topic
from portal.municipalities.enums import Visibility
from portal.municipalities.templatetags.kept import PersonalInKept
from portal.notifications.models import OutboxMessage
from tests.factories.cms import (
    CollaborationPageFactory,
    ConferencePageFactory,
    CoursePageFactory,
    LessonPageFactory,
    MethodPageFactory,
)
from tests.factories.conferences import add_room, add_session, conference_of, release
from tests.factories.events import TrainingEventFactory, sign_up

# Those who may see the most come first: what they are shown must not be kept for the others.
READERS = (
    "portal_admin",
    "coordinator_here",
    "staff_here",
    "coordinator_there",
    "staff_there",
    "outsider",
    "anonymous",
)
_TOKENS = re.compile(r'(name="(?:csrfmiddlewaretoken|form_token)" value=")[^"]+|(data-note=")[^"]+')


@pytest.fixture
def portal(in_committed_database, cast) -> list[str]:
    """Something of each kind for each audience, with the addresses of pages where it may show."""
    here, there = cast.here, cast.there
    project = CollaborationPageFactory(owner=here, visibility=Visibility.PUBLIC, title="Projektet").collaboration
    addresses = [
        *("/", "/kurser/", "/metoder/", "/lardomar/", "/konferenser/", "/tillfallen/", "/sok/?q=kanariefågel"),
        *("/tillfallen/?view=month", "/trelleborg/", "/skurup/", "/trelleborg/projektet/", "/en/", "/en/trelleborg/"),
    ]
    for owner in (here, there):
        for visibility in Visibility.values:
            shared = {"owner": owner, "visibility": visibility, "collaboration": project}
            name = f"Kanariefågel {owner.slug} {visibility}"
            pages = [
                factory(**shared, title=f"{name} {factory.__name__}")
                for factory in (CoursePageFactory, MethodPageFactory, LessonPageFactory, ConferencePageFactory)
            ]
            event = TrainingEventFactory(
                municipality=owner,
                visibility=visibility,
                title=f"{name} tillfälle",
                course=pages[0].page_ptr,
                capacity=9,
            )
            for item in (*pages, event):
                if visibility == Visibility.SELECTED:
                    item.shared_with.add(there if owner == here else here)
                    item.save()
            conference = conference_of(pages[3])
            add_session(conference, f"{name} punkt", room=add_room(conference, "Salen"), pages=(pages[0],))
            release(conference)
            sign_up(event, cast.staff_here if owner == here else cast.staff_there)
            if owner == here:
                addresses += [page.get_url() for page in pages] + [event.get_absolute_url()]
    return addresses


def _read(client, address: str) -> tuple[int, str]:
    response = client.get(address)
    return response.status_code, _TOKENS.sub(r"\1\2", response.content.decode())


def test_nobody_is_shown_what_was_kept_for_somebody_with_other_rights(portal, client_of, settings):
    clients = {reader: client_of(reader) for reader in READERS}
    settings.KEPT_SECONDS = 0
    alone = {reader: [_read(client, address) for address in portal] for reader, client in clients.items()}
    settings.KEPT_SECONDS = 600  # longer than this takes on any machine

    together = {reader: [_read(client, address) for address in portal] for reader, client in clients.items()}
    again = {reader: [_read(client, address) for address in portal] for reader, client in clients.items()}

    # What could leak is there, and something was kept.
    shown = {reader: sum(text.count("Kanariefågel") for _status, text in alone[reader]) for reader in READERS}
    assert shown["anonymous"] < shown["staff_there"] < shown["portal_admin"]
    for reader in READERS:
        for address, expected, first, second in zip(
            portal, alone[reader], together[reader], again[reader], strict=True
        ):
            assert first == expected, (reader, address)
            assert second == expected, (reader, address)


def test_what_is_kept_asks_the_database_for_less(portal, client_of, django_assert_max_num_queries):
    client = client_of("staff_here")
    client.get("/")
    with django_assert_max_num_queries(100) as first:
        client.get("/trelleborg/")
    with django_assert_max_num_queries(100) as second:
        client.get("/trelleborg/")
    assert len(second) < len(first)


CHANGES = {
    "a page is saved": lambda page, event: (setattr(page, "title", "Nytt namn"), page.save()),
    "pages are updated": lambda page, event: CoursePage.objects.update(title="Nytt namn"),
    "plain SQL": lambda page, event: connection.cursor().execute("UPDATE wagtailcore_page SET title = 'Nytt namn'"),
    "within a transaction": lambda page, event: _within_a_transaction(),
}


def _within_a_transaction() -> None:
    with transaction.atomic():
        CoursePage.objects.update(title="Nytt namn")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("reader", ["anonymous", "staff_here"])
def test_a_change_is_seen_at_once(in_committed_database, cast, client_of, reader, change):
    page = CoursePageFactory(owner=cast.here, visibility=Visibility.PUBLIC, title="Gammalt namn")
    client, address = client_of(reader), page.get_url()
    for path in (address, "/kurser/"):
        assert "Gammalt namn" in _read(client, path)[1]
        assert "Gammalt namn" in _read(client, path)[1]

    change(page, None)

    for path in (address, "/kurser/"):
        text = _read(client, path)[1]
        assert "Nytt namn" in text
        assert "Gammalt namn" not in text


@pytest.mark.parametrize("reader", ["anonymous", "staff_there"])
def test_what_is_withdrawn_is_gone_at_once(in_committed_database, cast, client_of, reader):
    page = CoursePageFactory(owner=cast.here, visibility=Visibility.PUBLIC, title="Kanariefågel")
    client, address = client_of(reader), page.get_url()
    assert [_read(client, path)[0] for path in (address, address)] == [200, 200]

    page.visibility = Visibility.INTERNAL
    page.save()

    status, text = _read(client, address)
    assert (status, "Kanariefågel" in text) == (404, False)
    assert "Kanariefågel" not in _read(client, "/kurser/")[1]


def test_a_sign_up_is_seen_at_once_and_leaves_pages_without_events_as_they_are(in_committed_database, cast, client_of):
    event = TrainingEventFactory(municipality=cast.here, visibility=Visibility.PUBLIC, title="Träff", capacity=1)
    MethodPageFactory(owner=cast.here, visibility=Visibility.PUBLIC, title="Metoden")
    client, text = client_of("staff_there"), "Ledig plats"
    before = [_read(client, "/tillfallen/")[1] for _time in range(2)][1]
    content = cache.get("kept:mark:content")

    sign_up(event, cast.staff_here)

    after = _read(client, "/tillfallen/")[1]
    assert before != after, text
    assert TrainingEvent.objects.get(pk=event.pk).seats_free == 0
    # Everything else that is kept stays: a burst of sign-ups must not make the whole portal slow.
    assert cache.get("kept:mark:content") == content


def test_what_shows_on_no_page_throws_nothing_away(in_committed_database, cast):
    cache.set("kept:mark:content", "before", None)
    cache.set("kept:mark:seats", "before", None)

    cast.staff_here.last_login = timezone.now()
    cast.staff_here.save()
    OutboxMessage.objects.update(attempts=1)

    assert cache.get_many(["kept:mark:content", "kept:mark:seats"]) == {
        "kept:mark:content": "before",
        "kept:mark:seats": "before",
    }


def test_nothing_is_taken_or_kept_within_a_transaction(in_committed_database):
    made = []

    def make() -> int:
        made.append(1)
        return len(made)

    with transaction.atomic():
        assert [kept.kept("number", make=make) for _time in range(2)] == [1, 2]
    assert [kept.kept("number", make=make) for _time in range(2)] == [3, 3]
    with transaction.atomic():
        assert kept.kept("number", make=make) == 4


def test_what_was_made_before_a_change_is_not_kept_after_it(in_committed_database):
    def make() -> str:
        names = ",".join(Topic.objects.values_list("name", flat=True))
        # Somebody else's change, while this page is being made.
        if "Matsvinn" not in names:
            Topic.objects.create(name="Matsvinn", slug="matsvinn")
        return names

    before = kept.kept("topics", make=make)

    assert "Matsvinn" not in before
    assert "Matsvinn" in kept.kept("topics", make=make)


def test_a_cache_that_was_emptied_shows_nothing_old(in_committed_database):
    values = iter(["old", "new"])

    assert kept.kept("value", make=lambda: next(values)) == "old"
    cache.delete("kept:mark:content")
    assert kept.kept("value", make=lambda: next(values)) == "new"


def test_a_form_in_what_is_kept_fails(in_committed_database, cast):
    request = RequestFactory().get("/")
    request.user = cast.staff_here
    template = Template("{% load kept %}{% kept 'form' %}<form>{% csrf_token %}</form>{% endkept %}")

    with pytest.raises(PersonalInKept):
        template.render(Context({"request": request, "csrf_token": "mine"}))


# --- Whole pages -------------------------------------------------------------------------------------------------


def test_a_page_of_the_public_is_made_once_for_all_who_are_unknown(
    in_committed_database, client_of, django_assert_num_queries
):
    client_of("anonymous").get("/")  # of a new portal: writes its settings
    first = client_of("anonymous").get("/")
    with django_assert_num_queries(0):
        second = client_of("anonymous").get("/")

    ours = {"X-Request-ID"}
    assert second.content == first.content
    assert {k: v for k, v in second.headers.items() if k not in ours} == {
        k: v for k, v in first.headers.items() if k not in ours
    }
    assert second["Content-Security-Policy"]
    assert second["X-Frame-Options"] == "SAMEORIGIN"


def test_whoever_has_the_page_already_is_told_so(in_committed_database, client_of):
    client = client_of("anonymous")
    tag = client.get("/")["ETag"]

    again = client.get("/", headers={"if-none-match": tag})

    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "headers",
    [{"cookie": "reading=large"}, {"authorization": "Bearer abc"}],
    ids=["a cookie", "an authorisation"],
)
def test_whoever_is_known_by_anything_is_shown_no_kept_page(in_committed_database, client_of, headers):
    client_of("anonymous").get("/")
    cache_keys = _kept_pages()

    client_of("anonymous").get("/kurser/", headers=headers)

    assert _kept_pages() == cache_keys


@pytest.mark.parametrize(
    "address",
    ["/konto/login/", "/saknas/", "/sok/?q=svinn", "/healthz", "/sok/saknas/"],
)
def test_pages_that_are_ones_own_are_not_kept(in_committed_database, client_of, address):
    client_of("anonymous").get(address)

    assert _kept_pages() == set()


def _kept_pages() -> set[str]:
    return {key for key in cache._cache if ":kept:page:" in key}


# --- What is asked for at once -------------------------------------------------------------------------------


class CountingCache(LocMemCache):
    """A cache that tells how often it was asked for several things."""

    questions = 0

    def get_many(self, keys, version=None):
        CountingCache.questions += 1
        return super().get_many(keys, version)


def test_a_page_asks_the_cache_once_for_what_it_took_the_last_time(in_committed_database, cast, client_of, settings):
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.CountingCache"}}
    address = CoursePageFactory(owner=cast.here, visibility=Visibility.PUBLIC).get_url()
    client = client_of("staff_here")
    asked = []
    for _time in range(3):
        before = CountingCache.questions
        client.get(address)
        asked.append(CountingCache.questions - before)

    # The first answer set a cookie, so the second was to somebody else, as far as one can tell.
    assert asked[2] == 1
    assert asked[0] > 5


def test_a_change_is_seen_by_what_is_asked_for_later(in_committed_database):
    for _time in range(2):
        with kept.gathered("a page"):
            assert kept.kept("part", "first", make=lambda: "old") == "old"
            assert kept.kept("part", "second", make=lambda: "old") == "old"
    with kept.gathered("a page"):
        kept.kept("part", "first", make=lambda: "never")
        kept.renew(kept.CONTENT)
        assert kept.kept("part", "second", make=lambda: "new") == "new"
        assert kept.kept("part", "second", make=lambda: "never") == "new"


def test_what_another_process_changes_is_seen_by_the_next_page(in_committed_database):
    with kept.gathered("a page"):
        kept.kept("part", make=lambda: "old")
        # As another process does it: nothing of this one is told.
        cache.set(kept._mark_of(kept.CONTENT), "another mark", None)
    with kept.gathered("a page"):
        assert kept.kept("part", make=lambda: "new") == "new"
