"""Publishing with four eyes: one workflow per municipality that wants it, on its own section only."""

from django.db import transaction
from wagtail.models import Workflow, WorkflowPage, WorkflowState, WorkflowTask

from cms.models import ApprovalTask, MunicipalityPage
from cms.services.sections import grant_page_rights
from portal.municipalities.enums import Role
from portal.municipalities.models import Municipality
from portal.municipalities.services.role_groups import group_of


@transaction.atomic
def follow(municipality: Municipality) -> None:
    """Make Wagtail do what `municipality.needs_approval` says.

    On: pages of the section go through an approval, and its coordinators cannot publish past it. Off: they publish
    themselves again; what was waiting for an approval goes back to its writer as a draft.
    """
    section = MunicipalityPage.objects.get(municipality=municipality)
    grant_page_rights(municipality, section)
    if municipality.needs_approval:
        WorkflowPage.objects.get_or_create(page_id=section.pk, defaults={"workflow": _workflow(municipality)})
        return
    task = ApprovalTask.objects.filter(municipality=municipality).first()
    if task is None:
        return
    WorkflowPage.objects.filter(workflow__workflow_tasks__task=task).delete()
    for state in WorkflowState.objects.active().filter(current_task_state__task=task):
        state.cancel()


def _workflow(municipality: Municipality) -> Workflow:
    task, created = ApprovalTask.objects.get_or_create(
        municipality=municipality, defaults={"name": f"{municipality.short_name}: fyra ögon"}
    )
    if created:
        task.groups.set([group_of(municipality, Role.APPROVER), group_of(municipality, Role.COORDINATOR)])
    found = Workflow.objects.filter(workflow_tasks__task=task).first()
    if found is None:
        found = Workflow.objects.create(name=f"{municipality.short_name}: fyra ögon")
        WorkflowTask.objects.create(workflow=found, task=task.task_ptr, sort_order=1)
    return found
