"""The coordinators' guide: what one does, part by part, with pictures that `make screenshots` takes."""

from dataclasses import dataclass

from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

# Of every picture, as tests/pictures takes it.
WIDTH, HEIGHT = 1280, 620


@dataclass(frozen=True)
class Part:
    """A part of the guide. `picture` is the name of a file below static/guide/; `described` says what it shows."""

    key: str
    heading: str
    text: str
    steps: list[str]
    picture: str
    described: str
    href: str
    way: str
    height: int = HEIGHT

    width: int = WIDTH

    @property
    def address(self) -> str:
        """Of the picture."""
        return static(f"guide/{self.picture}.webp")


def parts() -> list[Part]:
    """In the order in which a new coordinator meets them."""
    return [
        Part(
            "workspace",
            _("Begin in the workspace"),
            _("Everything that waits for you stands at the top: offers, approvals, pages to look at again, questions."),
            [
                _("Open the workspace from the menu."),
                _("Take what stands under “Needs you” from the top down. What is done goes away by itself."),
                _("Below you find your events, your pages, and what you share."),
            ],
            "workspace",
            _("The workspace: what needs you, and below it a table of your events."),
            reverse("workspace"),
            _("To the workspace"),
        ),
        Part(
            "event",
            _("Make an event"),
            _("An event takes five minutes. You can save it as a draft and go on later."),
            [
                _("Write what it is about in one to three short sentences. That is all many read."),
                _("Give dates, place and how many seats there are. The portal keeps the waiting list for you."),
                _("Choose who may see it: only you, chosen municipalities, all members, or everybody."),
                _("Publish. Then look at it as others see it, with “See it as others do”."),
            ],
            "new-event",
            _("The form for a new event, with the fields for who arranges it, title and summary."),
            reverse("event_create"),
            _("Make a new event"),
        ),
        Part(
            "participants",
            _("Follow the sign-ups"),
            _(
                "On the event’s page in the workspace you see who has a seat and who waits. Seats that get free go "
                "to the next in turn by themselves, with a mail."
            ),
            [
                _("Choose one or several people to write to them, move them or give them a seat."),
                _(
                    "Before a mail goes to many you see it, and how many get it. What you do to many can be taken "
                    "back for ten minutes."
                ),
                _(
                    "Print the list, or fetch it for a spreadsheet. Food and access needs are shown apart, and are "
                    "erased afterwards."
                ),
            ],
            "participants",
            _("The page of an event: how many seats are taken, and the way to who came."),
            reverse("workspace_events"),
            _("To my events"),
        ),
        Part(
            "door",
            _("Tick off those who come"),
            _(
                "From twelve hours before the start the list is open, on a phone too. It works where the network is "
                "poor: what you tick is kept and sent when it is back."
            ),
            [
                _("Point the camera at the code on the slip or the phone, or press the name."),
                _("Whoever has no seat but is there can be added."),
                _("Those who came get a certificate, if you have chosen so."),
            ],
            "door",
            _("The list at the door, with names to tick off."),
            reverse("attendance_list"),
            _("To who came"),
        ),
        Part(
            "writing",
            _("Write so that it is read"),
            _(
                "Courses, methods and lessons are written in the editor. While you write it counts how hard the "
                "text is to read."
            ),
            [
                _("Begin with “In short”: what it is, for whom, and what one gets from it."),
                _(
                    "Open the checks with the glasses at the top. Aim at a LIX of at most 40, and cut the sentences "
                    "that are listed as long."
                ),
                _(
                    "Describe each picture for those who do not see it. Without a description the page cannot be "
                    "shared."
                ),
                _("Write a version in plain language where the text is long or hard. Readers choose between the two."),
                _("Tell what did not work, too. It saves others the trouble."),
            ],
            "editor",
            _("The editor with a course open. To the right the checks: number of words, reading time and LIX."),
            reverse("workspace"),
            _("To the workspace, where new pages are made"),
            900,
        ),
        Part(
            "sharing",
            _("Share, and use what others have made"),
            _(
                "You decide who may read, page by page, and can take it back. What others share with you can be "
                "shown as it is, or made your own."
            ),
            [
                _("Under “For whom” in the editor you choose the audience, and see how many will read it."),
                _("On another municipality’s page: press “Show or use it with us”."),
                _("When the original changes, you are told, and take over what you want, part by part."),
                _("Once a year you are asked whether the page still holds. Confirm, rewrite or retire it."),
            ],
            "sharing",
            _("What we share: a list of pages with their audience, and the way to withdraw each."),
            reverse("sharing"),
            _("To what we share"),
        ),
    ]
