"""What is done with people's data: the register that each municipality keeps, as the portal can tell it.

Regulation (EU) 2016/679 (GDPR), Articles 13, 14 and 30: purpose, whose and which data, on what ground, who receives it,
how long. `tests/accounts/test_processing.py` fails when a class of `portal.core.retention` stands in none of them.
"""

from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.core.retention import Retention

# Article 6(1) GDPR.
PUBLIC_TASK = _("Task in the public interest (Article 6.1 e).")
LEGAL_OBLIGATION = _("Legal obligation (Article 6.1 c).")
CONSENT = _("Your consent (Article 6.1 a), which you withdraw when you like.")


@dataclass(frozen=True)
class Processing:
    """One thing that is done with people's data; `kept` says how long, in the words of `Retention`."""

    key: str
    name: str | Promise
    purpose: str | Promise
    people: str | Promise
    data: str | Promise
    ground: str | Promise
    receivers: str | Promise
    kept: tuple[Retention, ...]


REGISTER = (
    Processing(
        "accounts",
        _("Accounts and sign-in"),
        _("That everybody sees what their role lets them see, and nobody comes in as somebody else."),
        _("Staff of the municipalities and organisations that take part, and guests of public events."),
        _("Name, work e-mail, municipality, unit and roles; when you signed in and in which browser; second steps."),
        PUBLIC_TASK,
        _("Administrators and coordinators of your own municipality."),
        (Retention.ACCOUNT, Retention.SHORT),
    ),
    Processing(
        "events",
        _("Sign-ups to events and conferences"),
        _("To give seats in turn, tell what happens, and certify that you came."),
        _("Those who sign up, are signed up by their manager, or come at the door."),
        _("What you sign up for and when, answers to the organiser’s questions, attendance, certificates."),
        PUBLIC_TASK,
        _("The organisers of the event, your manager where they say yes or no, door helpers on the day."),
        (Retention.PARTICIPATION, Retention.DETAILS),
    ),
    Processing(
        "needs",
        _("Food and access"),
        _("That you can eat and take part."),
        _("Those who tell of a need."),
        _("What you write, encrypted. It may say something of your health."),
        CONSENT,
        _("The organisers of that event. The kitchen sees numbers without names."),
        (Retention.NEEDS,),
    ),
    Processing(
        "evidence",
        _("Evidence for EU projects"),
        _("To show those who check the European Social Fund that what was paid for took place."),
        _("Those who came to an event of a project paid by the fund."),
        _("Your name and which event you came to."),
        LEGAL_OBLIGATION,
        _("The project’s owner, the Swedish ESF Council and its auditors when they ask."),
        (Retention.EVIDENCE,),
    ),
    Processing(
        "mails",
        _("Mails from the portal"),
        _("To tell what you have signed up for, been asked or asked to hear of."),
        _("Those whom a mail is sent to."),
        _("Address, subject and text."),
        PUBLIC_TASK,
        _("You alone."),
        (Retention.MAIL,),
    ),
    Processing(
        "texts",
        _("Texts, pictures and comments"),
        _("That what one municipality has learned can be used by others."),
        _("Those who write, comment, upload, or are the one to ask."),
        _("Who wrote what and when; the contact’s name and e-mail on the page."),
        PUBLIC_TASK,
        _("Those who may read the page; everybody, for public pages."),
        (Retention.WORK, Retention.CONTACT),
    ),
    Processing(
        "speakers",
        _("Those who take part in a programme"),
        _("That visitors see who speaks."),
        _("Speakers and moderators."),
        _("Name, title, organisation, and a text about you."),
        CONSENT,
        _("Everybody, once you have said yes."),
        (Retention.SPEAKER,),
    ),
    Processing(
        "log",
        _("The log"),
        _("That it can be told afterwards who did, saw in bulk or exported what."),
        _("Those who act with a role."),
        _("Act, moment, and whom it concerned."),
        LEGAL_OBLIGATION,
        _("Administrators of the municipality, and the portal administrator."),
        (Retention.LOG,),
    ),
    Processing(
        "searches",
        _("What is searched for"),
        _("To find what is missing."),
        _("Nobody who can be told: searches are noted without who searched."),
        _("The words, and how many hits they had."),
        PUBLIC_TASK,
        _("Coordinators."),
        (Retention.SEARCH,),
    ),
)


@dataclass(frozen=True)
class Cookie:
    """A cookie that the portal sets: `name` as in the browser."""

    name: str
    purpose: str | Promise
    lasts: str | Promise
    is_set: str | Promise


# Needed for what the reader asks for, so that no consent is asked: Act (2022:482) on Electronic Communications, 9:28.
COOKIES = (
    Cookie(
        settings.SESSION_COOKIE_NAME,
        _("Remembers that you are signed in."),
        _("Two weeks, or until you sign out."),
        _("Signing in"),
    ),
    Cookie(
        settings.CSRF_COOKIE_NAME,
        _("Lets nobody else send a form in your name."),
        _("A year."),
        _("Opening a page with a form"),
    ),
    Cookie("reading", _("Your reading settings."), _("A year."), _("Choosing reading settings")),
    Cookie(
        "mitt_program",
        _("The sessions you have starred without signing in."),
        _("A year."),
        _("Starring a session"),
    ),
)
