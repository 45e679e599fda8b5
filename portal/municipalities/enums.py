from django.db import models
from django.utils.translation import gettext_lazy as _


class MunicipalityKind(models.TextChoices):
    MUNICIPALITY = "municipality", _("Municipality")
    ORGANISATION = "organisation", _("Organisation")
    FOREIGN_CITY = "foreign_city", _("City in another country")


class Role(models.TextChoices):
    """What a person is in one municipality. Everybody who belongs to it is staff; the rest comes on top."""

    STAFF = "staff", _("Staff")
    MANAGER = "manager", _("Manager")
    COORDINATOR = "coordinator", _("Coordinator")
    ADMINISTRATOR = "administrator", _("Municipality administrator")


class Right(models.TextChoices):
    """What a role group may do on its municipality: guardian permissions on `Municipality`."""

    READ_INTERNAL = "read_internal", _("Read what is internal")
    LEAD_TEAM = "lead_team", _("Lead a team")
    EDIT_CONTENT = "edit_content", _("Write and publish pages")
    MANAGE_EVENTS = "manage_events", _("Arrange training events and see participants")
    MANAGE_COLLABORATIONS = "manage_collaborations", _("Keep facts about projects")
    MANAGE_MEMBERS = "manage_members", _("Invite people and give roles")


RIGHTS_OF_ROLE: dict[Role, tuple[Right, ...]] = {
    Role.STAFF: (Right.READ_INTERNAL,),
    Role.MANAGER: (Right.LEAD_TEAM,),
    Role.COORDINATOR: (Right.EDIT_CONTENT, Right.MANAGE_EVENTS, Right.MANAGE_COLLABORATIONS),
    Role.ADMINISTRATOR: (Right.MANAGE_MEMBERS,),
}


class Visibility(models.TextChoices):
    """Who may read a page or find an event."""

    INTERNAL = "internal", _("Internal")
    SELECTED = "selected", _("Selected")
    MEMBERS = "members", _("All members")
    PUBLIC = "public", _("Public")
