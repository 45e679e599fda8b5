"""What everybody who may read a conference's page reads of its programme: always a version that was released."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from cms.models import ConferencePage, PortalImage, SharedPage
from cms.services import starred
from portal.conferences.enums import SessionKind
from portal.conferences.models import Conference, Release, Session
from portal.conferences.services import changes, materials, places, programmes
from portal.conferences.services.grids import grid_of
from portal.conferences.services.programmes import Programme, ProgrammeSession
from portal.events.models import TrainingEvent
from portal.municipalities.permissions import get_for, visible

BY = ("time", "track", "room")


class ProgrammeFilter(forms.Form):
    """Filters in the address; a value that does not exist is ignored."""

    day = forms.ChoiceField(label=gettext_lazy("Day"), required=False)
    track = forms.ChoiceField(label=gettext_lazy("Track"), required=False)
    room = forms.ChoiceField(label=gettext_lazy("Room"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)

    def __init__(self, *args, programme: Programme, **kwargs):
        super().__init__(*args, **kwargs)
        choices = {
            "day": [(day.date.isoformat(), _day_label(day.date)) for day in programme.days],
            "track": [(track.id, track.name) for track in programme.tracks],
            "room": [(room.id, room.name) for room in programme.rooms],
            "kind": [(kind, SessionKind(kind).label) for kind in programme.kinds],
        }
        for name, values in choices.items():
            # One day, or one track, is no choice.
            if len(values) < 2:
                del self.fields[name]
            else:
                self.fields[name].choices = [("", _("All")), *values]

    def chosen(self) -> dict[str, str]:
        """What narrows the programme; what is no choice narrows nothing."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


@dataclass(frozen=True)
class Group:
    """Sessions under one heading: a day, a track, a room."""

    heading: str
    sessions: list[ProgrammeSession]
    is_day: bool = False
    note: str = ""
    colour: str = ""


@require_GET
def programme(request: HttpRequest, public_id: str, number: int | None = None) -> HttpResponse:
    """The public programme, or an earlier version of it, as a list or a table, narrowed by what the address says."""
    conference, page = conference_for(request, public_id)
    shown, release = _version(conference, page, number)
    view = "grid" if request.GET.get("view") == "grid" else "list"
    by = request.GET.get("by") if request.GET.get("by") in BY else "time"
    context = {
        "conference": conference,
        "page": page,
        "programme": shown,
        "release": release,
        "is_latest": number is None or (page.programme is not None and number == page.programme.number),
        "view": view,
        "by": by,
    }
    if shown is not None:
        filters = ProgrammeFilter(request.GET, programme=shown)
        chosen = filters.chosen()
        narrowed = shown.only(lambda session: _matches(session, chosen))
        context |= {
            "filters": filters,
            "chosen": chosen,
            "number_shown": len(narrowed.sessions),
            "query": "&".join(f"{name}={value}" for name, value in chosen.items()),
            "groups": [] if view == "grid" else _groups(narrowed, by),
            "grids": [grid_of(day, narrowed.rooms) for day in narrowed.days] if view == "grid" else [],
            "stars": starred.chosen(request, conference),
            "bookable": places.of_conference(conference) if number is None else {},
            **now_and_next(shown),
        }
    return render(request, "cms/programme.html", context)


@require_GET
def programme_session(request: HttpRequest, public_id: str, session_id: str) -> HttpResponse:
    """One session of the public version: when, where, who, what it is about, and what it left behind.

    A film of another service is in the page only when somebody has pressed play (`?film=`): before that nobody but us
    knows of the reader.
    """
    conference, page = conference_for(request, public_id)
    return show_session(request, conference, page, session_id)


def show_session(
    request: HttpRequest,
    conference: Conference,
    page: ConferencePage,
    session_id: str,
    *,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of one session, with what came of an act on it. Raises Http404 where it is not in the programme."""
    session = page.programme.session(session_id) if page.programme else None
    if session is None:
        raise Http404
    context = {
        "conference": conference,
        "page": page,
        "session": session,
        "error": error,
        "stars": starred.chosen(request, conference),
        **_places_of(request, conference, page.programme, session),
        "about": visible(request.user, SharedPage)
        .filter(pk__in=session.page_ids)
        .in_language()
        .for_listing()
        .order_by("title")
        .specific(),
        "materials": [
            (material, materials.film_of(material))
            for material in materials.shown(conference, page.programme, timezone.now()).get(session.id, [])
        ],
        "transcript": Session.objects.values_list("transcript", flat=True).filter(public_id=session_id).first(),
        "playing": request.GET.get("film", ""),
        "meanwhile": [s for s in page.programme.sessions if s.overlaps(session) and s.id != session.id],
    }
    response = render(request, "cms/programme_session.html", context, status=status)
    playing = [film for material, film in context["materials"] if film and str(material.pk) == context["playing"]]
    if playing:
        response._csp_update = {"frame-src": [f"https://{urlsplit(playing[0].address).hostname}"]}
    return response


@require_GET
def programme_speaker(request: HttpRequest, public_id: str, speaker_id: str) -> HttpResponse:
    """Somebody who takes part in the public version and has said yes to being named."""
    conference, page = conference_for(request, public_id)
    speakers = {speaker.id: speaker for speaker in page.programme.speakers} if page.programme else {}
    if speaker_id not in speakers:
        raise Http404
    context = {
        "conference": conference,
        "page": page,
        "speaker": speakers[speaker_id],
        "picture": PortalImage.objects.filter(pk=speakers[speaker_id].picture_id).first(),
        "sessions": page.programme.sessions_of(speaker_id),
    }
    return render(request, "cms/programme_speaker.html", context)


@require_GET
def programme_changes(request: HttpRequest, public_id: str) -> HttpResponse:
    """Every version with what it changed, the newest first."""
    conference, page = conference_for(request, public_id)
    releases = [(release, changes.loaded(release.changes)) for release in conference.releases.all()]
    context = {"conference": conference, "page": page, "releases": releases}
    return render(request, "cms/programme_changes.html", context)


@require_GET
def programme_changes_feed(request: HttpRequest, public_id: str) -> HttpResponse:
    """The versions as an Atom feed (RFC 4287)."""
    conference, page = conference_for(request, public_id)
    feed = Atom1Feed(
        title=_("Changes in the programme: %(title)s") % {"title": page.title},
        link=request.build_absolute_uri(conference.get_absolute_url()),
        description="",
        language=get_language(),
        feed_url=request.build_absolute_uri(),
    )
    for release in conference.releases.select_related("conference"):
        lines = [f"{change.title}: {', '.join(change.labels)}" for change in changes.loaded(release.changes)]
        feed.add_item(
            title=release.name,
            link=request.build_absolute_uri(release.get_absolute_url()),
            description="\n".join(filter(None, [release.comment, *lines])),
            pubdate=release.at,
            updateddate=release.at,
            unique_id=f"urn:samlarande:programme:{conference.public_id}:{release.number}",
        )
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


def conference_for(request: HttpRequest, public_id: str) -> tuple[Conference, ConferencePage]:
    """The conference and its page, if the reader may read the page. Raises Http404 otherwise."""
    conference = get_for(request.user, "see", Conference, public_id=public_id)
    page = ConferencePage.objects.select_related("municipality", "collaboration").get(pk=conference.page_id)
    page.__dict__["conference"] = conference
    return conference, page


def _places_of(
    request: HttpRequest, conference: Conference, programme: Programme, session: ProgrammeSession
) -> dict[str, Any]:
    """What the reader can do about a place in the session; nothing where none is booked, or it has begun."""
    there = places.of_conference(conference).get(session.id)
    if there is None or session.starts_at is None or session.starts_at <= timezone.now():
        return {}
    mine = places.of_person(conference, request.user)
    own = mine.get(session.id)
    seat = places.seat_of(conference, request.user)
    others = [other for other in programme.sessions if other.id in mine and other.id != session.id]
    return {
        "places": there,
        "own_place": own,
        "position": places.position_in_queue(own) if own else None,
        "has_seat": seat is not None,
        "clashing": next((other for other in others if other.overlaps(session)), None) if seat and not own else None,
        "registration": None
        if seat
        else visible(request.user, TrainingEvent).published().filter(conference=conference.pk).first(),
    }


def now_and_next(programme: Programme) -> dict[str, list[ProgrammeSession]]:
    now, following = programme.now_and_next(timezone.now())
    return {"now_on": now, "next_on": following}


def _version(
    conference: Conference, page: ConferencePage, number: int | None
) -> tuple[Programme | None, Release | None]:
    if number is None:
        return page.programme, None
    release = conference.releases.filter(number=number).first()
    if release is None:
        raise Http404
    return programmes.of_release(release), release


def _matches(session: ProgrammeSession, chosen: dict[str, str]) -> bool:
    has = {
        "day": session.day.isoformat() if session.day else "",
        "track": session.track.id if session.track else "",
        "room": session.room.id if session.room else "",
        "kind": session.kind,
    }
    return all(has[name] == value for name, value in chosen.items())


def _groups(programme: Programme, by: str) -> list[Group]:
    sessions = programme.sessions
    if by == "track":
        groups = [
            Group(track.name, [s for s in sessions if s.track == track], colour=track.colour)
            for track in programme.tracks
        ]
        groups.append(Group(_("For everybody"), [s for s in sessions if s.track is None]))
    elif by == "room":
        groups = [
            Group(room.name, [s for s in sessions if s.room == room], note=room.directions) for room in programme.rooms
        ]
        groups.append(Group(_("Without a room"), [s for s in sessions if s.room is None]))
    else:
        groups = [Group(_day_label(day.date), day.sessions, is_day=True) for day in programme.days]
    return [group for group in groups if group.sessions]


def _day_label(day: date) -> str:
    label = date_format(day, "l j F")
    return label[:1].upper() + label[1:]
