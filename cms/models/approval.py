from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import AbstractGroupApprovalTask, TaskState, WorkflowState

from portal.municipalities.enums import Right, Visibility
from portal.municipalities.models import Municipality
from portal.municipalities.permissions import has_right


class ApprovalTask(AbstractGroupApprovalTask):
    """The second pair of eyes of one municipality: somebody there who did not write the text approves it.

    Made and switched by `services.approval` only. Wagtail's own task would let the writer approve.
    """

    municipality = models.OneToOneField(
        Municipality, editable=False, on_delete=models.CASCADE, related_name="approval_task"
    )

    class Meta:
        verbose_name = _("approval by a second person")

    def user_can_access_editor(self, obj, user) -> bool:
        return self._may_approve_here(user)

    def locked_for_user(self, obj, user) -> bool:
        return not self._may_approve_here(user)

    def get_actions(self, obj, user) -> list[tuple[str, str, bool]]:
        if not self._may_approve_here(user):
            return []
        actions = [("reject", _("Send back with a comment"), True)]
        if not self._wrote(obj, user) and not _lacks_for_sharing(obj):
            actions.append(("approve", _("Approve and publish"), False))
        return actions

    def on_action(self, task_state, user, action_name, **kwargs):
        # Asked again here: the buttons are only a courtesy.
        if action_name == "approve" and self._wrote(task_state.workflow_state.content_object, user):
            raise PermissionDenied
        return super().on_action(task_state, user, action_name, **kwargs)

    def get_task_states_user_can_moderate(self, user, **kwargs):
        if self._may_approve_here(user):
            return self.task_states.filter(status=TaskState.STATUS_IN_PROGRESS)
        return TaskState.objects.none()

    @classmethod
    def get_description(cls):
        return _("Somebody else in the municipality reads the page before it is published.")

    def _may_approve_here(self, user) -> bool:
        return has_right(user, Right.APPROVE_CONTENT, self.municipality_id)

    @staticmethod
    def _wrote(obj, user) -> bool:
        """The person asked for the approval, or wrote any version since the one that was last published."""
        state: WorkflowState | None = obj.current_workflow_state
        if state is not None and state.requested_by_id == user.pk:
            return True
        versions = obj.revisions.filter(user=user)
        if obj.live_revision_id:
            versions = versions.filter(created_at__gt=obj.live_revision.created_at)
        return versions.exists()


def _lacks_for_sharing(obj) -> bool:
    """An approver may have changed the draft since it was handed in complete."""
    latest = obj.get_latest_revision_as_object()
    return latest.visibility != Visibility.INTERNAL and bool(latest.lacks_for_sharing)
