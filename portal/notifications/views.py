from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from portal.notifications.models import OutboxMessage


def sent_mails(request: HttpRequest) -> HttpResponse:
    """What the portal has mailed, for development: the demo's addresses lead nowhere."""
    _only_in_development()
    return render(request, "notifications/sent_mails.html", {"messages_out": OutboxMessage.objects.all()[:100]})


def sent_mail(request: HttpRequest, uid: str) -> HttpResponse:
    _only_in_development()
    return render(request, "notifications/sent_mail.html", {"mail": get_object_or_404(OutboxMessage, uid=uid)})


def _only_in_development() -> None:
    if not settings.SHOW_SENT_MAILS:
        raise Http404
