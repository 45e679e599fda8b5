"""Publishing with four eyes where a municipality wants it: nobody approves what they wrote themselves."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from wagtail.models import TaskState, Workflow, WorkflowPage

from cms.models import ApprovalTask, CoursePage
from portal.municipalities.enums import Role
from portal.municipalities.models import AuditEntry
from portal.municipalities.services import municipalities
from tests.cms.test_sharing import form_data, save
from tests.factories.cms import CoursePageFactory
from tests.factories.municipalities import PersonFactory

CANARY = "Kanariefågel"


@pytest.fixture
def second(cast):
    return PersonFactory(member_of=cast.here, roles=[Role.COORDINATOR])


@pytest.fixture
def approver(cast):
    return PersonFactory(member_of=cast.here, roles=[Role.APPROVER])


@pytest.fixture
def switched_on(cast):
    municipalities.switch_approval(municipality=cast.here, needed=True, actor=cast.municipality_admin)


@pytest.fixture
def page(cast) -> CoursePage:
    return CoursePageFactory(owner=cast.here, title="Gammal titel")


def submit(client, page, **changes):
    data = form_data(client, page, **changes)
    return client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), {**data, "action-submit": "1"})


def act(client, page, action: str):
    state = TaskState.objects.get(status="in_progress")
    path = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, action, state.pk])
    return client.post(path, {"comment": "Läst."})


def title_of(page) -> str:
    return CoursePage.objects.get(pk=page.pk).title


def test_switched_on_a_coordinator_hands_in_instead_of_publishing(cast, client_of, switched_on, page):
    client = client_of("coordinator_here")

    save(client, page, publish=True, title="Ny titel")
    assert title_of(page) == "Gammal titel"
    submit(client, page, title="Ny titel")

    assert title_of(page) == "Gammal titel"
    assert TaskState.objects.filter(status="in_progress").count() == 1


@pytest.mark.parametrize("who", ["second", "approver"])
def test_somebody_else_approves_and_the_page_is_published(cast, client_of, switched_on, page, request, who):
    submit(client_of("coordinator_here"), page, title="Ny titel")
    other = request.getfixturevalue(who)

    act(client_of(other), page, "approve")

    assert title_of(page) == "Ny titel"
    entry = AuditEntry.objects.get(act="page_approved")
    assert (entry.actor, entry.municipality, entry.subject) == (other, cast.here, "Ny titel")


def test_the_writer_does_not_approve(cast, client_of, switched_on, page):
    client = client_of("coordinator_here")
    submit(client, page, title="Ny titel")

    act(client, page, "approve")

    assert (title_of(page), TaskState.objects.get().status) == ("Gammal titel", "in_progress")


def test_whoever_changed_the_draft_meanwhile_does_not_approve_it_either(cast, client_of, switched_on, page, second):
    submit(client_of("coordinator_here"), page, title="Ny titel")
    save(client_of(second), page, publish=False, title="Min titel")

    act(client_of(second), page, "approve")

    assert title_of(page) == "Gammal titel"


def test_sending_back_publishes_nothing(cast, client_of, switched_on, page, approver):
    submit(client_of("coordinator_here"), page, title="Ny titel")

    act(client_of(approver), page, "reject")

    assert (title_of(page), TaskState.objects.get().status) == ("Gammal titel", "rejected")


@pytest.mark.parametrize("actor", ["coordinator_there", "staff_here", "municipality_admin", "manager", "anonymous"])
def test_nobody_from_elsewhere_and_nobody_without_the_role_approves(cast, client_of, switched_on, page, actor):
    submit(client_of("coordinator_here"), page, title=CANARY)

    answer = act(client_of(actor), page, "approve")

    assert (title_of(page), TaskState.objects.get().status) == ("Gammal titel", "in_progress")
    assert CANARY not in answer.content.decode()


def test_nobody_elses_tasks_show(cast, client_of, switched_on, page, approver):
    municipalities.switch_approval(municipality=cast.there, needed=True, actor=cast.portal_admin)
    submit(client_of("coordinator_here"), page, title=CANARY)
    paths = [reverse("wagtailadmin_home"), reverse("workspace")]

    told = {
        str(name): [CANARY in client_of(actor).get(path).content.decode() for path in paths]
        for name, actor in {"approver": approver, "there": cast.coordinator_there}.items()
    }

    assert told == {"approver": [True, True], "there": [False, False]}


def test_other_municipalities_publish_as_before(cast, client_of, switched_on):
    own = CoursePageFactory(owner=cast.there, title="Gammal titel")

    save(client_of("coordinator_there"), own, publish=True, title="Ny titel")

    assert title_of(own) == "Ny titel"


def test_switched_off_coordinators_publish_again_and_what_waited_is_a_draft(cast, client_of, switched_on, page):
    client = client_of("coordinator_here")
    submit(client, page, title="Ny titel")

    client_of("municipality_admin").post("/arbetsyta/kommuner/trelleborg/fyra-ogon/", {"off": "1"})

    assert (title_of(page), TaskState.objects.get().status) == ("Gammal titel", "cancelled")
    assert WorkflowPage.objects.count() == 0
    save(client, page, publish=True, title="Ny titel")
    assert title_of(page) == "Ny titel"


def test_switching_twice_makes_one_workflow_and_two_lines_in_the_log(cast, client_of):
    client = client_of("municipality_admin")
    for button in ("on", "on", "off", "on"):
        client.post("/arbetsyta/kommuner/trelleborg/fyra-ogon/", {button: "1"})

    of_here = Workflow.objects.filter(workflow_tasks__task__name__contains="Trelleborg")
    assert (ApprovalTask.objects.count(), of_here.count(), WorkflowPage.objects.count()) == (1, 1, 1)
    lines = AuditEntry.objects.filter(act="approval_switched").order_by("pk").values_list("detail", flat=True)
    assert list(lines) == ["på", "av", "på"]


def test_a_course_editor_writes_and_never_publishes(cast, client_of, page):
    editor = PersonFactory(member_of=cast.here, roles=[Role.COURSE_EDITOR])
    client = client_of(editor)

    save(client, page, publish=True, title="Ny titel", visibility="public")

    latest = CoursePage.objects.get(pk=page.pk).get_latest_revision_as_object()
    assert (title_of(page), latest.title, latest.visibility) == ("Gammal titel", "Ny titel", "internal")


def test_an_approver_enters_the_editor_and_changes_nothing_that_is_not_handed_in(cast, client_of, page, approver):
    client = client_of(approver)

    assert client.get(reverse("wagtailadmin_home")).status_code == 200
    assert client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).status_code != 200


# --- What the editor offers --------------------------------------------------------------------------------------


def offered(page, user) -> set[str]:
    page = CoursePage.objects.get(pk=page.pk)
    return {name for name, _label, _comment in ApprovalTask.objects.get().get_actions(page, user)}


def test_approving_is_offered_to_whoever_may_and_did_not_write_it(cast, client_of, switched_on, page, second, approver):
    submit(client_of("coordinator_here"), page, title="Ny titel")

    told = {name: offered(page, actor) for name, actor in {**cast.actors(), "second": second}.items()}

    nobody = {name: set() for name in ("anonymous", "outsider", "staff_here", "staff_there", "manager")}
    assert told == {
        **nobody,
        **{"coordinator_there": set(), "municipality_admin": set()},
        "coordinator_here": {"reject"},
        "second": {"reject", "approve"},
        "portal_admin": {"reject", "approve"},
    }
    assert offered(page, approver) == {"reject", "approve"}


def test_whoever_wrote_a_version_that_is_published_by_now_may_approve_the_next(
    cast, client_of, switched_on, page, second, approver
):
    save(client_of(second), page, publish=False, title="Förra titeln")
    submit(client_of("coordinator_here"), page, title="Förra titeln")
    act(client_of(approver), page, "approve")

    submit(client_of("coordinator_here"), page, title="Ny titel")

    assert offered(page, second) == {"reject", "approve"}
    save(client_of(second), page, publish=False, title="Nyare titel")
    assert offered(page, second) == {"reject"}


def test_a_page_that_was_never_published_is_not_approved_by_who_wrote_on_it(cast, client_of, switched_on, second):
    page = CoursePageFactory(owner=cast.here, title="Helt ny", live=False)
    save(client_of(second), page, publish=False, title="Helt ny kurs")

    submit(client_of("coordinator_here"), page, title="Helt ny kurs")

    assert (offered(page, second), offered(page, cast.coordinator_here)) == ({"reject"}, {"reject"})


def test_a_draft_that_lost_what_sharing_asks_for_is_not_approved(cast, client_of, switched_on, page, approver):
    shared = {"visibility": "members", "contact_name": "Åsa", "contact_email": "asa@trelleborg.example"}
    submit(client_of("coordinator_here"), page, title="Ny titel", **shared)
    assert offered(page, approver) == {"reject", "approve"}

    draft = CoursePage.objects.get(pk=page.pk).get_latest_revision_as_object()
    draft.contact_email = ""
    draft.save_revision()

    assert offered(page, approver) == {"reject"}


def test_a_page_that_waits_is_open_to_those_who_may_approve_and_locked_for_others(cast, switched_on, page, approver):
    task = ApprovalTask.objects.get()
    people = {**cast.actors(), "approver": approver}

    let_in = {name for name, actor in people.items() if task.user_can_access_editor(page, actor)}
    free = {name for name, actor in people.items() if not task.locked_for_user(page, actor)}

    assert let_in == free == {"coordinator_here", "approver", "portal_admin"}


def test_only_what_waits_now_is_to_be_moderated(cast, client_of, switched_on, page, approver):
    submit(client_of("coordinator_here"), page, title="Ny titel")
    task = ApprovalTask.objects.get()
    assert task.get_task_states_user_can_moderate(approver).count() == 1
    assert task.get_task_states_user_can_moderate(cast.coordinator_there).count() == 0

    act(client_of(approver), page, "approve")

    assert task.get_task_states_user_can_moderate(approver).count() == 0


def test_the_rule_holds_also_where_the_button_is_bypassed(cast, client_of, switched_on, page):
    submit(client_of("coordinator_here"), page, title="Ny titel")
    state = TaskState.objects.get()

    with pytest.raises(PermissionDenied):
        state.task.specific.on_action(state, cast.coordinator_here, "approve")

    state.task.specific.on_action(state, cast.coordinator_here, "reject")
    assert (title_of(page), TaskState.objects.get().status) == ("Gammal titel", "rejected")


def test_whoever_asked_for_the_approval_does_not_give_it(cast, switched_on, page, second, approver):
    assert offered(page, second) == {"reject", "approve"}

    page.get_workflow().start(page, second)

    assert (offered(page, second), offered(page, approver)) == ({"reject"}, {"reject", "approve"})
