from django.db import models
from django.utils.translation import gettext_lazy as _


class EventFormat(models.TextChoices):
    ON_SITE = "on_site", _("On site")
    ONLINE = "online", _("Online")
    BOTH = "both", _("On site and online")


class EventState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    CANCELLED = "cancelled", _("Cancelled")


class SignUpState(models.TextChoices):
    CONFIRMED = "confirmed", _("You have a seat")
    WAITING = "waiting", _("On the waiting list")
    OFFERED = "offered", _("You are offered a seat")
    DECLINED = "declined", _("You declined")
    LAPSED = "lapsed", _("The offer ran out")
    CANCELLED = "cancelled", _("Cancelled by you")
    EVENT_CANCELLED = "event_cancelled", _("The event was cancelled")

    @property
    def holds_seat(self) -> bool:
        """An offer holds its seat too: nobody else can take it while the person decides."""
        return self in SEAT_HOLDING_STATES

    @property
    def is_active(self) -> bool:
        return self in ACTIVE_STATES


SEAT_HOLDING_STATES = (SignUpState.CONFIRMED, SignUpState.OFFERED)
ACTIVE_STATES = (SignUpState.CONFIRMED, SignUpState.OFFERED, SignUpState.WAITING)


class Availability(models.TextChoices):
    """What a person who looks at an event can do about it now."""

    OPEN = "open", _("Open for sign-up")
    ALMOST_FULL = "almost_full", _("Few seats left")
    FULL = "full", _("Full: join the waiting list")
    NOT_YET_OPEN = "not_yet_open", _("Sign-up has not opened")
    CLOSED = "closed", _("Sign-up has closed")
    PAST = "past", _("Has taken place")
    CANCELLED = "cancelled", _("Cancelled")
    DRAFT = "draft", _("Draft")
