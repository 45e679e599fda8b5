"""Lessons' own entry page: the one-sentence lesson first, by topic, with what failed."""

from bs4 import BeautifulSoup

from cms.services.listings import LESSONS_SHOWN
from portal.knowledge.models import Topic
from tests.factories.cms import LessonPageFactory


def page_of(client, query: str = "") -> BeautifulSoup:
    answer = client.get(f"/lardomar/{query}")
    assert answer.status_code == 200
    return BeautifulSoup(answer.content.decode(), "html.parser")


def said(part) -> list[str]:
    return [" ".join(heading.get_text().split()) for heading in part.select(".lessons__said")]


def sections(page: BeautifulSoup) -> dict[str, list[str]]:
    return {section.select_one("h2").get_text(strip=True): said(section) for section in page.select("main section")}


def lesson(cast, sentence: str, *topics: Topic, owner=None, **fields):
    return LessonPageFactory(
        owner=owner or cast.here, lesson=sentence, topics=list(topics), **{"visibility": "public", **fields}
    )


def test_what_was_learned_stands_first_under_each_of_its_topics(cast, client):
    food, work = (Topic.objects.create(name=name, slug=name.lower()) for name in ("Maten", "Arbetet"))
    Topic.objects.create(name="Tomt", slug="tomt")
    lesson(cast, "Väg svinnet tillsammans", food, work, title="Vågen i köket")
    lesson(cast, "Ge två val till frukost", food)
    lesson(cast, "Fråga först")

    page = page_of(client)

    assert sections(page) == {
        "Maten": ["Ge två val till frukost", "Väg svinnet tillsammans"],
        "Arbetet": ["Väg svinnet tillsammans"],
        "Andra lärdomar": ["Fråga först"],
    }
    assert [" ".join(chip.get_text(" ").split()) for chip in page.select("main nav .chip")] == [
        "Det som inte fungerade",
        "Maten 2",
        "Arbetet 1",
    ]
    assert " ".join(page.select(".lessons__item")[1].select_one(".lessons__from").get_text(" ").split()) == (
        "Trelleborg Vågen i köket"
    )


def test_each_reader_sees_their_own_and_counts_no_others(cast, client_of):
    food = Topic.objects.create(name="Maten", slug="maten")
    lesson(cast, "Öppen", food)
    lesson(cast, "För medlemmar", food, visibility="members")
    lesson(cast, "Intern", food, visibility="internal")
    lesson(cast, "Utkast", food, live=False)

    pages = {actor: page_of(client_of(actor)) for actor in ("anonymous", "staff_there", "staff_here")}
    seen = {actor: (sections(page), page.select_one("main nav .chip span").get_text()) for actor, page in pages.items()}

    assert seen == {
        "anonymous": ({"Maten": ["Öppen"]}, "1"),
        "staff_there": ({"Maten": ["För medlemmar", "Öppen"]}, "2"),
        "staff_here": ({"Maten": ["Intern", "För medlemmar", "Öppen"]}, "3"),
    }


def test_a_topic_with_many_leads_to_all_of_them(cast, client):
    food = Topic.objects.create(name="Maten", slug="maten")
    for number in range(LESSONS_SHOWN + 2):
        lesson(cast, f"Lärdom {number}", food)

    page = page_of(client)
    link = page.find("a", string=f"Alla {LESSONS_SHOWN + 2} lärdomar om Maten")

    assert sections(page)["Maten"] == [f"Lärdom {number}" for number in range(LESSONS_SHOWN + 1, 1, -1)]
    assert len(said(page_of(client, link["href"]))) == LESSONS_SHOWN + 2


def test_what_did_not_work_is_marked_and_can_be_read_alone(cast, client):
    lesson(cast, "Det gick", describes_failure=False)
    lesson(cast, "Det gick inte", describes_failure=True)

    everything, failed = page_of(client), page_of(client, "?failed=1")

    assert [tag.get_text(strip=True) for tag in everything.select("main .tag")] == ["Fungerade inte"]
    assert said(failed) == ["Det gick inte"]


def test_its_search_box_searches_among_lessons(cast, client):
    lesson(cast, "Väg svinnet", title="Vågen")

    form = page_of(client).select_one("main form")
    fields = {field["name"]: field.get("value", "") for field in form.select("input")}

    assert (form["action"], fields) == ("/sok/", {"kind": "lesson", "q": ""})


def test_without_lessons_it_says_so(cast, client):
    assert page_of(client).select_one(".empty-state__title").get_text() == "Här finns inget att läsa än"


def test_it_costs_the_same_questions_with_one_topic_and_with_ten(cast, client, django_assert_num_queries):
    for start, end in ((0, 1), (1, 10)):
        for number in range(start, end):
            topic = Topic.objects.create(name=f"Ämne {number}", slug=f"amne-{number}")
            for turn in range(number + 1):
                lesson(cast, f"Lärdom {number} {turn}", topic)
        client.get("/lardomar/")
        with django_assert_num_queries(5):
            assert len(sections(page_of(client))) == end
