"""Calendars to subscribe to. Calendar programs ask without signing in: the address itself is the key."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.events.models import CalendarFeed
from portal.events.services import calendar_feeds
from portal.municipalities.models import Municipality
from portal.municipalities.permissions import visible

_CALENDAR = "text/calendar; charset=utf-8"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def my_calendar(request: HttpRequest) -> HttpResponse:
    """The address of my own calendar: make one, or a new one so that the old stops."""
    if request.method == "POST":
        calendar_feeds.renew(request.user)
        messages.success(request, _("Here is the address. Whoever has it can see your events, so keep it to yourself."))
        return redirect("my_calendar")
    feed = visible(request.user, CalendarFeed).first()
    path = reverse("calendar_feed", args=[calendar_feeds.token_of(feed)]) if feed else ""
    context = {"address": settings.BASE_URL + path if path else ""}
    return render(request, "events/my_calendar.html", context)


@require_safe
@never_cache
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    feed = calendar_feeds.find(token)
    if feed is None:
        raise Http404
    response = HttpResponse(calendar_feeds.for_person(feed), content_type=_CALENDAR)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
@cache_control(public=True, max_age=900)
def municipality_feed(request: HttpRequest, slug: str) -> HttpResponse:
    municipality = Municipality.objects.filter(slug=slug).first()
    if municipality is None:
        raise Http404
    return HttpResponse(calendar_feeds.for_municipality(municipality), content_type=_CALENDAR)
