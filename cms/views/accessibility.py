"""The accessibility statement, at one address in every footer, and the form below it."""

from allauth.core import ratelimit
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cms.forms import AccessibilityFeedbackForm
from cms.models import AccessibilityStatementPage, PortalSettings
from cms.services import accessibility
from portal.core.views import answers_when_busy, posted


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@answers_when_busy
def accessibility_statement(request: HttpRequest) -> HttpResponse:
    """The statement; a POST tells what does not work, without an account.

    Where none is published yet, every footer still leads here: to whom one can write.
    """
    page = AccessibilityStatementPage.objects.live().first()
    if page is None:
        if request.method == "POST":
            raise Http404
        context = {"email": PortalSettings.for_request(request).contact_email}
        return render(request, "cms/accessibility_statement_awaited.html", context)
    form = AccessibilityFeedbackForm(posted(request))
    if form.is_bound and not form.errors and not ratelimit.consume(request, action="accessibility"):
        form.add_error(None, _("That was many messages in a short time. Wait an hour, or send an e-mail instead."))
    if form.is_bound and form.is_valid():
        given = dict(form.cleaned_data)
        if not given.pop("website"):
            accessibility.tell(page, **given)
        return redirect(f"{reverse('accessibility_statement')}?told=1#tell")
    context = {**page.get_context(request), "form": form, "is_told": "told" in request.GET}
    return render(request, page.get_template(request), context, status=400 if form.is_bound else 200)
