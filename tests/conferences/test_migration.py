"""Programmes that stood as text on pages become records, and what was public stays public."""

from datetime import date
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps

from portal.conferences.models import Conference
from portal.conferences.services import programmes
from portal.municipalities.enums import Visibility
from tests.factories.cms import ConferencePageFactory
from tests.factories.conferences import at

pytestmark = pytest.mark.django_db

PROGRAMME = [
    {"date": "2026-12-03", "starts": "10:00:00", "ends": "10:45:00", "kind": "panel", "title": "Panelen"},
    {"date": "2026-12-03", "starts": "09:00:00", "ends": "09:30:00", "kind": "lecture", "title": "Först"},
]


class OldPages:
    """The page's class as it was before the migration: with its two fields of text."""

    def __init__(self, *pages):
        self.pages = pages
        self.objects = self

    def filter(self, **_filters):
        return self.pages


def _old(page, *, speakers: list[dict]) -> SimpleNamespace:
    blocks = [
        {
            "type": "session",
            "value": {**PROGRAMME[0], "room": "Salen", "speakers": ["Ylva Berg", "Bo Ek", "Ylva Berg"]},
        },
        # As Wagtail writes the items of a list since its version 2.16.
        {"type": "session", "value": {**PROGRAMME[1], "room": "", "speakers": [{"type": "item", "value": "Bo Ek"}]}},
    ]
    names = ("pk", "title", "municipality_id", "start_date", "end_date", "live", "last_published_at")
    return SimpleNamespace(
        **{name: getattr(page, name) for name in names},
        programme=SimpleNamespace(raw_data=blocks),
        speakers=SimpleNamespace(raw_data=[{"type": "speaker", "value": about} for about in speakers]),
    )


def _migrate(*pages) -> None:
    class Apps:
        def get_model(self, app: str, name: str):
            return OldPages(*pages) if name == "ConferencePage" else apps.get_model(app, name)

    Conference.objects.all().delete()  # made by the page of today
    import_module("cms.migrations.0011_programmes_are_records").move(Apps(), None)


def test_what_stood_on_a_page_is_the_first_version_of_its_programme(cast):
    day = date(2026, 12, 3)
    fields = {"owner": cast.here, "visibility": Visibility.PUBLIC, "start_date": day, "end_date": day}
    page, draft = ConferencePageFactory(**fields), ConferencePageFactory(**fields, live=False)
    about = {"name": "Ylva Berg", "role": "Kock", "organisation": "Trelleborg", "bio": "Lagar skolmat."}

    _migrate(_old(page, speakers=[about]), _old(draft, speakers=[]))

    conference, planned = Conference.objects.get(page=page.pk), Conference.objects.get(page=draft.pk)
    public = programmes.latest(conference)
    assert (conference.title, conference.municipality, conference.first_day) == (page.title, cast.here, day)
    assert [
        (session.title, session.starts_at, session.room and session.room.name, [p.speaker.name for p in session.parts])
        for session in public.sessions
    ] == [
        ("Först", at(conference, "09:00"), None, ["Bo Ek"]),
        ("Panelen", at(conference, "10:00"), "Salen", ["Ylva Berg", "Bo Ek"]),
    ]
    assert [(who.name, who.byline, who.about) for who in public.speakers] == [
        ("Bo Ek", "", ""),
        ("Ylva Berg", "Kock, Trelleborg", "Lagar skolmat."),
    ]
    # Nothing is changed by the move: a version of it would be refused as nothing new.
    assert conference.releases.get().programme == programmes.stored(programmes.draft(conference))
    # What was a draft is planned, and not public.
    assert (len(programmes.draft(planned).sessions), programmes.latest(planned)) == (2, None)
