"""How the portal is found by others: the map for search engines, what they leave alone, and pictures beside links."""

from datetime import timedelta
from hashlib import md5

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap as sitemap_view
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from cms.models import ConferencePage, SharedPage
from cms.services import share_images
from portal.core.services import moment_text
from portal.events.models import TrainingEvent
from portal.municipalities.permissions import visible

_EVERYBODY = AnonymousUser()


class _Lists(Sitemap):
    i18n = True
    alternates = True
    x_default = True

    def items(self) -> list[str]:
        return ["course_list", "event_list", "method_list", "lesson_list", "conference_list"]

    def location(self, item: str) -> str:
        return reverse(item)


class _Pages(Sitemap):
    """What everybody may read, at its own address: in the language it is written in."""

    limit = 5000

    def items(self):
        return SharedPage.objects.readable_by(_EVERYBODY).order_by("path")

    def lastmod(self, item: SharedPage):
        return item.last_published_at

    def location(self, item: SharedPage) -> str:
        return item.get_url()


class _Events(Sitemap):
    limit = 5000

    def items(self):
        events = visible(_EVERYBODY, TrainingEvent).published().upcoming(timezone.now())
        return events.order_by("first_starts_at", "pk")

    def location(self, item: TrainingEvent) -> str:
        return item.get_absolute_url()


SITEMAPS = {"lists": _Lists, "pages": _Pages, "events": _Events}


@require_GET
@cache_control(public=True, max_age=3600)
def sitemap(request: HttpRequest) -> HttpResponse:
    """sitemap.xml (sitemaps.org, 0.9): only what everybody may read, whoever asks."""
    with override(settings.LANGUAGE_CODE):
        return sitemap_view(request, SITEMAPS).render()


@require_GET
@cache_control(public=True, max_age=86400)
def robots(request: HttpRequest) -> HttpResponse:
    """robots.txt (RFC 9309)."""
    context = {"sitemap": settings.BASE_URL + reverse("sitemap")}
    return render(request, "robots.txt", context, content_type="text/plain; charset=utf-8")


@require_GET
@cache_control(public=True, max_age=86400)
def security_txt(request: HttpRequest) -> HttpResponse:
    """Whom to tell of a weakness (RFC 9116); not found where the installation names nobody."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    contact = settings.SECURITY_CONTACT
    lines = [
        f"Contact: {contact if ':' in contact else f'mailto:{contact}'}",
        # The RFC asks for less than a year; made anew with each answer, so that it never runs out.
        f"Expires: {timezone.now() + timedelta(days=180):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: sv, en",
        f"Canonical: {settings.BASE_URL}{reverse('security_txt')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_GET
@cache_control(public=True, max_age=86400)
def share_image(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """The picture for a public page (`kind` "sida", its id) or event ("tillfalle", its public id); else not found.

    Asked without rights, whoever asks: it is kept by others and shown to anybody.
    """
    title, line, accent, is_co_funded, version = _public_page(key) if kind == "sida" else _public_event(key)
    cache_key = f"share-image:{kind}:{key}:{version}"
    picture = cache.get(cache_key)
    if picture is None:
        picture = share_images.draw(title, line, accent=accent, is_co_funded=is_co_funded)
        cache.set(cache_key, picture, 86400)
    return HttpResponse(picture, content_type="image/png")


# Title, line, colour, whether the EU pays for it, and what makes it another picture.
_Shown = tuple[str, str, str, bool, str]


def _public_page(key: str) -> _Shown:
    pages = SharedPage.objects.readable_by(_EVERYBODY).select_related("municipality")
    page = pages.filter(pk=int(key)).first() if key.isdigit() else None
    if page is None:
        raise Http404
    page = page.specific
    with override(settings.LANGUAGE_CODE):
        kind = page.dates_text if isinstance(page, ConferencePage) else page.kind_label
    owner, project = page.municipality, getattr(page, "collaboration", None)
    line = f"{kind} · {owner.short_name}" if owner else page.title
    is_co_funded = project is not None and project.is_esf_project
    version = f"{page.latest_revision_id}-{is_co_funded}"
    return page.title, line, owner.accent_colour if owner else "#ffb84d", is_co_funded, version


def _public_event(key: str) -> _Shown:
    events = visible(_EVERYBODY, TrainingEvent).published().filter(public_id=key)
    event = events.select_related("municipality", "collaboration").first()
    if event is None:
        raise Http404
    with override(settings.LANGUAGE_CODE):
        when = moment_text(event.first_starts_at)
    line = " · ".join(part for part in (when, event.municipality.short_name) if part)
    is_co_funded = event.collaboration is not None and event.collaboration.is_esf_project
    version = md5(f"{event.title}{line}{is_co_funded}".encode(), usedforsecurity=False).hexdigest()
    return event.title, line, event.municipality.accent_colour, is_co_funded, version
