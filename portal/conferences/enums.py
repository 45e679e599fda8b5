from django.db import models
from django.utils.translation import gettext_lazy as _


class SessionKind(models.TextChoices):
    LECTURE = "lecture", _("Lecture")
    PANEL = "panel", _("Panel")
    WORKSHOP = "workshop", _("Workshop")
    EXHIBITION = "exhibition", _("Exhibition")
    BREAK = "break", _("Break")


class RoomKind(models.TextChoices):
    ON_SITE = "on_site", _("On site")
    DIGITAL = "digital", _("Digital")


class TrackColour(models.TextChoices):
    """Names of colours in `tokens.css`: each readable in light and dark, and never the only sign of a track."""

    BLUE = "blue", _("Blue")
    GREEN = "green", _("Green")
    YELLOW = "yellow", _("Yellow")
    RED = "red", _("Red")
    PURPLE = "purple", _("Purple")
    TEAL = "teal", _("Turquoise")
    ORANGE = "orange", _("Orange")
    GREY = "grey", _("Grey")


class PartRole(models.TextChoices):
    """What somebody does in a session."""

    SPEAKER = "speaker", _("Speaker")
    MODERATOR = "moderator", _("Moderator")
    PANELLIST = "panellist", _("Panellist")


class MaterialKind(models.TextChoices):
    SLIDES = "slides", _("Slides")
    RECORDING = "recording", _("Recording")
    TEXT = "text", _("To read")
    OTHER = "other", _("Other")


class PlaceState(models.TextChoices):
    BOOKED = "booked", _("You have a place")
    WAITING = "waiting", _("On the waiting list")


class ChangeKind(models.TextChoices):
    """What a release did to one session, as the public list of changes says it."""

    NEW = "new", _("New")
    GONE = "gone", _("Taken out")
    TIME = "time", _("New time")
    ROOM = "room", _("New room")
    PEOPLE = "people", _("Others take part")
    TEXT = "text", _("New text")


class ClashKind(models.TextChoices):
    """What is odd about a programme; `REFUSED` are the kinds that no release may have."""

    ROOM = "room", _("Two things in the same room at the same time")
    SPEAKER = "speaker", _("Somebody is in two places at the same time")
    BREAK = "break", _("At the same time as a break")
    OUTSIDE = "outside", _("On a day that the conference is not on")
    NO_TIME = "no_time", _("Has no time yet, and is left out")
    NO_ROOM = "no_room", _("Has no room yet")
    NO_CONSENT = "no_consent", _("Somebody has not said yes to being named, and is not")


REFUSED = (ClashKind.ROOM, ClashKind.SPEAKER)
