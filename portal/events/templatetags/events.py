"""Events in lists, and the sentences that tell a person what happens next."""

import re
from datetime import datetime
from typing import Any, NamedTuple

import segno
from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.core.services import duration_text, moment_text
from portal.core.templatetags.components import json_ld
from portal.events import exports
from portal.events.enums import Availability, EventState, SignUpState
from portal.events.models import EventOccasion, SignUp, TrainingEvent
from portal.events.services import guests
from portal.events.services.attendance import Presence
from portal.events.services.bulk_acts import Act
from portal.events.services.funnels import Funnel, Stages
from portal.events.services.seat_pool import SeatPool
from portal.events.services.structured_data import describe
from portal.municipalities.enums import Visibility
from portal.municipalities.models import Municipality

register = template.Library()

_TIMES = re.compile(r"\d\d:\d\d–\d\d:\d\d")

_TAG_KINDS = {
    Availability.OPEN: "success",
    Availability.ALMOST_FULL: "warning",
    Availability.FULL: "info",
    Availability.CANCELLED: "danger",
}
_STATE_KINDS = {
    SignUpState.CONFIRMED: "success",
    SignUpState.WAITING: "info",
    SignUpState.OFFERED: "warning",
    SignUpState.AWAITING: "info",
    SignUpState.AWAITING_SEAT: "info",
}


@register.filter
def unbroken_times(text: str) -> SafeString:
    """The text with every "09:00–12:00" kept on one line."""
    return mark_safe(_TIMES.sub(r'<span class="no-wrap">\g<0></span>', escape(text)))  # noqa: S308 - escaped


@register.simple_tag
def occasion_line(occasion: EventOccasion) -> str:
    """ "onsdag 3 december kl. 09:00–12:00", with the year when it is another than this one."""
    starts_at, ends_at = timezone.localtime(occasion.starts_at), timezone.localtime(occasion.ends_at)
    day = date_format(starts_at, "l j F" if starts_at.year == timezone.localdate().year else "l j F Y")
    if starts_at.date() != ends_at.date():
        return f"{day} {starts_at:%H:%M} – {date_format(ends_at, 'l j F')} {ends_at:%H:%M}"
    return f"{day} {starts_at:%H:%M}–{ends_at:%H:%M}"


@register.inclusion_tag("components/card.html")
def event_card(event: TrainingEvent, heading_level: int = 3) -> dict[str, Any]:
    """A card of an event fetched with `for_listing()`: when, where, and whether one can still join."""
    availability = event.availability
    return _event_card(event, heading_level) | {
        "href": event.get_absolute_url(),
        "summary": event.summary_here,
        "translated": bool(event.summary_en),
        "tag_label": seats_left(event) if availability == Availability.ALMOST_FULL else availability.label,
        "tag_kind": _TAG_KINDS.get(availability, "neutral"),
    }


@register.inclusion_tag("components/card.html")
def sign_up_card(sign_up: SignUp, heading_level: int = 3) -> dict[str, Any]:
    """A card of one's own sign-up: when, where, and whether one has a seat. Its event was fetched with its dates."""
    return _event_card(sign_up.event, heading_level) | {
        "href": sign_up.get_absolute_url(),
        "tag_label": sign_up.get_state_display(),
        "tag_kind": sign_up_kind(sign_up),
    }


def _event_card(event: TrainingEvent, heading_level: int) -> dict[str, Any]:
    return {
        "title": event.title,
        "municipality": event.municipality,
        "facts": [
            (name, text)
            for name, text in (
                ("calendar", unbroken_times(capfirst(event_dates(event)))),
                (_place_icon(event), event_place(event)),
            )
            if text
        ],
        "heading_level": heading_level,
    }


def _place_icon(event: TrainingEvent) -> str:
    return "globe" if event.format == "online" else "place"


class Discovery(NamedTuple):
    """What an event's head says to those who show links to it; `image` only of what everybody may read."""

    address: str
    image: str
    structured: SafeString


@register.simple_tag
def event_discovery(event: TrainingEvent) -> Discovery:
    image = ""
    if event.visibility == Visibility.PUBLIC and event.state != EventState.DRAFT:
        image = settings.BASE_URL + reverse("share_image", kwargs={"kind": "tillfalle", "key": event.public_id})
    described = describe(event, image=image)
    return Discovery(described["url"], image, json_ld(described))


@register.simple_tag
def event_dates(event: TrainingEvent) -> str:
    """The first date, and how many more there are."""
    occasions = list(event.occasions.all())
    if not occasions:
        return ""
    line = occasion_line(occasions[0])
    more = len(occasions) - 1
    if more:
        line += " " + ngettext("and %(more)s more date", "and %(more)s more dates", more) % {"more": more}
    return line


@register.simple_tag
def event_place(event: TrainingEvent) -> str:
    if event.format == "online":
        return _("Online")
    return f"{event.place} / {_('online')}" if event.format == "both" else event.place


@register.simple_tag
def event_seats(event: TrainingEvent) -> SafeString:
    """The same bar for everybody: taken, kept and for whom until when, free, waiting."""
    pool = SeatPool.of(event, timezone.now())
    names = dict(Municipality.objects.filter(pk__in=pool.kept).values_list("pk", "short_name")) if pool.kept else {}
    shares = [(names.get(pk, ""), min(pool.held.get(pk, 0), seats), seats) for pk, seats in pool.kept.items()]
    context = {"event": event, "kept": pool.kept_free, "shares": sorted(shares)}
    return render_to_string("events/seats.html", context)


# The picture of a funnel, in units of which a phone shows about one a pixel.
_FUNNEL_WIDTH, _BARS_FROM, _LONGEST_BAR = 300, 114, 142
_HEADING_HEIGHT, _BAR_STEP, _BAR_HEIGHT, _GROUP_GAP = 26, 22, 14, 14


@register.inclusion_tag("events/funnel.html")
def funnel_picture(funnel: Funnel) -> dict[str, Any]:
    """How many signed up, have a seat and came, as bars of one scale with their numbers, and the same as a table."""
    longest = max(funnel.everybody.signed_up, 1)
    groups, y = [], 0
    for stages in funnel.all:
        heading_y = y + _HEADING_HEIGHT - 10
        y += _HEADING_HEIGHT
        bars = []
        for kind, label, number in _stages_shown(stages):
            width = round(_LONGEST_BAR * number / longest)
            bars.append(
                {
                    "kind": kind,
                    "label": label,
                    "number": number,
                    "width": width if number == 0 else max(width, 2),  # somebody is never nobody
                    "y": y,
                    "text_y": y + _BAR_HEIGHT - 2,
                    "number_x": _BARS_FROM + max(width, 2 if number else 0) + 8,
                }
            )
            y += _BAR_STEP
        groups.append({"name": stages.place or _("All"), "y": heading_y, "bars": bars})
        y += _GROUP_GAP
    return {
        "groups": groups,
        "width": _FUNNEL_WIDTH,
        "height": y - _GROUP_GAP,
        "bars_from": _BARS_FROM,
        "bar_height": _BAR_HEIGHT,
        "headings": [label for _kind, label, _number in _stages_shown(funnel.everybody)],
        "text": " ".join(_funnel_sentence(stages) for stages in funnel.all),
    }


def _stages_shown(stages: Stages) -> list[tuple[str, str, int]]:
    shown = [("signed-up", _("Have signed up"), stages.signed_up), ("confirmed", _("Have a seat"), stages.confirmed)]
    return shown if stages.came is None else [*shown, ("came", _("Have come"), stages.came)]


def _funnel_sentence(stages: Stages) -> str:
    numbers = ", ".join(f"{label.lower()} {number}" for _kind, label, number in _stages_shown(stages))
    return f"{stages.place or _('All')}: {numbers}."


@register.simple_tag
def seats_left(event: TrainingEvent) -> str:
    return ngettext("%(free)s seat left", "%(free)s seats left", event.seats_free) % {"free": event.seats_free}


@register.simple_tag
def availability_kind(event: TrainingEvent) -> str:
    return _TAG_KINDS.get(event.availability, "neutral")


@register.simple_tag
def sign_up_kind(sign_up: SignUp) -> str:
    return _STATE_KINDS.get(sign_up.current_state, "neutral")


@register.simple_tag
def what_happens_next(sign_up: SignUp, position: int | None = None) -> str:
    """One plain sentence: what the state means for the person, and what comes next and when."""
    event = sign_up.event
    if sign_up.state == SignUpState.CONFIRMED:
        if event.last_ends_at and event.last_ends_at <= timezone.now():
            return _("You had a seat. The event has taken place.")
        if sign_up.is_to_choose:
            return ngettext(
                "You have a seat. Choose which %(number)s of the dates you come to.",
                "You have a seat. Choose which %(number)s of the dates you come to.",
                event.dates_to_choose,
            ) % {"number": event.dates_to_choose}
        if not event.remind_days:
            return _("You have a seat.")
        return ngettext(
            "You have a seat. We remind you by mail %(days)s working day before.",
            "You have a seat. We remind you by mail %(days)s working days before.",
            event.remind_days,
        ) % {"days": event.remind_days}
    if sign_up.state == SignUpState.WAITING:
        return _what_waiting_means(sign_up, position)
    if sign_up.state == SignUpState.OFFERED:
        return _("A seat is held for you until %(when)s. Take it or decline it before then.") % {
            "when": moment_text(sign_up.answer_by, weekday=True)
        }
    if sign_up.current_state.awaits_manager:
        return _what_a_request_means(sign_up)
    if sign_up.state == SignUpState.DECLINED and sign_up.refusal:
        return _("Your manager said no: %(why)s") % {"why": sign_up.refusal}
    if sign_up.was_cancelled_by_organiser:
        return _("The organiser has cancelled your sign-up: %(why)s") % {"why": sign_up.refusal}
    return {
        SignUpState.DECLINED: _("You declined the seat. You can sign up again while sign-up is open."),
        SignUpState.LAPSED: _("No answer came in time. You can sign up again while sign-up is open."),
        SignUpState.CANCELLED: _("You have cancelled. You can sign up again while sign-up is open."),
        SignUpState.EVENT_CANCELLED: _("The organiser has cancelled the event. You need not do anything."),
    }[sign_up.current_state]


def _what_a_request_means(sign_up: SignUp) -> str:
    when = {"when": moment_text(sign_up.answer_by, weekday=True)}
    if sign_up.state == SignUpState.AWAITING_SEAT:
        return _("Your manager answers by %(when)s. A seat is held for you until then.") % when
    return (
        _("Your manager answers by %(when)s. No seat is held: after a yes you get a free one, or your place in line.")
        % when
    )


def _what_waiting_means(sign_up: SignUp, position: int | None) -> str:
    event, now = sign_up.event, timezone.now()
    where = (
        _("You are number %(position)s in the waiting list.") % {"position": position}
        if position
        else _("You are on the waiting list.")
    )
    stops_at = event.offers_stop_at()
    if event.has_started_at(now):
        then = _("The event has started, and no more seats are given.")
    elif sign_up.takes_seat_at_once:
        then = _("When a seat is free and it is your turn, it is yours at once, and you get a mail.")
    elif stops_at and stops_at <= now:
        then = _("It is too close to the event to ask in turn: a seat that gets free goes to whoever takes it first.")
    else:
        then = _("When a seat is free and it is your turn, you get a mail and have %(hours)s hours to answer.") % {
            "hours": event.offer_hours
        }
    return f"{where} {then}"


@register.simple_tag
def event_trail(event: TrainingEvent) -> list[tuple[str, str]]:
    """Breadcrumbs of an event's page."""
    return [(_("Events"), reverse("event_list")), (event.title, "")]


@register.simple_tag
def sign_up_address(sign_up: SignUp) -> str:
    """Where a mail leads to, for the person alone."""
    return guests.address_in_mails(sign_up)


@register.simple_tag
def my_trail(current: str) -> list[tuple[str, str]]:
    """Breadcrumbs of a page under My pages."""
    return [(_("My pages"), reverse("my_pages")), (current, "")]


@register.simple_tag
def event_act_trail(event: TrainingEvent, current: str) -> list[tuple[str, str]]:
    """Breadcrumbs of something one does with an event."""
    return [(_("Events"), reverse("event_list")), (event.title, event.get_absolute_url()), (current, "")]


@register.simple_tag
def sign_up_act_trail(sign_up: SignUp, current: str) -> list[tuple[str, str]]:
    """Breadcrumbs of something one does with one's sign-up."""
    return [(_("My pages"), reverse("my_pages")), (sign_up.event.title, sign_up.get_absolute_url()), (current, "")]


@register.simple_tag
def request_trail(sign_up: SignUp) -> list[tuple[str, str]]:
    """Breadcrumbs of a request."""
    return [
        (_("My pages"), reverse("my_pages")),
        (_("My unit"), reverse("my_team")),
        (str(sign_up.person), ""),
    ]


@register.simple_tag
def participant_state(sign_up: SignUp) -> str:
    """The state as somebody else than the person reads it."""
    return exports.participant_state(sign_up)


@register.filter
def length_in_words(minutes: int) -> str:
    """ "6 hours", "1 hour 30 minutes", "45 minutes"."""
    hours, rest = divmod(minutes, 60)
    words = []
    if hours:
        words.append(ngettext("%(number)s hour", "%(number)s hours", hours) % {"number": hours})
    if rest or not hours:
        words.append(ngettext("%(number)s minute", "%(number)s minutes", rest) % {"number": rest})
    return " ".join(words)


@register.filter
def dated_line(moments: tuple[datetime, datetime]) -> str:
    """ "3 december 2026 kl. 09:00–12:00": what is kept for years says its year."""
    starts_at, ends_at = (timezone.localtime(moment) for moment in moments)
    day = date_format(starts_at, "j F Y")
    if starts_at.date() != ends_at.date():
        return f"{day} {starts_at:%H:%M} – {date_format(ends_at, 'j F Y')} {ends_at:%H:%M}"
    return f"{day} {starts_at:%H:%M}–{ends_at:%H:%M}"


@register.simple_tag
def sign_up_qr(sign_up: SignUp) -> SafeString:
    """The QR code that leads the phone of a door helper to the check-in page of the sign-up (ISO/IEC 18004).

    With the four modules of quiet zone that the standard asks for; a picture to a screen reader, named by its text.
    """
    address = settings.BASE_URL + reverse("check_in", kwargs={"uid": sign_up.uid})
    return _qr(address, _("QR code of your sign-up. The code below says the same: %(code)s") % {"code": sign_up.code})


@register.simple_tag
def event_qr(event: TrainingEvent) -> SafeString:
    """The QR code that leads to the event's page."""
    return _qr(settings.BASE_URL + event.get_absolute_url(), _("QR code that leads to the event’s page"))


def _qr(address: str, label: str) -> SafeString:
    drawing = segno.make(address, error="m", micro=False).svg_inline(border=4, light="#fff", omitsize=True)
    return mark_safe(f'<div class="qr" role="img" aria-label="{escape(label)}">{drawing}</div>')  # noqa: S308 - ours


@register.filter
def spaced_code(code: str) -> str:
    """The code in two halves, as people read it aloud."""
    half = len(code) // 2
    return f"{code[:half]} {code[half:]}"


@register.filter
def minutes_text(minutes: int) -> str:
    """Minutes as "3 h 30 min"."""
    return duration_text(minutes)


@register.simple_tag
def act_line(act: Act) -> str:
    """What the organiser did and can undo: "You cancelled 3 sign-ups at 14:32."."""
    says = {"number": act.number, "time": f"{timezone.localtime(act.at):%H:%M}"}
    texts = {
        "cancelled_by_organiser": ngettext(
            "You cancelled %(number)s sign-up at %(time)s.",
            "You cancelled %(number)s sign-ups at %(time)s.",
            act.number,
        ),
        "given_by_organiser": ngettext(
            "You gave %(number)s person a seat at %(time)s.",
            "You gave %(number)s people a seat at %(time)s.",
            act.number,
        ),
        "offered_by_organiser": ngettext(
            "You offered %(number)s person a seat at %(time)s.",
            "You offered %(number)s people a seat at %(time)s.",
            act.number,
        ),
    }
    return texts[act.reason] % says


@register.filter
def at_key(mapping: dict, key: object) -> Any:
    """What `mapping` has there; None for nothing."""
    return mapping.get(key)


@register.filter
def presence_text(entry: SignUp, presences: dict[int, Presence]) -> str:
    """Whether somebody came, once it can be told."""
    return exports.presence_text(presences.get(entry.pk))
