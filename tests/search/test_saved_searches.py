"""Searches that people keep, the weekly mail of what is new, and a search as a feed."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from portal.municipalities.services import memberships
from portal.notifications.enums import OutboxState
from portal.notifications.models import OutboxMessage
from portal.notifications.services import outbox
from search.models import SavedSearch
from search.services import saved_searches
from search.tasks import mail_saved_searches
from tests.factories.cms import CoursePageFactory, LessonPageFactory, StandardPageFactory
from tests.factories.events import TrainingEventFactory


def lesson(cast, title: str, **fields):
    return LessonPageFactory(owner=cast.here, title=title, **{"visibility": "members", **fields})


def save(client, **asked):
    page = BeautifulSoup(client.get("/sok/", asked).content.decode(), "html.parser")
    return client.post(
        "/mina-sidor/sokningar/", {"search": page.select_one("button[name=search]")["value"]}, follow=True
    )


def rows(client) -> list[str]:
    page = BeautifulSoup(client.get("/mina-sidor/sokningar/").content.decode(), "html.parser")
    return [" ".join(row.get_text(" ").split()) for row in page.select("main .row-list__body")]


def next_week():
    return timezone.now() + timedelta(days=7)


def mails() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(message="search/saved_search").order_by("pk"))


# --- Keeping -------------------------------------------------------------------------------------------------


def test_a_search_is_kept_with_its_choices_and_leads_back_to_them(cast, client_of):
    lesson(cast, "Matsvinn")
    client = client_of("staff_there")

    answer = save(client, q="matsvinn", kind="lesson", municipality=["trelleborg", "skurup"], page="1")
    save(client, q="matsvinn", municipality=["skurup", "trelleborg"], kind="lesson")

    assert "Sparat. En gång i veckan får du ett mejl om det finns något nytt." in answer.content.decode()
    assert rows(client) == ["”matsvinn” · Lärdomar · Trelleborg · Skurup Mejl när det finns något nytt"]
    address = SavedSearch.objects.get().address
    assert address == "kind=lesson&municipality=skurup&municipality=trelleborg&q=matsvinn"
    assert client.get(f"/sok/?{address}").context["results"].total == 1


def test_nothing_is_no_search_and_there_is_an_end_to_them(cast, client_of):
    client = client_of("staff_here")

    empty = client.post("/mina-sidor/sokningar/", {"search": "page=2&fel=1"}, follow=True)
    for number in range(saved_searches.MOST):
        SavedSearch.objects.create(person=cast.staff_here, address=f"q={number}")
    full = client.post("/mina-sidor/sokningar/", {"search": "q=matsvinn"}, follow=True)

    assert "Sök efter något först." in empty.content.decode()
    assert "Ta bort en först." in full.content.decode()
    assert SavedSearch.objects.count() == saved_searches.MOST


def test_nobody_sees_or_changes_another_ones(cast, client_of):
    save(client_of("staff_here"), q="kanariefågel")
    row = SavedSearch.objects.get()

    answers = [
        client_of(actor).post("/mina-sidor/sokningar/", {"row": row.public_id, "forget": "1"}).status_code
        for actor in ("coordinator_here", "portal_admin")
    ]

    assert (answers, rows(client_of("coordinator_here")), SavedSearch.objects.count()) == ([404, 404], [], 1)


def test_its_owner_ends_the_mails_and_takes_it_away(cast, client_of):
    client = client_of("staff_here")
    save(client, q="kanariefågel")
    row = SavedSearch.objects.get()

    client.post("/mina-sidor/sokningar/", {"row": row.public_id})
    without_mail = rows(client)
    client.post("/mina-sidor/sokningar/", {"row": row.public_id, "forget": "1"})

    assert without_mail == ["”kanariefågel” Inga mejl"]
    assert rows(client) == []


def test_the_list_costs_the_same_questions_with_one_and_with_ten(cast, client_of, django_assert_num_queries):
    client = client_of("staff_here")
    for start, end in ((0, 1), (1, 10)):
        for number in range(start, end):
            SavedSearch.objects.create(person=cast.staff_here, address=f"municipality=skurup&q={number}")
        client.get("/mina-sidor/sokningar/")
        with django_assert_num_queries(9):
            assert len(rows(client)) == end


# --- The weekly mail -----------------------------------------------------------------------------------------


def test_once_a_week_it_tells_what_is_new_and_nothing_else(cast, client_of):
    lesson(cast, "Matsvinn förut")
    save(client_of("staff_there"), q="matsvinn")
    lesson(cast, "Matsvinn nytt")
    lesson(cast, "Matsvinn internt", visibility="internal")
    lesson(cast, "Om annat")

    for _time in range(3):
        mail_saved_searches()
    [mail] = mails()
    outbox.send(mail.pk)
    mail.refresh_from_db()
    saved_searches.mail_news(now=next_week())

    assert (mail.to_email, mail.subject, mail.state) == (cast.staff_there.email, "1 ny träff: ”matsvinn”", "sent")
    assert "Matsvinn nytt (Lärdomar)" in mail.text
    assert "/sok/?q=matsvinn" in mail.text
    for hidden in ("Matsvinn förut", "Matsvinn internt", "Om annat"):
        assert hidden not in mail.text + mail.html
    assert len(mails()) == 1


def test_what_was_shared_later_is_new_and_what_was_written_again_is_not(cast, client_of):
    old = lesson(cast, "Matsvinn gammalt")
    internal = lesson(cast, "Matsvinn delas senare", visibility="internal")
    save(client_of("staff_there"), q="matsvinn")

    old.save_revision().publish()
    internal.visibility = "members"
    internal.save_revision().publish()
    mail_saved_searches()

    [mail] = mails()
    outbox.send(mail.pk)
    mail.refresh_from_db()
    assert "Matsvinn delas senare" in mail.text
    assert "Matsvinn gammalt" not in mail.text


def test_rights_are_asked_again_when_the_mail_is_sent(cast, client_of):
    save(client_of("staff_there"), q="matsvinn")
    kept, withdrawn = lesson(cast, "Matsvinn kvar"), lesson(cast, "Matsvinn tillbakadraget")
    mail_saved_searches()
    [mail] = mails()

    withdrawn.visibility = "internal"
    withdrawn.save_revision().publish()
    outbox.send(mail.pk)
    mail.refresh_from_db()

    assert "Matsvinn kvar" in mail.text
    assert "Matsvinn tillbakadraget" not in mail.text + mail.html + mail.subject
    assert kept.live


@pytest.mark.parametrize("what", ["left", "ended", "inactive", "all withdrawn"])
def test_no_mail_goes_out_that_nobody_wants_or_may_read(cast, client_of, what):
    save(client_of("staff_there"), q="matsvinn")
    page = lesson(cast, "Matsvinn")
    mail_saved_searches()
    [mail] = mails()

    if what == "left":
        memberships.leave(membership=cast.staff_there.memberships.get())
    elif what == "ended":
        saved_searches.set_mailed(SavedSearch.objects.get(), False)
    elif what == "inactive":
        cast.staff_there.is_active = False
        cast.staff_there.save()
    else:
        page.unpublish()

    assert outbox.send(mail.pk) == OutboxState.WITHDRAWN


def test_a_week_later_the_next_news_is_told(cast, client_of):
    save(client_of("staff_there"), q="matsvinn")
    lesson(cast, "Matsvinn ett")
    mail_saved_searches()
    lesson(cast, "Matsvinn två")
    mail_saved_searches()

    saved_searches.mail_news(now=next_week())

    first, second = mails()
    outbox.send(second.pk)
    second.refresh_from_db()
    assert "Matsvinn två" in second.text
    assert "Matsvinn ett" not in second.text
    assert first.pk != second.pk


def test_a_search_without_news_is_looked_at_once_a_day(cast, client_of):
    save(client_of("staff_there"), q="matsvinn")
    now = timezone.now()

    saved_searches.mail_news(now=now)
    lesson(cast, "Matsvinn")
    same_day = saved_searches.mail_news(now=now + timedelta(hours=19))
    next_day = saved_searches.mail_news(now=now + timedelta(hours=21))

    assert (same_day, next_day, len(mails())) == (0, 1, 1)


def test_the_mail_has_a_way_out_without_signing_in(cast, client_of, client):
    save(client_of("staff_there"), q="matsvinn")
    lesson(cast, "Matsvinn")
    mail_saved_searches()
    [mail] = mails()
    outbox.send(mail.pk)
    mail.refresh_from_db()
    way = next(line for line in mail.text.splitlines() if "/avsluta/" in line).partition("//")[2].partition("/")[2]

    asked = client.get(f"/{way}")
    still = SavedSearch.objects.get().is_mailed
    done = client.post(f"/{way}")

    assert "Vill du inte få fler mejl om ”matsvinn”?" in asked.content.decode()
    assert (still, SavedSearch.objects.get().is_mailed) == (True, False)
    assert "Du får inga fler mejl om ”matsvinn”." in done.content.decode()
    assert client.get(f"/{way.replace('avsluta', '')}x/avsluta/").status_code == 404


def parsed(answer) -> ElementTree.Element:
    return ElementTree.fromstring(answer.content)  # noqa: S314 - our own


# --- The feed ------------------------------------------------------------------------------------------------


def test_a_feed_has_what_everybody_may_read_whoever_asks(cast, client_of):
    page = lesson(cast, "Matsvinn & mer", visibility="public")
    lesson(cast, "Matsvinn för medlemmar")
    TrainingEventFactory(municipality=cast.here, title="Matsvinn internt", visibility="internal")
    CoursePageFactory(owner=cast.here, title="Kurs om matsvinn", visibility="public")
    StandardPageFactory(owner=cast.here, title="Om annat", visibility="public")

    answer = client_of("portal_admin").get("/sok/flode/", {"q": "matsvinn", "kind": "lesson"})

    channel = parsed(answer).find("channel")
    names = ("title", "link", "guid", "category")
    assert answer["Content-Type"] == "application/rss+xml; charset=utf-8"
    assert channel.findtext("title") == "Sökning: ”matsvinn” · Lärdomar"
    assert channel.findtext("language") == "sv"
    assert [tuple(item.findtext(name) for name in names) for item in channel.findall("item")] == [
        ("Matsvinn & mer", f"http://testserver{page.get_url()}", f"lesson:{page.pk}", "Lärdomar")
    ]


@pytest.mark.parametrize("query", ["", "?q=%00", "?q=%22", "?kind=x&municipality=y", "?page=9"])
def test_any_address_of_a_feed_is_answered(cast, client, query):
    lesson(cast, "Matsvinn", visibility="public")

    answer = client.get(f"/sok/flode/{query}")

    assert (answer.status_code, parsed(answer).get("version")) == (200, "2.0")


def test_the_search_page_names_its_feed(cast, client):
    lesson(cast, "Matsvinn", visibility="public")

    page = BeautifulSoup(client.get("/sok/?kind=lesson&q=matsvinn&page=1").content.decode(), "html.parser")

    assert page.select_one("link[rel=alternate][type]")["href"] == "/sok/flode/?kind=lesson&q=matsvinn"
