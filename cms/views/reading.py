"""The reading settings: for anybody, without an account."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cms.services import reading
from portal.core.views import posted


class ReadingForm(forms.Form):
    """A choice for each setting."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for setting in reading.SETTINGS:
            self.fields[setting.name] = forms.ChoiceField(
                label=setting.label, choices=setting.choices, widget=forms.RadioSelect, initial=reading.NORMAL
            )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def reading_settings(request: HttpRequest) -> HttpResponse:
    """Shows the settings as they are on this device, and keeps them there; `next` is the page one came from."""
    given = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(given, {request.get_host()}, require_https=request.is_secure())
    back = given if is_ours else ""
    form = ReadingForm(posted(request), initial=reading.chosen(request))
    if request.method == "POST" and form.is_valid():
        # No message: it would need a session, and with it a cookie, of somebody who only reads.
        response = redirect(back or f"{reverse('reading_settings')}?kept=1")
        kept = {} if "reset" in request.POST else form.cleaned_data
        reading.keep(response, kept, secure=request.is_secure())
        return response
    status = 400 if form.is_bound else 200
    return render(
        request,
        "cms/reading_settings.html",
        {"form": form, "back": back, "is_kept": "kept" in request.GET},
        status=status,
    )
