from django.http import HttpResponse
from django.urls import include, path
from wagtail import urls as wagtail_urls

urlpatterns = [
    path("constant/", lambda request: HttpResponse("ok" * 500)),
    path("", include(wagtail_urls)),
]
