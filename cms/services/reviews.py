"""Looking at a page again: the owner confirms that it holds, rewrites it, or retires it."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page

from cms.models import CoursePage, LessonPage, MethodPage, SharedPage
from cms.services.sharing import change_revisions
from portal.core.services import ActionRefused
from portal.municipalities.enums import AuditAct
from portal.municipalities.services import audit
from portal.municipalities.services.people import coordinators_of
from portal.notifications.services.outbox import queue_mail

HOLDS_FOR = timedelta(days=365)
KINDS = (CoursePage, MethodPage, LessonPage)


def next_review(today: date | None = None) -> date:
    return (today or timezone.localdate()) + HOLDS_FOR


def due(today: date | None = None):
    """Published courses, methods and lessons whose day to be looked at again has come."""
    of_kind = Q()
    for model in KINDS:
        of_kind |= Q(pk__in=model.objects.values("pk"))
    return SharedPage.objects.live().filter(of_kind, review_date__lte=today or timezone.localdate())


@transaction.atomic
def give_date(page: SharedPage, today: date | None = None) -> None:
    """A page that grows old and was published without a day to look at it again gets one, a year from now."""
    if page.grows_old and page.review_date is None:
        _set_date(page, next_review(today))


@transaction.atomic
def confirm(*, page: SharedPage, actor, today: date | None = None) -> date:
    """The page still holds: ask again in a year. Returns the new day. Raises ActionRefused for an unpublished page."""
    page = _locked(page)
    if not page.live:
        raise ActionRefused(_("The page is not published."), code="not_live")
    day = next_review(today)
    _set_date(page, day)
    audit.record(
        municipality=page.owning_municipality,
        actor=actor,
        act=AuditAct.REVIEW_CONFIRMED,
        subject=page.title,
        detail=[day.isoformat()],
    )
    return day


@transaction.atomic
def retire(*, page: SharedPage, actor) -> None:
    """Take the page down; it stays as a draft and can be published again. Own versions of others stay as they are."""
    page = _locked(page)
    if not page.live:
        return
    # Wagtail asks for the right to publish; here the right to look after the page was asked for.
    page.unpublish(user=actor, log_action=False)
    audit.record(municipality=page.owning_municipality, actor=actor, act=AuditAct.RETIRED, subject=page.title)


@transaction.atomic
def remind_owners(*, today: date | None = None) -> int:
    """Mail the contact, if a coordinator, else all coordinators, once for each day that has come; return how many."""
    queued = 0
    for page in due(today).filter(municipality__isnull=False).select_related("municipality").order_by("pk"):
        coordinators = list(coordinators_of(page.municipality))
        asked = [person for person in coordinators if person.email == page.contact_email.lower()] or coordinators
        for person in asked:
            row = queue_mail(
                message="knowledge/review",
                to_email=person.email,
                recipient=person,
                context={"page": page},
                reason="knowledge.review_is_due",
                reason_object_id=page.pk,
                deduplication_key=f"review-{page.pk}-{page.review_date:%Y%m%d}-{person.pk}",
            )
            queued += row is not None
    return queued


def is_due(page_id: int) -> bool:
    return due().filter(pk=page_id).exists()


def _locked(page: SharedPage) -> SharedPage:
    Page.objects.select_for_update().get(pk=page.pk)
    return SharedPage.objects.get(pk=page.pk).specific


def _set_date(page: SharedPage, day: date) -> None:
    page.review_date = day
    SharedPage.objects.filter(pk=page.pk).update(review_date=day)
    change_revisions(page, {"review_date": day.isoformat()})
