from django.db import models
from django.utils.translation import gettext_lazy as _


class AdoptionWay(models.TextChoices):
    """How a municipality uses another's page."""

    SHOWN = "shown", _("Shown as it is")
    ADAPTED = "adapted", _("Own version")


class StillInUse(models.TextChoices):
    """The answer to the question that an adopter is asked after six months."""

    YES = "yes", _("Yes, we use it")
    PARTLY = "partly", _("Yes, parts of it")
    NO = "no", _("No, we have stopped")


class HandoverState(models.TextChoices):
    OFFERED = "offered", _("Waiting for an answer")
    ACCEPTED = "accepted", _("Taken over")
    DECLINED = "declined", _("Said no")
    WITHDRAWN = "withdrawn", _("Taken back")
