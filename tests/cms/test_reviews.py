"""Pages that grow old: a day to look at them again, a mail, three buttons, and a friendly banner until then."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cms.models import CoursePage, LessonPage
from cms.services import reviews
from portal.municipalities.enums import Role, Visibility
from portal.municipalities.models import AuditEntry
from portal.notifications.models import OutboxMessage
from portal.notifications.services import outbox
from tests.factories.cms import CoursePageFactory, LessonPageFactory, MethodPageFactory, StandardPageFactory
from tests.factories.municipalities import PersonFactory

TODAY = timezone.localdate()
PAST = TODAY - timedelta(days=3)


@pytest.mark.parametrize("factory", [CoursePageFactory, MethodPageFactory, LessonPageFactory])
def test_a_published_page_without_a_day_gets_one_a_year_from_now(cast, factory):
    page = factory(owner=cast.here)

    assert type(page).objects.get(pk=page.pk).review_date == TODAY + timedelta(days=365)


def test_the_editors_own_day_stays_and_a_text_page_has_none(cast):
    day = TODAY + timedelta(days=40)

    assert CoursePage.objects.get(pk=CoursePageFactory(owner=cast.here, review_date=day).pk).review_date == day
    assert StandardPageFactory(owner=cast.here).review_date is None


def test_an_overdue_page_carries_a_friendly_banner_and_stays_readable(cast, client_of):
    overdue = LessonPageFactory(owner=cast.here, visibility=Visibility.PUBLIC, review_date=PAST)
    fresh = LessonPageFactory(owner=cast.here, visibility=Visibility.PUBLIC, review_date=TODAY + timedelta(days=1))

    pages = [client_of("anonymous").get(page.get_url()).content.decode() for page in (overdue, fresh)]

    assert ["Mycket stämmer nog fortfarande" in page for page in pages] == [True, False]
    assert "Vi vägde svinnet." in pages[0]


def test_the_owner_gets_one_mail_for_each_day_that_comes(cast):
    page = CoursePageFactory(owner=cast.here, review_date=PAST)
    CoursePageFactory(owner=cast.here, review_date=PAST, live=False)
    CoursePageFactory(owner=cast.here, review_date=TODAY + timedelta(days=1))

    queued = [reviews.remind_owners(), reviews.remind_owners()]

    mails = OutboxMessage.objects.filter(message="knowledge/review")
    assert (queued, [mail.to_email for mail in mails]) == ([1, 0], [cast.coordinator_here.email])
    assert f"/arbetsyta/sidor/{page.pk}/aktuell/" in mails[0].text


def test_a_contact_who_is_a_coordinator_is_asked_alone(cast):
    second = PersonFactory(member_of=cast.here, roles=[Role.COORDINATOR])
    CoursePageFactory(owner=cast.here, review_date=PAST, contact_email=second.email.upper())

    reviews.remind_owners()

    assert [mail.to_email for mail in OutboxMessage.objects.filter(message="knowledge/review")] == [second.email]


def test_a_mail_whose_page_was_confirmed_meanwhile_is_not_sent(cast):
    page = CoursePageFactory(owner=cast.here, review_date=PAST)
    reviews.remind_owners()
    row = OutboxMessage.objects.get(message="knowledge/review")
    OutboxMessage.objects.filter(pk=row.pk).update(state="pending")

    reviews.confirm(page=page, actor=cast.coordinator_here)

    assert outbox.send(row.pk) == "withdrawn"


def test_opening_the_link_changes_nothing_and_one_button_confirms(cast, client_of):
    page = CoursePageFactory(owner=cast.here, review_date=PAST)
    client, path = client_of("coordinator_here"), f"/arbetsyta/sidor/{page.pk}/aktuell/"

    opened = client.get(path)
    assert (opened.status_code, CoursePage.objects.get(pk=page.pk).review_date) == (200, PAST)
    answer = client.post(path, {"confirm": "1"})

    confirmed = CoursePage.objects.get(pk=page.pk)
    assert (answer.status_code, confirmed.review_date) == (302, TODAY + timedelta(days=365))
    assert confirmed.get_latest_revision_as_object().review_date == TODAY + timedelta(days=365)
    entry = AuditEntry.objects.get(act="review_confirmed")
    assert (entry.actor, entry.municipality) == (cast.coordinator_here, cast.here)


def test_retiring_takes_the_page_down_and_keeps_it_as_a_draft(cast, client_of):
    page = LessonPageFactory(owner=cast.here, visibility=Visibility.PUBLIC, title="Gammal lärdom")

    client_of("coordinator_here").post(f"/arbetsyta/sidor/{page.pk}/aktuell/", {"retire": "1"})

    assert client_of("anonymous").get(page.get_url()).status_code == 404
    assert "Gammal lärdom</a>" not in client_of("staff_here").get("/sok/?q=gammal").content.decode()
    kept = LessonPage.objects.get(pk=page.pk)
    assert (kept.live, kept.title) == (False, "Gammal lärdom")
    assert AuditEntry.objects.filter(act="retired", actor=cast.coordinator_here).count() == 1


def test_a_press_without_a_button_is_told_so(cast, client_of):
    page = CoursePageFactory(owner=cast.here)

    answer = client_of("coordinator_here").post(f"/arbetsyta/sidor/{page.pk}/aktuell/")

    assert answer.status_code == 409
    assert "Välj vad du vill göra med någon av knapparna." in answer.content.decode()


@pytest.mark.parametrize("actor", ["anonymous", "staff_here", "coordinator_there", "municipality_admin", "outsider"])
def test_nobody_else_confirms_or_retires(cast, client_of, actor):
    page = CoursePageFactory(owner=cast.here, visibility=Visibility.PUBLIC, review_date=PAST)

    for act in ("confirm", "retire"):
        client_of(actor).post(f"/arbetsyta/sidor/{page.pk}/aktuell/", {act: "1"})

    kept = CoursePage.objects.get(pk=page.pk)
    assert (kept.live, kept.review_date) == (True, PAST)


@pytest.mark.parametrize("act", ["confirm", "retire"])
def test_a_text_page_has_no_day_to_be_looked_at(cast, client_of, act):
    page = StandardPageFactory(owner=cast.here)
    path = f"/arbetsyta/sidor/{page.pk}/aktuell/"
    client = client_of("coordinator_here")

    assert [client.get(path).status_code, client.post(path, {act: "1"}).status_code] == [404, 404]
    page.refresh_from_db()
    assert (page.live, page.review_date) == (True, None)
