"""What is found, by whom, in which order, and how soon after it changed."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from cms.models import CollaborationPage, MunicipalityPage
from portal.events.services import training_events
from portal.knowledge.models import Topic
from portal.municipalities.models import Municipality
from portal.municipalities.permissions import forget_viewer, tokens_of
from portal.municipalities.services import memberships
from search.engines import current_server
from search.models import WORDS_VERSION, SearchEntry, SearchTerm, SearchWord
from search.query import SearchQuery, SearchResults
from search.services import indexing, outbox, searching
from search.services.searching import PASSAGE_CHARACTERS
from tests.factories.cms import (
    SECTION_PAGE_FACTORIES,
    CollaborationPageFactory,
    ConferencePageFactory,
    CoursePageFactory,
    LessonPageFactory,
    MethodPageFactory,
    StandardPageFactory,
)
from tests.factories.events import TrainingEventFactory, a_morning
from tests.factories.municipalities import CollaborationFactory, MunicipalityFactory

pytestmark = pytest.mark.usefixtures("engine")


def search(user, text: str, **filters) -> SearchResults:
    forget_viewer(user)
    tokens = tokens_of(user)
    if server := current_server():
        # What a task does after commit; no test commits.
        outbox.send()
        server.refresh()
    page = {name: filters.pop(name) for name in ("page", "per_page") if name in filters}
    chosen = {name: frozenset({str(value)}) for name, value in filters.items()}
    return searching.search(
        SearchQuery(text=text, tokens=None if tokens is None else frozenset(tokens), filters=chosen, **page)
    )


def titles(user, text: str, **filters) -> list[str]:
    return [hit.title for hit in search(user, text, **filters).hits]


def a_page(owner: Municipality, title: str, summary: str = "Kort sagt.", **fields):
    """A page with no other words than these."""
    return StandardPageFactory(owner=owner, title=title, summary=summary, **fields)


# --- What matches --------------------------------------------------------------------------------------------


def test_any_form_of_a_word_finds_any_other(cast):
    a_page(cast.here, "Till kockarna")

    assert [titles(cast.staff_here, text) for text in ("kock", "Kockar", "KOCKENS")] == [["Till kockarna"]] * 3


def test_letters_that_differ_find_nothing(cast):
    a_page(cast.here, "Mål för köket")

    assert [titles(cast.staff_here, text) for text in ("mal", "mål", "koket", "köket")] == [
        [],
        ["Mål för köket"],
        [],
        ["Mål för köket"],
    ]


def test_one_of_several_words_is_enough(cast):
    a_page(cast.here, "Matsvinn")

    assert titles(cast.staff_here, "matsvinn rymdfärja") == ["Matsvinn"]


def test_words_that_say_nothing_find_titles_only_and_only_alone(cast):
    a_page(cast.here, "Vi och det", "Kort sagt.")
    a_page(cast.here, "Matsvinn", "Vi och det som vi har.")

    assert titles(cast.staff_here, "vi och det") == ["Vi och det"]
    assert titles(cast.staff_here, "vi och matsvinn") == ["Matsvinn"]


TEXTS = {
    CoursePageFactory: {"goals": "Kanariefågel"},
    MethodPageFactory: {"steps": [("step", {"title": "A", "minutes": 1, "text": "<p>Kanarie<b>fågel</b></p>"})]},
    LessonPageFactory: {"do_differently": "<p>En <a href='https://example.org'>kanariefågel</a></p>"},
    ConferencePageFactory: {"place": "Kanariefågel"},
    StandardPageFactory: {"body": [("paragraph", "<p>En kanariefågel</p>")]},
}


@pytest.mark.parametrize("factory", TEXTS, ids=lambda factory: factory._meta.model.__name__)
def test_the_text_of_every_kind_of_page_is_found(cast, factory):
    page = factory(owner=cast.here, title="Rubrik", **TEXTS[factory])

    assert [(hit.object_id, hit.url) for hit in search(cast.staff_here, "kanariefågel").hits] == [
        (page.pk, page.get_url())
    ]


def test_a_project_is_found_by_its_facts(cast):
    project = CollaborationFactory(lead=cast.here, title="Medledare", diary_number="23-071-S02", region="Sydsverige")
    CollaborationPageFactory(owner=cast.here, title="Vårt projekt", collaboration=project)

    found = [titles(cast.staff_here, text) for text in ("medledare", "23-071-S02", "sydsverige")]

    assert found == [["Vårt projekt"]] * 3


def test_new_facts_of_a_project_are_found_at_once(cast, client_of):
    project = CollaborationFactory(lead=cast.here, title="Medledare", region="Sydsverige")
    CollaborationPageFactory(owner=cast.here, title="Vårt projekt", collaboration=project)

    client_of("coordinator_here").post(
        f"/arbetsyta/projekt/{project.slug}/", {"title": "Medledare", "region": "Norrsund"}
    )

    project.refresh_from_db()
    assert project.region == "Norrsund"
    assert [titles(cast.staff_here, text) for text in ("norrsund", "sydsverige")] == [["Vårt projekt"], []]


def test_an_event_is_found_by_its_words_and_place(cast):
    event = TrainingEventFactory(municipality=cast.here, title="Laga mat", description="Ta med kanariefågel.")

    hits = search(cast.staff_here, "kanariefågel").hits

    assert [(hit.kind, hit.object_id, hit.url) for hit in hits] == [("event", event.pk, event.get_absolute_url())]
    assert titles(cast.staff_here, "kunskapshuset") == ["Laga mat"]


# --- The order -----------------------------------------------------------------------------------------------


def test_of_two_that_are_alike_the_newer_comes_first(cast):
    for title, years in (("Matsvinn då", 3), ("Matsvinn nu", 0), ("Matsvinn förr", 6)):
        page = a_page(cast.here, title)
        page.last_published_at = timezone.now() - timedelta(days=365 * years)
        indexing.update(page)

    assert titles(cast.staff_here, "matsvinn") == ["Matsvinn nu", "Matsvinn då", "Matsvinn förr"]


def test_a_word_in_the_title_comes_before_one_in_the_text(cast):
    a_page(cast.here, "Om annat", "Något om matsvinn här.")
    a_page(cast.here, "Matsvinn", "Något om annat här.")

    assert titles(cast.staff_here, "matsvinn") == ["Matsvinn", "Om annat"]


def test_more_of_the_words_come_before_more_of_one_word(cast):
    a_page(cast.here, "Svinn", "Svinn svinn svinn svinn.")
    a_page(cast.here, "Sida", "Mindre svinn ger bättre ekonomi.")

    assert titles(cast.staff_here, "svinn ekonomi mindre") == ["Sida", "Svinn"]


def test_a_rare_word_weighs_more_than_a_common_one(cast):
    for number in range(4):
        a_page(cast.here, f"Sida {number}", "Om kursen.")
    a_page(cast.here, "Den sällsynta", "Om drönare.")

    assert titles(cast.staff_here, "kurs drönare")[0] == "Den sällsynta"


def test_a_past_event_comes_after_a_coming_one(cast):
    TrainingEventFactory(municipality=cast.here, title="Laga mat förr", occasions=[a_morning(-9)])
    TrainingEventFactory(municipality=cast.here, title="Laga mat snart", occasions=[a_morning(9)])

    assert titles(cast.staff_here, "laga mat") == ["Laga mat snart", "Laga mat förr"]


def test_without_words_the_newest_of_a_municipality_come_first(cast):
    for number, title in enumerate(("Äldst", "Mellan", "Nyast")):
        page = a_page(cast.here, title)
        SearchEntry.objects.filter(object_id=page.pk).update(updated_at=timezone.now() + timedelta(hours=number))
    a_page(cast.there, "Annan", visibility="members")

    assert titles(cast.staff_here, "", municipality=cast.here.pk)[:3] == ["Nyast", "Mellan", "Äldst"]


# --- Filters and counts --------------------------------------------------------------------------------------


def test_a_kind_narrows_the_hits_and_leaves_the_counts_of_the_others(cast):
    for factory in SECTION_PAGE_FACTORIES:
        factory(owner=cast.here, title="Kanariefågel")
    TrainingEventFactory(municipality=cast.here, title="Kanariefågel")
    CoursePageFactory(owner=cast.here, title="Kanariefågel")

    results = search(cast.staff_here, "kanariefågel", kind="course")

    assert [hit.kind for hit in results.hits] == ["course", "course"]
    assert results.total == 2
    assert results.facets["kind"] == {
        "course": 2, "method": 1, "lesson": 1, "project": 1, "conference": 1, "page": 1, "event": 1,
    }  # fmt: skip


def test_a_municipality_narrows_the_hits(cast):
    a_page(cast.here, "Matsvinn här", visibility="members")
    a_page(cast.there, "Matsvinn där", visibility="members")

    found = [titles(cast.staff_here, "matsvinn", municipality=place.pk) for place in (cast.here, cast.there)]

    assert found == [["Matsvinn här"], ["Matsvinn där"]]


def test_a_topic_narrows_pages_and_the_events_of_their_courses(cast):
    food, digital = (
        Topic.objects.create(name=name, slug=slug) for name, slug in (("Mat X", "mat-x"), ("IT X", "it-x"))
    )
    course = CoursePageFactory(owner=cast.here, title="Svinn A", topics=[food])
    CoursePageFactory(owner=cast.here, title="Svinn B", topics=[digital])
    CoursePageFactory(owner=cast.here, title="Svinn AB", topics=[food, digital])
    TrainingEventFactory(municipality=cast.here, title="Svinn händer", course=course.page_ptr)
    TrainingEventFactory(municipality=cast.here, title="Svinn utan kurs")

    by_topic = {topic.slug: sorted(titles(cast.staff_here, "svinn", topic=topic.pk)) for topic in (food, digital)}

    assert by_topic == {"mat-x": ["Svinn A", "Svinn AB", "Svinn händer"], "it-x": ["Svinn AB", "Svinn B"]}


def test_totals_and_counts_are_of_what_one_may_read(cast):
    for visibility in ("internal", "selected", "members", "public"):
        CoursePageFactory(owner=cast.here, title="Kanariefågel", visibility=visibility)
    TrainingEventFactory(municipality=cast.here, title="Kanariefågel")
    TrainingEventFactory(municipality=cast.here, title="Kanariefågel", published=False)
    LessonPageFactory(owner=cast.here, title="Kanariefågel", live=False, visibility="public")

    counted = {}
    for name, actor in cast.actors().items():
        results = search(actor, "kanariefågel")
        counted[name] = (results.total, results.facets["kind"])

    here, there, public = (5, {"course": 4, "event": 1}), (2, {"course": 2}), (1, {"course": 1})
    assert counted == {
        "anonymous": public,
        "staff_here": here,
        "staff_there": there,
        "manager": here,
        "coordinator_here": here,
        "coordinator_there": there,
        "municipality_admin": here,
        "portal_admin": here,
        "outsider": public,
    }


def test_nobody_without_an_audience_finds_anything(cast):
    a_page(cast.here, "Matsvinn", visibility="public")

    results = searching.search(SearchQuery(text="matsvinn", tokens=frozenset()))

    assert results == SearchResults([], 0, {})


def test_pages_of_hits_are_whole_and_do_not_overlap(cast):
    for number in range(7):
        a_page(cast.here, f"Matsvinn {number}")

    pages = [search(cast.staff_here, "matsvinn", page=number, per_page=3) for number in (1, 2, 3, 4)]

    assert [len(results.hits) for results in pages] == [3, 3, 1, 0]
    assert {hit.title for results in pages for hit in results.hits} == {f"Matsvinn {number}" for number in range(7)}
    assert [(results.total, results.page_count) for results in pages] == [(7, 3)] * 4


# --- At once -------------------------------------------------------------------------------------------------


def test_a_draft_is_not_found_until_it_is_published(cast):
    page = a_page(cast.here, "Matsvinn", live=False)
    as_draft = titles(cast.coordinator_here, "matsvinn")

    page.get_latest_revision().publish()

    assert (as_draft, titles(cast.coordinator_here, "matsvinn")) == ([], ["Matsvinn"])


def test_changes_are_found_when_they_are_published_and_not_before(cast):
    page = a_page(cast.here, "Matsvinn")
    page.title = "Kanariefågel"
    page.save_revision()
    before = [titles(cast.staff_here, text) for text in ("matsvinn", "kanariefågel")]

    page.get_latest_revision().publish()

    assert before == [["Matsvinn"], []]
    assert [titles(cast.staff_here, text) for text in ("matsvinn", "kanariefågel")] == [[], ["Kanariefågel"]]
    assert not SearchTerm.objects.filter(term="matsvin").exists()


@pytest.mark.parametrize("act", ["unpublish", "delete", "delete as a plain page"])
def test_what_is_unpublished_or_deleted_is_gone_at_once(cast, act):
    page = a_page(cast.here, "Matsvinn", visibility="public")
    a_page(cast.here, "Kvar: matsvinn", visibility="public")
    before = titles(cast.anonymous, "matsvinn")

    if act == "unpublish":
        page.unpublish()
    elif act == "delete":
        page.delete()
    else:
        page.page_ptr.delete()

    assert sorted(before) == ["Kvar: matsvinn", "Matsvinn"]
    assert titles(cast.anonymous, "matsvinn") == ["Kvar: matsvinn"]
    assert SearchEntry.objects.filter(title="Matsvinn").count() == 0


def test_pages_below_a_deleted_page_are_gone_with_it(cast):
    parent = a_page(cast.here, "Om oss", visibility="public")
    child = StandardPageFactory._meta.model(title="Matsvinn", summary="Kort.", visibility="public")
    parent.add_child(instance=child)
    child.save_revision().publish()
    before = titles(cast.anonymous, "matsvinn")

    parent.delete()

    assert (before, titles(cast.anonymous, "matsvinn")) == (["Matsvinn"], [])


def test_publishing_with_another_visibility_changes_who_finds(cast):
    page = CoursePageFactory(owner=cast.here, title="Matsvinn", visibility="public")
    actors = (cast.anonymous, cast.staff_there, cast.staff_here)
    found = [[bool(titles(actor, "matsvinn")) for actor in actors]]

    for visibility, shared_with in (("members", []), ("selected", [cast.there]), ("internal", []), ("public", [])):
        page.visibility = visibility
        page.shared_with = shared_with
        revision = page.save_revision()
        as_draft = [bool(titles(actor, "matsvinn")) for actor in actors]
        assert as_draft == found[-1]
        revision.publish()
        found.append([bool(titles(actor, "matsvinn")) for actor in actors])

    assert found == [
        [True, True, True],
        [False, True, True],
        [False, True, True],
        [False, False, True],
        [True, True, True],
    ]


def test_a_page_moved_to_another_section_changes_its_finders_and_its_address(cast):
    page = CoursePageFactory(owner=cast.here, title="Matsvinn")
    before = [titles(actor, "matsvinn") for actor in (cast.staff_here, cast.staff_there)]

    page.move(MunicipalityPage.objects.get(municipality=cast.there), pos="last-child")

    assert before == [["Matsvinn"], []]
    assert titles(cast.staff_here, "matsvinn") == []
    assert [(h.url, h.municipality_id) for h in search(cast.staff_there, "matsvinn").hits] == [
        ("/skurup/matsvinn/", cast.there.pk)
    ]


def test_a_copy_in_another_section_is_found_by_that_municipality(cast):
    page = CoursePageFactory(owner=cast.here, title="Matsvinn")

    copy = page.copy(to=MunicipalityPage.objects.get(municipality=cast.there), keep_live=True)

    assert [hit.object_id for hit in search(cast.staff_here, "matsvinn").hits] == [page.pk]
    assert [hit.object_id for hit in search(cast.staff_there, "matsvinn").hits] == [copy.pk]


def test_a_new_address_of_a_parent_is_the_address_of_the_hits_below(cast, django_capture_on_commit_callbacks):
    parent = a_page(cast.here, "Om oss", visibility="public")
    child = StandardPageFactory._meta.model(title="Matsvinn", summary="Kort.", visibility="public")
    parent.add_child(instance=child)
    child.save_revision().publish()
    parent.refresh_from_db()
    parent.slug = "vilka-vi-ar"

    with django_capture_on_commit_callbacks(execute=True):
        parent.save_revision().publish()

    assert [hit.url for hit in search(cast.anonymous, "matsvinn").hits] == ["/trelleborg/vilka-vi-ar/matsvinn/"]


def test_a_partner_finds_at_once_and_a_former_partner_does_not(cast):
    project = CollaborationFactory(lead=cast.here)
    sharing = {"visibility": "selected", "shared_with_collaborations": [project]}
    CoursePageFactory(owner=cast.here, title="Matsvinn på sida", **sharing)
    TrainingEventFactory(municipality=cast.here, title="Matsvinn på plats", **sharing)
    found = [sorted(titles(cast.staff_there, "matsvinn"))]

    project.partners.add(cast.there)
    found.append(sorted(titles(cast.staff_there, "matsvinn")))
    project.partners.remove(cast.there)
    found.append(sorted(titles(cast.staff_there, "matsvinn")))

    assert found == [[], ["Matsvinn på plats", "Matsvinn på sida"], []]


def test_who_leaves_or_is_deactivated_finds_only_what_is_public(cast):
    a_page(cast.here, "Matsvinn internt")
    a_page(cast.here, "Matsvinn publikt", visibility="public")
    before = len(titles(cast.staff_here, "matsvinn"))

    memberships.leave(membership=cast.staff_here.memberships.get())
    cast.manager.is_active = False
    cast.manager.save()

    assert before == 2
    assert [titles(actor, "matsvinn") for actor in (cast.staff_here, cast.manager)] == [["Matsvinn publikt"]] * 2


def test_an_event_is_found_from_publishing_to_cancelling(cast):
    event = TrainingEventFactory(municipality=cast.here, title="Laga mat", published=False)
    found = [titles(cast.coordinator_here, "laga mat")]

    training_events.publish(event_id=event.pk)
    found.append(titles(cast.coordinator_here, "laga mat"))
    training_events.cancel(event_id=event.pk, actor=cast.coordinator_here, reason="Sjuk.")
    found.append(titles(cast.coordinator_here, "laga mat"))

    assert found == [[], ["Laga mat"], []]


def test_an_events_audience_follows_its_saving(cast):
    event = TrainingEventFactory(municipality=cast.here, title="Laga mat")
    found = [titles(cast.staff_there, "laga mat")]

    event.visibility = "selected"
    training_events.save(event=event, occasions=[a_morning()], shared_with=[cast.there])
    found.append(titles(cast.staff_there, "laga mat"))
    training_events.save(event=event, occasions=[a_morning()], shared_with=[])
    found.append(titles(cast.staff_there, "laga mat"))

    assert found == [[], ["Laga mat"], []]


def test_a_new_municipality_is_found_at_once(cast):
    MunicipalityFactory(name="Vellinge kommun", short_name="Vellinge", slug="vellinge")

    assert [(hit.kind, hit.title) for hit in search(cast.anonymous, "vellinge").hits] == [
        ("municipality", "Vellinge kommun")
    ]


# --- Passages ------------------------------------------------------------------------------------------------


def test_a_passage_marks_every_form_of_the_words_asked_for(cast):
    a_page(cast.here, "Sida", "Kockarna väger svinnet. En kock lär en annan att väga.")

    [hit] = search(cast.staff_here, "kock väga").hits

    assert hit.passage == [
        ("Kockarna", True),
        (" ", False),
        ("väger", True),
        (" svinnet. En ", False),
        ("kock", True),
        (" lär en annan att ", False),
        ("väga", True),
        (".", False),
    ]


def test_a_passage_of_a_long_text_is_the_part_around_the_first_match(cast):
    body = f"<p>{'Annat ord. ' * 60}Här väger kocken. {'Mera text. ' * 60}</p>"
    a_page(cast.here, "Sida", "Kort.", body=[("paragraph", body)])

    [hit] = search(cast.staff_here, "kock").hits

    text = "".join(piece for piece, _matched in hit.passage)
    assert (hit.passage[0], hit.passage[-1]) == (("… ", False), (" …", False))
    assert [piece for piece, matched in hit.passage if matched] == ["kocken"]
    assert "Här väger kocken. Mera text." in text
    assert PASSAGE_CHARACTERS / 2 < len(text) <= PASSAGE_CHARACTERS + 4


def test_a_match_in_the_title_alone_shows_the_beginning_of_the_text(cast):
    a_page(cast.here, "Matsvinn", "Kort sagt om annat.")

    assert search(cast.staff_here, "matsvinn").hits[0].passage == [("Kort sagt om annat.", False)]


def test_a_text_of_one_endless_word_has_a_passage_too(cast):
    a_page(cast.here, "Sida", "x" * 390)

    [hit] = search(cast.staff_here, "sida").hits

    assert len("".join(piece for piece, _matched in hit.passage)) > 20


# --- Rebuilding ----------------------------------------------------------------------------------------------


def everything() -> dict:
    """All entries with all that belongs to them, but for ids and times of writing."""
    return {
        (entry.kind, entry.object_id): (
            entry.title,
            entry.url,
            entry.body,
            entry.length,
            entry.municipality_id,
            entry.ends_at,
            sorted(entry.audience.values_list("token", flat=True)),
            entry.facets,
            (entry.title_terms, entry.words, entry.parts, entry.lemmas),
        )
        for entry in SearchEntry.objects.all()
    } | {
        "terms": set(SearchTerm.objects.exclude(term=WORDS_VERSION).values_list("term", "entries")),
        "words": set(SearchWord.objects.values_list("word", "entries")),
    }


def test_rebuilding_gives_what_was_there_before(cast):
    indexing.rebuild()
    topic = Topic.objects.create(name="Mat X", slug="mat-x")
    project = CollaborationFactory(lead=cast.here, partners=[cast.there])
    for factory in SECTION_PAGE_FACTORIES:
        page = factory(owner=cast.here, visibility="selected", shared_with=[cast.there], topics=[topic])
        factory(owner=cast.there, visibility="public", live=False)
        factory(owner=cast.there, visibility="selected", shared_with_collaborations=[project]).unpublish()
    page.move(MunicipalityPage.objects.get(municipality=cast.there), pos="last-child")
    course = CoursePageFactory(owner=cast.here, topics=[topic], visibility="members")
    TrainingEventFactory(municipality=cast.here, visibility="public", course=course.page_ptr)
    TrainingEventFactory(municipality=cast.here, published=False)
    cancelled = TrainingEventFactory(municipality=cast.here)
    training_events.cancel(event_id=cancelled.pk, actor=cast.coordinator_here, reason="Sjuk.")
    before = everything()

    out = StringIO()
    call_command("rebuild_search", stdout=out)

    assert everything() == before
    number = SearchEntry.objects.count()
    assert number == len(SECTION_PAGE_FACTORIES) + 1 + 1 + 2  # … course, event, two municipalities
    assert out.getvalue().startswith(f"{number} entries\n")


def test_rebuilding_drops_orphans_and_mends_what_is_wrong(cast):
    page = a_page(cast.here, "Matsvinn")
    indexing.rebuild()
    right = everything()
    entry = SearchEntry.objects.get(object_id=page.pk)
    entry.audience.create(token="public")
    SearchTerm.objects.exclude(term=WORDS_VERSION).update(entries=7)
    SearchWord.objects.all().delete()
    SearchEntry.objects.filter(pk=entry.pk).update(title="Fel", body="Fel")
    wrong = {"kind": "course", "title": "Matsvinn", "dated_at": timezone.now()}
    orphan = SearchEntry.objects.create(object_id=999_999, url="/bort/", **wrong)
    orphan.audience.create(token="public")
    wrong_kind = SearchEntry.objects.create(object_id=page.pk, url="/fel/", **wrong)
    wrong_kind.audience.create(token="public")

    indexing.rebuild()

    assert everything() == right
    assert titles(cast.anonymous, "matsvinn") == []
    assert CollaborationPage.objects.count() == 0


def test_the_night_mends_what_was_changed_behind_the_back_of_searching(cast, engine):
    page = a_page(cast.here, "Matsvinn", visibility="public")
    gone = a_page(cast.here, "Kanariefågel", visibility="public")
    lost = SearchEntry.objects.get(object_id=a_page(cast.here, "Köket", visibility="public").pk)
    indexing.repair()
    right = everything()
    # As a municipality takes its entries with it when it is deleted.
    SearchEntry.objects.filter(object_id=gone.pk).delete()
    SearchEntry.objects.filter(object_id=page.pk).update(title="Fel", words="fel")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM search_fts WHERE rowid = %s", [lost.pk])

    assert indexing.repair() >= 2

    assert everything() == right
    assert titles(cast.anonymous, "kanariefågel") == ["Kanariefågel"]
    assert titles(cast.anonymous, "köket") == ["Köket"]
    assert indexing.repair() == 0
