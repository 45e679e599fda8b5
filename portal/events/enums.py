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


class Approval(models.TextChoices):
    """What the manager of whoever signs up has to do with it."""

    NONE = "none", _("Nothing: people sign up themselves")
    INFORM = "inform", _("The manager gets a mail when somebody has a seat")
    APPROVE = "approve", _("The manager says yes or no to each sign-up")


class SignUpState(models.TextChoices):
    """What a person sees: eight words, since the two ways to wait for a manager are one to them."""

    AWAITING = "awaiting", _("Waiting for your manager’s answer")
    AWAITING_SEAT = "awaiting_seat", _("Waiting for your manager’s answer")
    CONFIRMED = "confirmed", _("You have a seat")
    WAITING = "waiting", _("On the waiting list")
    OFFERED = "offered", _("You are offered a seat")
    DECLINED = "declined", _("Declined")
    LAPSED = "lapsed", _("No answer in time")
    CANCELLED = "cancelled", _("Cancelled by you")
    EVENT_CANCELLED = "event_cancelled", _("The event was cancelled")

    @property
    def holds_seat(self) -> bool:
        """An offer holds its seat too, and so may a request: nobody else can take it while somebody decides."""
        return self in SEAT_HOLDING_STATES

    @property
    def awaits_manager(self) -> bool:
        return self in AWAITING_STATES

    @property
    def is_active(self) -> bool:
        return self in ACTIVE_STATES


AWAITING_STATES = (SignUpState.AWAITING, SignUpState.AWAITING_SEAT)
SEAT_HOLDING_STATES = (SignUpState.CONFIRMED, SignUpState.OFFERED, SignUpState.AWAITING_SEAT)
ACTIVE_STATES = (*SEAT_HOLDING_STATES, SignUpState.WAITING, SignUpState.AWAITING)
# Somebody must answer before a moment: the person an offer, the manager a request.
UNANSWERED_STATES = (SignUpState.OFFERED, *AWAITING_STATES)


class LinkState(models.TextChoices):
    """Whether an invitation link lets somebody in, and if not, why."""

    OPEN = "open", _("Open")
    FULL = "full", _("Used up")
    PAST = "past", _("Over")
    ENDED = "ended", _("Ended")


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


class Food(models.TextChoices):
    """What a kitchen asks for; what is none of these is written in words."""

    VEGETARIAN = "vegetarian", _("Vegetarian")
    VEGAN = "vegan", _("Vegan")
    NO_GLUTEN = "no_gluten", _("Without gluten")
    NO_LACTOSE = "no_lactose", _("Without lactose")
    NO_MILK = "no_milk", _("Without milk protein")
    NO_EGG = "no_egg", _("Without egg")
    NO_NUTS = "no_nuts", _("Without nuts")
    NO_FISH = "no_fish", _("Without fish and shellfish")
    NO_PORK = "no_pork", _("Without pork")
