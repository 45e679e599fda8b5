"""The accessibility statement: at one address for everybody, with a way to tell that needs no account."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone
from wagtail.models import Site

from cms.models import AccessibilityStatementPage, HomePage, PortalSettings
from portal.notifications.models import OutboxMessage

ADDRESS = "/tillganglighet/"
GIVEN = {"message": "Knappen syns inte.", "where": "/kurser/", "email": "kim@example.se", "website": ""}


@pytest.fixture
def statement(db) -> AccessibilityStatementPage:
    page = AccessibilityStatementPage(
        title="Tillgänglighet",
        slug="tillganglighet",
        summary="Kort sagt.",
        shortcomings="<p>Äldre filer saknar rubriker.</p>",
        how_tested="<p>Med tangentbord.</p>",
        reviewed_on=timezone.localdate(),
        feedback_email="vi@example.se",
        visibility="internal",
    )
    HomePage.objects.get().add_child(instance=page)
    page.save_revision().publish()
    return page


def page_of(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.content.decode(), "html.parser")


def test_it_is_public_and_every_footer_leads_to_it(statement, client):
    page = page_of(client.get(ADDRESS))

    assert [heading.get_text() for heading in page.select("main h2")] == [
        "Kort sagt",
        "Så tillgänglig är portalen",
        "Det här fungerar inte för alla",
        "Så har vi testat",
        "Säg till om något inte fungerar",
        "Om du inte är nöjd med vårt svar",
    ]
    footer = page_of(client.get("/kurser/")).select_one("footer")
    assert footer.select_one(f"a[href='{ADDRESS}']").get_text() == "Tillgänglighet"
    assert statement.visibility == "public"


def test_where_none_is_published_one_reads_whom_to_write_to(db, client):
    portal = PortalSettings.for_site(Site.objects.get())
    portal.contact_email = "portal@example.se"
    portal.save()

    page = page_of(client.get(ADDRESS))

    assert (page.h1.get_text(), page.select_one("main a")["href"]) == ("Tillgänglighet", "mailto:portal@example.se")
    assert client.post(ADDRESS, GIVEN).status_code == 404


def test_somebody_without_an_account_tells_and_the_mail_goes_to_whom_the_statement_names(statement, client):
    answer = client.post(ADDRESS, GIVEN)

    assert answer.headers["Location"] == f"{ADDRESS}?told=1#tell"
    mail = OutboxMessage.objects.get()
    assert (mail.to_email, mail.is_secret) == ("vi@example.se", True)
    assert all(text in mail.text for text in ("Knappen syns inte.", "/kurser/", "De vill ha svar: kim@example.se"))
    assert "Tack, vi har fått det." in page_of(client.get(f"{ADDRESS}?told=1")).get_text()


def test_without_an_address_the_mail_says_so(statement, client):
    client.post(ADDRESS, {"message": "Rubriken är för ljus."})

    assert "De lämnade ingen adress att svara till." in OutboxMessage.objects.get().text


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"message": "  "}, "message"), ({"message": "x" * 4001}, "message"), ({"email": "kim"}, "email")],
)
def test_bad_input_is_told_of_at_the_field_and_nothing_is_lost_or_sent(statement, client, changed, field):
    answer = client.post(ADDRESS, GIVEN | changed)

    assert (answer.status_code, list(answer.context["form"].errors)) == (400, [field])
    assert page_of(answer).select_one("input[name=where]")["value"] == "/kurser/"
    assert OutboxMessage.objects.count() == 0


def test_a_program_that_fills_in_everything_is_thanked_and_sends_nothing(statement, client):
    answer = client.post(ADDRESS, GIVEN | {"website": "https://spam.example"})

    assert (answer.status_code, OutboxMessage.objects.count()) == (302, 0)


def test_after_many_messages_one_is_asked_to_wait_and_keeps_what_was_written(statement, client):
    answers = [client.post(ADDRESS, GIVEN) for _number in range(11)]

    assert [answer.status_code for answer in answers] == [302] * 10 + [400]
    assert "Knappen syns inte." in answers[-1].content.decode()
    assert "Vänta en timme" in answers[-1].content.decode()
    assert OutboxMessage.objects.count() == 10


@pytest.mark.parametrize(("days", "is_warned"), [(365, False), (366, True)])
def test_who_keeps_it_is_told_when_it_is_older_than_a_year(statement, client_of, days, is_warned):
    statement.reviewed_on -= timedelta(days=days)
    statement.save_revision().publish()
    said = "Det är mer än ett år sedan"

    seen = {who: said in client_of(who).get(ADDRESS).content.decode() for who in ("portal_admin", "coordinator_here")}

    assert seen == {"portal_admin": is_warned, "coordinator_here": False}
