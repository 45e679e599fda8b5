from django.urls import path

from search import views

urlpatterns = [path("sok/", views.search, name="search")]
