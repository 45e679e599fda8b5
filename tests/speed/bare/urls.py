from django.http import HttpResponse
from django.urls import include, path
from wagtail import urls as wagtail_urls


def add_up(request) -> HttpResponse:
    """About as long as our quickest pages take, and nothing but Python: whatever is uneven in it is the machine's."""
    return HttpResponse(str(sum(number * number for number in range(75_000))))


urlpatterns = [
    path("constant/", lambda request: HttpResponse("ok" * 500)),
    path("sum/", add_up),
    path("", include(wagtail_urls)),
]
