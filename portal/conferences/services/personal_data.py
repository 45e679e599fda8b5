"""What conferences know of people: told to them, and erased."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from portal.accounts.services.personal_data import Holder, Known, Section, text_of
from portal.conferences.models import SessionPlace, SessionStar, SessionVisit, Speaker
from portal.conferences.signals import programme_changed


def export(person) -> Iterable[Section]:
    places = SessionPlace.objects.filter(sign_up__person=person).select_related("session__conference")
    yield Section(
        "session_places",
        _("Your places in sessions"),
        [
            {
                _("Conference"): row.session.conference.title,
                _("Session"): row.session.title,
                _("State"): str(row.get_state_display()),
            }
            for row in places
        ],
    )
    visits = SessionVisit.objects.filter(sign_up__person=person, is_here=True).select_related("session__conference")
    yield Section(
        "session_visits",
        _("Sessions you came to"),
        [
            {
                _("Conference"): row.session.conference.title,
                _("Session"): row.session.title,
                _("When"): text_of(row.decided_at),
            }
            for row in visits
        ],
    )
    stars = SessionStar.objects.filter(person=person).select_related("session__conference")
    yield Section(
        "stars",
        _("Sessions you have starred"),
        [{_("Conference"): row.session.conference.title, _("Session"): row.session.title} for row in stars],
    )
    yield Section(
        "speaker",
        _("Where you take part in a programme"),
        [
            {
                _("Conference"): row.conference.title,
                _("Name"): row.name,
                _("Occupation"): row.occupation,
                _("Organisation"): row.organisation,
                _("About"): row.about,
                _("E-mail"): row.email,
                _("You have agreed since"): text_of(row.consent_at),
            }
            for row in _as_speaker(person.email).select_related("conference")
        ],
    )


def forget(known: Known) -> None:
    SessionStar.objects.filter(person=known.person).delete()
    hide(known)


def forget_name(known: Known) -> None:
    """A speaker of the same address is named nowhere any more; whoever is only of the same name is somebody else."""
    named = Speaker.objects.filter(Q(email__iexact=known.email or "-") | Q(email="", name__iexact=known.name or "-"))
    for speaker in named.select_related("conference"):
        Speaker.objects.filter(pk=speaker.pk).update(name=known.replacement, consent_at=None)
        programme_changed.send(sender=type(speaker.conference), conference=speaker.conference)


def hide(known: Known) -> None:
    """Whoever is named in no programme any more is not described or pictured there either."""
    _as_speaker(known.email).update(about="", occupation="", organisation="", email="", picture=None)


HOLDER = Holder(export=export, forget=forget, forget_name=forget_name, hide=hide)


def _as_speaker(email: str | None) -> QuerySet[Speaker]:
    return Speaker.objects.filter(email__iexact=email) if email else Speaker.objects.none()
