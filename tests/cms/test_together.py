"""Writing a page and arranging an event together with another municipality, until a day."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import GroupPagePermission

from cms.models import CoursePage, MunicipalityPage
from cms.services import co_editing
from portal.core.services import ActionRefused
from portal.events.models import TrainingEvent
from portal.events.services import co_organisers
from portal.knowledge.models import CoEditing
from portal.municipalities.enums import Visibility
from portal.municipalities.models import AuditEntry
from portal.municipalities.permissions import allowed
from tests.cms.test_sharing import save
from tests.factories.cms import CoursePageFactory
from tests.factories.events import TrainingEventFactory, sign_up

CANARY = "Kanariefågel"
TODAY = timezone.localdate()


def invite(cast, page, *, days: int = 30) -> CoEditing:
    return co_editing.invite(
        page=page, municipality=cast.there, until=TODAY + timedelta(days=days), actor=cast.coordinator_here
    )


def may_edit(client, page) -> bool:
    return client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).status_code == 200


@pytest.fixture
def page(cast) -> CoursePage:
    CoursePageFactory(owner=cast.here, title=f"{CANARY} bredvid")
    return CoursePageFactory(owner=cast.here, title="Vår kurs")


def test_invited_coordinators_change_the_one_page_and_nothing_beside_it(cast, client_of, page):
    invite(cast, page)
    client = client_of("coordinator_there")

    answer = save(client, page, publish=False, title="Vår gemensamma kurs")

    assert answer.status_code == 302
    assert CoursePage.objects.get(pk=page.pk).get_latest_revision_as_object().title == "Vår gemensamma kurs"
    beside = CoursePage.objects.get(title=f"{CANARY} bredvid")
    assert not may_edit(client, beside)
    section = MunicipalityPage.objects.get(municipality=cast.here)
    for path in (
        reverse("wagtailadmin_home"),
        reverse("wagtailadmin_explore", args=[section.pk]),
        reverse("wagtailadmin_explore_root"),
        reverse("wagtailadmin_choose_page_child", args=[section.pk]),
    ):
        assert CANARY not in client.get(path, follow=True).content.decode(), path


def test_the_invited_neither_publish_nor_decide_who_reads(cast, client_of, page):
    invite(cast, page)
    client = client_of("coordinator_there")

    save(client, page, publish=True, title="Publicerad av andra", visibility="public")

    kept = CoursePage.objects.get(pk=page.pk)
    latest = kept.get_latest_revision_as_object()
    assert (kept.title, kept.visibility, latest.visibility) == ("Vår kurs", Visibility.INTERNAL, Visibility.INTERNAL)
    form = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).context["form"]
    assert {"visibility", "shared_with", "shared_with_collaborations"} & set(form.fields) == set()


def test_the_invited_see_the_page_where_it_stands_and_their_staff_do_not(cast, client_of, page):
    invite(cast, page)

    answers = {name: client_of(name).get(page.get_url()).status_code for name in ("coordinator_there", "staff_there")}

    assert answers == {"coordinator_there": 200, "staff_there": 404}


@pytest.mark.parametrize("how", ["revoked", "last day passed"])
def test_the_right_ends_with_the_invitation_from_the_next_request(cast, client_of, page, how):
    entry = invite(cast, page)
    client = client_of("coordinator_there")
    assert may_edit(client, page)

    if how == "revoked":
        client_of("coordinator_here").post(f"/arbetsyta/sidor/{page.pk}/tillsammans/", {"revoke": entry.pk})
    else:
        CoEditing.objects.update(until=TODAY - timedelta(days=1))

    assert not may_edit(client, page)
    assert client.get(page.get_url()).status_code == 404
    save_attempt = client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), {"title": "Kapad"})
    assert save_attempt.status_code in (302, 403, 404)
    assert CoursePage.objects.get(pk=page.pk).get_latest_revision_as_object().title == "Vår kurs"


def test_the_last_day_itself_counts(cast, client_of, page):
    invite(cast, page, days=0)

    assert may_edit(client_of("coordinator_there"), page)


def test_rows_of_ended_invitations_are_cleared(cast, page):
    invite(cast, page)
    rows = GroupPagePermission.objects.filter(page=page.pk)
    assert rows.count() == 1

    co_editing.clear_ended(today=TODAY + timedelta(days=31))

    assert rows.count() == 0


def test_inviting_is_in_both_logs_and_on_the_page_of_the_owner(cast, client_of, page):
    invite(cast, page)

    entries = AuditEntry.objects.filter(act="co_editor_invited")
    assert {(entry.municipality, entry.subject) for entry in entries} == {
        (cast.here, "Vår kurs"),
        (cast.there, "Vår kurs"),
    }
    listed = client_of("coordinator_here").get(f"/arbetsyta/sidor/{page.pk}/tillsammans/").content.decode()
    assert "Skurups kommun" in listed
    assert "Skurup" in client_of("staff_here").get(page.get_url()).content.decode()


def test_inviting_again_moves_the_last_day(cast, page):
    invite(cast, page, days=5)
    invite(cast, page, days=50)

    assert [entry.until for entry in CoEditing.objects.all()] == [TODAY + timedelta(days=50)]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"municipality": "here", "until": "2099-01-01"}, "municipality"),
        ({"municipality": "there", "until": "2001-01-01"}, "until"),
        ({"municipality": "there", "until": "snart"}, "until"),
        ({"municipality": "", "until": "2099-01-01"}, "municipality"),
    ],
)
def test_bad_input_is_said_at_the_field_and_gives_no_right(cast, client_of, page, data, field):
    places = {"here": cast.here.pk, "there": cast.there.pk, "": ""}

    answer = client_of("coordinator_here").post(
        f"/arbetsyta/sidor/{page.pk}/tillsammans/", {**data, "municipality": places[data["municipality"]]}
    )

    assert (answer.status_code, list(answer.context["form"].errors)) == (400, [field])
    assert CoEditing.objects.count() == 0


def test_an_invitation_of_another_page_cannot_be_ended_through_ones_own(cast, client_of, page):
    foreign = CoursePageFactory(owner=cast.there)
    entry = co_editing.invite(
        page=foreign, municipality=cast.here, until=TODAY + timedelta(days=9), actor=cast.coordinator_there
    )

    answer = client_of("coordinator_here").post(f"/arbetsyta/sidor/{page.pk}/tillsammans/", {"revoke": entry.pk})

    assert answer.status_code == 404
    assert CoEditing.objects.active().count() == 1


# --- Events ------------------------------------------------------------------------------------------------------


@pytest.fixture
def event(cast) -> TrainingEvent:
    return TrainingEventFactory(municipality=cast.here, title="Vår verkstad")


def together(cast, event, *, days: int = 30):
    return co_organisers.invite(
        event=event, municipality=cast.there, until=TODAY + timedelta(days=days), actor=cast.coordinator_here
    )


def test_co_organisers_manage_the_one_event_but_do_not_own_it(cast, client_of, event):
    TrainingEventFactory(municipality=cast.here, title=CANARY)
    sign_up(event, cast.staff_here)
    together(cast, event)
    client = client_of("coordinator_there")
    base = f"/arbetsyta/tillfallen/{event.public_id}/"

    answers = {
        path: client.get(base + path).status_code
        for path in ("", "andra/", "deltagare.csv", "stall-in/", "tillsammans/")
    }

    assert answers == {"": 200, "andra/": 200, "deltagare.csv": 200, "stall-in/": 404, "tillsammans/": 404}
    assert "visibility" not in client.get(base + "andra/").context["form"].fields
    assert client.get(event.get_absolute_url()).status_code == 200
    listed = client.get("/arbetsyta/tillfallen/").content.decode()
    assert ("Vår verkstad" in listed, CANARY in listed) == (True, False)


def test_a_co_organiser_changes_the_event_and_its_audience_stays(cast, client_of, event):
    event.shared_with.add(cast.there)
    TrainingEvent.objects.filter(pk=event.pk).update(visibility=Visibility.SELECTED)
    together(cast, event)
    client = client_of("coordinator_there")
    path = f"/arbetsyta/tillfallen/{event.public_id}/andra/"
    form = client.get(path).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value()}
    data.update(
        {
            "title": "Ny rubrik",
            "visibility": "public",
            "shared_with": [],
            "dates-TOTAL_FORMS": "1",
            "dates-INITIAL_FORMS": "1",
            "dates-0-date": (TODAY + timedelta(days=40)).isoformat(),
            "dates-0-starts": "09:00",
            "dates-0-ends": "12:00",
        }
    )

    answer = client.post(path, data)

    event.refresh_from_db()
    assert (answer.status_code, event.title, event.visibility) == (302, "Ny rubrik", Visibility.SELECTED)
    assert list(event.shared_with.all()) == [cast.there]


@pytest.mark.parametrize("how", ["revoked", "last day passed"])
def test_co_organising_ends_from_the_next_request(cast, client_of, event, how):
    entry = together(cast, event)
    client = client_of("coordinator_there")
    assert client.get(f"/arbetsyta/tillfallen/{event.public_id}/").status_code == 200

    if how == "revoked":
        client_of("coordinator_here").post(
            f"/arbetsyta/tillfallen/{event.public_id}/tillsammans/", {"revoke": entry.pk}
        )
    else:
        type(entry).objects.update(until=TODAY - timedelta(days=1))

    assert client.get(f"/arbetsyta/tillfallen/{event.public_id}/").status_code == 404
    assert not allowed(cast.coordinator_there, "manage", TrainingEvent).exists()


def test_only_coordinators_of_the_invited_municipality_get_the_right(cast, event):
    together(cast, event)

    managers = {name for name, actor in cast.actors().items() if allowed(actor, "manage", TrainingEvent).exists()}

    assert managers == {"coordinator_here", "coordinator_there", "portal_admin"}


def test_the_owner_itself_is_not_invited(cast, event):
    with pytest.raises(ActionRefused) as caught:
        co_organisers.invite(event=event, municipality=cast.here, until=TODAY, actor=cast.coordinator_here)

    assert (caught.value.code, caught.value.field) == ("own", "municipality")


def test_a_co_organiser_does_not_call_the_event_off(cast, client_of, event):
    co_organisers.invite(event=event, municipality=cast.there, until=TODAY, actor=cast.coordinator_here)
    path = f"/arbetsyta/tillfallen/{event.public_id}/"

    owner, other = (client_of(f"coordinator_{place}").get(path).content.decode() for place in ("here", "there"))

    for way in ("stall-in/", "tillsammans/"):
        assert (f"{path}{way}" in owner, f"{path}{way}" in other) == (True, False)
