from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


class MunicipalityKind(models.TextChoices):
    MUNICIPALITY = "municipality", _("Municipality")
    ORGANISATION = "organisation", _("Organisation")
    FOREIGN_CITY = "foreign_city", _("City in another country")


class Role(models.TextChoices):
    """What a person is in one municipality. Everybody who belongs to it is staff; the rest comes on top."""

    STAFF = "staff", _("Staff")
    DOOR_HELPER = "door_helper", _("Door helper")
    COURSE_EDITOR = "course_editor", _("Course editor")
    APPROVER = "approver", _("Approver")
    MANAGER = "manager", _("Manager")
    COORDINATOR = "coordinator", _("Coordinator")
    ADMINISTRATOR = "administrator", _("Municipality administrator")


class Right(models.TextChoices):
    """What a role group may do on its municipality: guardian permissions on `Municipality`.

    The label is the sentence that the roles page shows.
    """

    READ_INTERNAL = "read_internal", _("Read what is internal and sign up for events")
    RECORD_ATTENDANCE = "record_attendance", _("Tick off who came to an event")
    WRITE_CONTENT = "write_content", _("Write and change pages as drafts")
    APPROVE_CONTENT = "approve_content", _("Approve pages that somebody else wrote")
    LEAD_TEAM = "lead_team", _("Lead a team")
    EDIT_CONTENT = "edit_content", _("Publish pages, decide who may read them, and use what others share")
    MANAGE_EVENTS = "manage_events", _("Arrange events and see who takes part")
    MANAGE_COLLABORATIONS = "manage_collaborations", _("Keep the facts about our projects")
    MANAGE_MEMBERS = "manage_members", _("Invite people, give roles, say how our people sign in and read the log")


RIGHTS_OF_ROLE: dict[Role, tuple[Right, ...]] = {
    Role.STAFF: (Right.READ_INTERNAL,),
    Role.DOOR_HELPER: (Right.RECORD_ATTENDANCE,),
    Role.COURSE_EDITOR: (Right.WRITE_CONTENT,),
    Role.APPROVER: (Right.APPROVE_CONTENT,),
    Role.MANAGER: (Right.LEAD_TEAM,),
    Role.COORDINATOR: (
        Right.WRITE_CONTENT,
        Right.EDIT_CONTENT,
        Right.APPROVE_CONTENT,
        Right.MANAGE_EVENTS,
        Right.RECORD_ATTENDANCE,
        Right.MANAGE_COLLABORATIONS,
    ),
    Role.ADMINISTRATOR: (Right.MANAGE_MEMBERS,),
}


# With these one sees other people's data: they are there after a second factor only, and take all others with them.
SEES_PEOPLE = frozenset({Right.RECORD_ATTENDANCE, Right.LEAD_TEAM, Right.MANAGE_EVENTS, Right.MANAGE_MEMBERS})


def rights_of(roles: Iterable[Role]) -> list[Right]:
    """The rights that come with `roles`, each once, in the order of `Right`."""
    held = {right for role in roles for right in RIGHTS_OF_ROLE[role]}
    return [right for right in Right if right in held]


# The roles that open the editor; what is behind its door is given page by page in cms/services/sections.py.
EDITOR_ROLES = (Role.COURSE_EDITOR, Role.APPROVER, Role.COORDINATOR)


class Visibility(models.TextChoices):
    """Who may read a page or find an event."""

    INTERNAL = "internal", _("Internal")
    SELECTED = "selected", _("Selected")
    MEMBERS = "members", _("All members")
    PUBLIC = "public", _("Public")


class AuditAct(models.TextChoices):
    """What the audit log tells of: who did, shared, saw in bulk or exported what."""

    INVITED = "invited", _("Invited a person")
    INVITATION_WITHDRAWN = "invitation_withdrawn", _("Withdrew an invitation")
    JOINED = "joined", _("Became a member")
    ROLES_CHANGED = "roles_changed", _("Changed somebody’s roles")
    LEFT = "left", _("Ended a membership")
    APPROVAL_SWITCHED = "approval_switched", _("Changed whether pages must be approved")
    PAGE_PUBLISHED = "page_published", _("Published a page")
    PAGE_APPROVED = "page_approved", _("Approved a page")
    PAGE_REJECTED = "page_rejected", _("Sent a page back")
    PAGE_UNPUBLISHED = "page_unpublished", _("Took a page down")
    PAGE_DELETED = "page_deleted", _("Deleted a page")
    EVENT_PUBLISHED = "event_published", _("Published an event")
    EVENT_SHARED = "event_shared", _("Changed who an event is for")
    EVENT_CANCELLED = "event_cancelled", _("Cancelled an event")
    EVENT_POSTPONED = "event_postponed", _("Postponed an event")
    INVITATION_LINK_MADE = "invitation_link_made", _("Made an invitation link to an event")
    INVITATION_LINK_ENDED = "invitation_link_ended", _("Ended an invitation link to an event")
    PARTICIPANTS_SEEN = "participants_seen", _("Looked at a list of participants")
    EVENT_DECIDED = "event_decided", _("Decided that an event is held")
    SEATS_KEPT = "seats_kept", _("Changed which seats are kept for whom")
    SEAT_GIVEN = "seat_given", _("Gave somebody on a waiting list a seat out of turn")
    PARTICIPANTS_EXPORTED = "participants_exported", _("Fetched a list of participants as a file")
    ATTENDANCE_RECORDED = "attendance_recorded", _("Ticked off who came")
    SHARE_WITHDRAWN = "share_withdrawn", _("Withdrew a share")
    HIDDEN = "hidden", _("Hid something from our lists")
    UNHIDDEN = "unhidden", _("Put something back in our lists")
    SHOWN = "shown", _("Began to show another municipality’s page")
    ADAPTED = "adapted", _("Made an own version of another municipality’s page")
    UPDATED_FROM_SOURCE = "updated_from_source", _("Took over news from the original")
    ADOPTION_ENDED = "adoption_ended", _("Stopped using another municipality’s page")
    CO_EDITOR_INVITED = "co_editor_invited", _("Invited another municipality to work on something together")
    CO_EDITOR_REVOKED = "co_editor_revoked", _("Ended another municipality’s part in the work")
    REVIEW_CONFIRMED = "review_confirmed", _("Confirmed that a page still holds")
    RETIRED = "retired", _("Retired a page")
    HANDOVER_OFFERED = "handover_offered", _("Offered to hand something over")
    HANDOVER_ACCEPTED = "handover_accepted", _("Took something over")
    HANDOVER_DECLINED = "handover_declined", _("Declined to take something over")
    HANDOVER_WITHDRAWN = "handover_withdrawn", _("Took back an offer to hand something over")
    DEPUTY_CHOSEN = "deputy_chosen", _("Chose a deputy for a manager")
    DEPUTY_ENDED = "deputy_ended", _("Ended a deputy’s time")
    NEEDS_SEEN = "needs_seen", _("Looked at what participants eat and need")
    SIGNED_UP_FOR = "signed_up_for", _("Signed somebody else up")
    SIGN_UP_ENDED = "sign_up_ended", _("Took away somebody’s sign-up")
    PROGRAMME_RELEASED = "programme_released", _("Made a version of a conference’s programme public")
    REPORT_PUBLISHED = "report_published", _("Showed in public who took part in a conference")
    REPORT_WITHDRAWN = "report_withdrawn", _("Shows no more who took part in a conference")
    SECOND_FACTOR_SET_UP = "second_factor_set_up", _("Set up a second step for signing in")
    SECOND_FACTOR_REMOVED = "second_factor_removed", _("Took away a second step for signing in")
    SECOND_FACTOR_RESET = "second_factor_reset", _("Reset somebody’s lost second step for signing in")
    PROVIDER_CHANGED = "provider_changed", _("Changed how our people sign in")
    IDENTITY_CONNECTED = "identity_connected", _("Connected an account with our own sign-in")
    PERSON_FOUND = "person_found", _("Looked somebody up by their address")
    IDENTITY_SEEN = "identity_seen", _("Looked at who stands behind an alias")
    IDENTITY_PROTECTED = "identity_protected", _("Protected somebody’s identity, or gave another alias")
    IDENTITY_SHOWN = "identity_shown", _("Ended the protection of somebody’s identity")
    DATA_EXPORTED = "data_exported", _("Fetched all that is known of somebody")
    PERSON_ERASED = "person_erased", _("Erased somebody on request")
    HOLD_PLACED = "hold_placed", _("Stopped the erasing of somebody’s data")
    HOLD_LIFTED = "hold_lifted", _("Lifted a stop to erasing")
    LOG_EXPORTED = "log_exported", _("Fetched the log as a file")
