"""A page in English beside the Swedish one: who begins it, who may read it, and which of the two one meets."""

import pytest
from bs4 import BeautifulSoup

from cms.models import SharedPage
from cms.services import handovers, sharing, translations
from portal.core.services import ActionRefused
from portal.municipalities.enums import Visibility
from search.entries.pages import entry_for_page
from tests.factories.cms import CoursePageFactory, MethodPageFactory

SWEDISH, ENGLISH = "Kanariefågeln", "The canary"


@pytest.fixture
def page(cast):
    return MethodPageFactory(
        owner=cast.here,
        title=SWEDISH,
        slug="kanariefageln",
        visibility=Visibility.PUBLIC,
        plain="<p>Lätt.</p>",
        summary="Kort.",
    )


def in_english(page: SharedPage, actor, *, publish: bool = True) -> SharedPage:
    english = translations.begin(page=page, actor=actor)
    english.title = ENGLISH
    revision = english.save_revision(user=actor)
    if publish:
        revision.publish()
    return SharedPage.objects.get(pk=english.pk).specific


def titles(client, address: str) -> set[str]:
    shown = client.get(address).content.decode()
    return {title for title in (SWEDISH, ENGLISH) if title in shown}


def test_a_coordinator_begins_a_draft_in_english_and_goes_on_with_the_same(page, cast, client_of):
    client, address = client_of("coordinator_here"), f"/arbetsyta/sidor/{page.pk}/oversatt/"

    first, again = client.post(address), client.post(address)

    english = page.in_other_languages().get().specific
    assert first.url == again.url == f"/redaktion/pages/{english.pk}/edit/"
    assert (english.live, english.language, english.slug, english.get_parent().pk) == (
        False,
        "en",
        "kanariefageln-en",
        page.get_parent().pk,
    )
    assert (english.title, english.plain, english.visibility, english.municipality) == (
        SWEDISH,
        "<p>Lätt.</p>",
        "public",
        cast.here,
    )


@pytest.mark.parametrize("actor", ["anonymous", "staff_here", "manager", "coordinator_there", "municipality_admin"])
def test_nobody_else_begins_one(page, client_of, actor):
    client_of(actor).post(f"/arbetsyta/sidor/{page.pk}/oversatt/")

    assert not page.in_other_languages().exists()


def test_what_is_english_already_or_no_page_of_a_section_is_not_translated(page, cast):
    english = in_english(page, cast.coordinator_here)

    for impossible in (english, page.get_parent().specific):
        with pytest.raises(ActionRefused):
            translations.begin(page=impossible, actor=cast.coordinator_here)


def test_each_language_leads_to_its_own_page_once_it_is_published(page, cast, client):
    english = in_english(page, cast.coordinator_here, publish=False)
    assert client.get("/en/trelleborg/kanariefageln/").status_code == 200
    assert client.get("/en/trelleborg/kanariefageln-en/").status_code == 404

    english.save_revision().publish()

    assert client.get("/en/trelleborg/kanariefageln/").url == "/en/trelleborg/kanariefageln-en/"
    assert client.get("/trelleborg/kanariefageln-en/").url == "/trelleborg/kanariefageln/"
    swedish_page, english_page = (
        BeautifulSoup(client.get(address).content.decode(), "html.parser")
        for address in ("/trelleborg/kanariefageln/", "/en/trelleborg/kanariefageln-en/")
    )
    assert (swedish_page.select_one("h1").get("lang"), english_page.select_one("h1").get("lang")) == (None, None)
    assert {
        (link["hreflang"], link["href"].removeprefix("http://localhost:8000"))
        for link in english_page.select("head link[hreflang]")
    } == {("sv", "/trelleborg/kanariefageln/"), ("en", "/en/trelleborg/kanariefageln-en/")}
    assert english_page.select_one("link[rel=canonical]")["href"].endswith("/en/trelleborg/kanariefageln-en/")


@pytest.mark.parametrize("address", ["/metoder/", "/trelleborg/"])
def test_lists_show_one_of_the_two(page, cast, client, address):
    in_english(page, cast.coordinator_here)

    assert (titles(client, address), titles(client, "/en" + address)) == ({SWEDISH}, {ENGLISH})


def test_a_draft_in_english_takes_nothing_out_of_the_lists(page, cast, client):
    in_english(page, cast.coordinator_here, publish=False)

    assert titles(client, "/en/metoder/") == {SWEDISH}


def test_who_may_read_it_follows_the_swedish_page(page, cast, client, client_of):
    english = in_english(page, cast.coordinator_here)
    page.visibility, page.shared_with = Visibility.SELECTED, [cast.there]
    page.save_revision().publish()

    english.refresh_from_db()
    assert (english.visibility, list(english.shared_with.all())) == (Visibility.SELECTED, [cast.there])
    assert client.get("/en/trelleborg/kanariefageln-en/").status_code == 404
    assert titles(client_of("staff_there"), "/en/trelleborg/kanariefageln-en/") == {ENGLISH}
    # Publishing a draft that was begun while everybody could read opens nothing again.
    english.save_revision().publish()
    assert client.get("/en/trelleborg/kanariefageln-en/").status_code == 404


def test_an_older_english_draft_cannot_open_what_was_closed(page, cast, client):
    english = in_english(page, cast.coordinator_here)
    draft = english.save_revision()
    sharing.withdraw(page=page, actor=cast.coordinator_here)

    draft.publish()

    assert client.get("/en/trelleborg/kanariefageln-en/").status_code == 404
    assert titles(client, "/en/metoder/") == set()


def test_withdrawing_hiding_and_unpublishing_mean_both(page, cast, client, client_of):
    english = in_english(page, cast.coordinator_here)
    sharing.hide(item=page, municipality=cast.there, actor=cast.coordinator_there)
    assert titles(client_of("staff_there"), "/en/metoder/") == set()
    sharing.unhide(item=page, municipality=cast.there, actor=cast.coordinator_there)
    assert titles(client_of("staff_there"), "/en/metoder/") == {ENGLISH}

    page.specific.unpublish()
    english.refresh_from_db()
    assert english.live is False

    page.specific.save_revision().publish()
    english.save_revision().publish()
    sharing.withdraw(page=page, actor=cast.coordinator_here)
    assert client.get("/en/trelleborg/kanariefageln-en/").status_code == 404


def test_the_form_of_a_translation_has_nothing_about_who_may_read(page, cast, client_of):
    english = in_english(page, cast.coordinator_here)

    form = BeautifulSoup(
        client_of("coordinator_here").get(f"/redaktion/pages/{english.pk}/edit/").content, "html.parser"
    )

    assert form.select("[name=visibility], [name=shared_with], [name=summary_en]") == []


def test_both_are_found_by_searching_each_with_its_address_and_language(page, cast):
    english = in_english(page, cast.coordinator_here)

    assert [(entry.language, entry.url) for entry in map(entry_for_page, (page, english))] == [
        ("sv", "/trelleborg/kanariefageln/"),
        ("en", "/en/trelleborg/kanariefageln-en/"),
    ]


def test_an_own_version_of_a_page_is_no_translation_of_it(page, cast):
    other = CoursePageFactory(owner=cast.here)

    assert page.translation_key != other.translation_key
    assert page.published_translation is None


def test_nobody_is_led_to_a_translation_that_they_may_not_read(page, cast, client, client_of):
    """The two have one audience; should they ever not, an address with its title in it must not be told."""
    english = in_english(page, cast.coordinator_here)
    SharedPage.objects.filter(pk=english.pk).update(visibility=Visibility.INTERNAL)

    answer = client.get("/en/trelleborg/kanariefageln/")

    assert (answer.status_code, "kanariefageln-en" in answer.content.decode()) == (200, False)
    assert client_of("staff_here").get("/en/trelleborg/kanariefageln/").status_code == 302


def test_a_page_is_handed_over_together_with_its_translation(page, cast, client):
    english = in_english(page, cast.coordinator_here)
    handover = handovers.offer(
        to_municipality=cast.there, from_municipality=cast.here, pages=[page], events=[], actor=cast.coordinator_here
    )

    handovers.accept(handover=handover, actor=cast.coordinator_there)

    english.refresh_from_db()
    assert english.municipality == cast.there
    assert client.get("/en/skurup/kanariefageln/").url == "/en/skurup/kanariefageln-en/"
