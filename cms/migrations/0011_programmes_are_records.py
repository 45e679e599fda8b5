"""Programmes move from the text of a conference's page to records of their own (`portal.conferences`).

What a published page showed is the first version of its programme: nothing that was public is hidden by the move.
Whoever was named there counts as having said yes then; the organiser can take that back for anybody.
"""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import migrations
from django.utils import timezone

_SWEDEN = ZoneInfo("Europe/Stockholm")


def _moment(day: str, at: str) -> datetime:
    return datetime.combine(datetime.fromisoformat(day).date(), time.fromisoformat(at), tzinfo=_SWEDEN)


def _names(value) -> list[str]:
    return [item["value"] if isinstance(item, dict) else item for item in value or []]


def move(apps, schema_editor) -> None:
    ConferencePage = apps.get_model("cms", "ConferencePage")
    names = ("Conference", "Room", "Speaker", "Session", "Part", "Release")
    Conference, Room, Speaker, Session, Part, Release = (apps.get_model("conferences", name) for name in names)
    now = timezone.now()
    for page in ConferencePage.objects.filter(locale__language_code=settings.LANGUAGE_CODE):
        if page.municipality_id is None:
            continue
        conference = Conference.objects.create(
            page_id=page.pk,
            municipality_id=page.municipality_id,
            title=page.title,
            first_day=page.start_date,
            last_day=page.end_date,
        )
        consent = page.last_published_at or now
        people, rooms, listed = {}, {}, []
        for block in page.speakers.raw_data:
            about = block["value"]
            people[about["name"]] = Speaker.objects.create(
                conference=conference,
                name=about["name"],
                occupation=about.get("role") or "",
                organisation=about.get("organisation") or "",
                about=(about.get("bio") or "")[:1000],
                consent_at=consent,
            )
        for block in page.programme.raw_data:
            row = block["value"]
            room = None
            if row.get("room"):
                if row["room"] not in rooms:
                    rooms[row["room"]] = Room.objects.create(
                        conference=conference, name=row["room"], position=len(rooms)
                    )
                room = rooms[row["room"]]
            session = Session.objects.create(
                conference=conference,
                title=row["title"],
                kind=row["kind"],
                description=(row.get("description") or "")[:4000],
                starts_at=_moment(row["date"], row["starts"]),
                ends_at=_moment(row["date"], row["ends"]),
                room=room,
            )
            role = "panellist" if row["kind"] == "panel" else "speaker"
            parts = []
            for name in dict.fromkeys(_names(row.get("speakers"))):
                if name not in people:
                    people[name] = Speaker.objects.create(conference=conference, name=name, consent_at=consent)
                Part.objects.create(session=session, speaker=people[name], role=role, position=len(parts))
                parts.append([people[name].public_id, role])
            listed.append((session, room, parts))
        if page.live and listed:
            listed.sort(key=lambda item: (item[0].starts_at, item[1].position if item[1] else -1, item[0].pk))
            _release(Release, conference, rooms.values(), listed, consent)


def _release(Release, conference, rooms, listed, at) -> None:
    """As `portal.conferences.services.programmes.stored` writes it on the day of this migration."""
    Release.objects.create(
        conference=conference,
        number=1,
        name="Version 1",
        at=at,
        programme={
            "rooms": [{"id": r.public_id, "name": r.name, "kind": r.kind, "seats": None, "directions": ""} for r in rooms],
            "tracks": [],
            "sessions": [
                {
                    "id": session.public_id,
                    "number": session.pk,
                    "title": session.title,
                    "kind": session.kind,
                    "description": session.description,
                    "starts_at": session.starts_at.astimezone(ZoneInfo("UTC")).isoformat(),
                    "ends_at": session.ends_at.astimezone(ZoneInfo("UTC")).isoformat(),
                    "room": room.public_id if room else None,
                    "track": None,
                    "people": parts,
                    "pages": [],
                }
                for session, room, parts in listed
            ],
        },
    )


class Migration(migrations.Migration):
    dependencies = [("cms", "0010_english_locale"), ("conferences", "0001_initial")]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.RemoveField(model_name="conferencepage", name="programme"),
        migrations.RemoveField(model_name="conferencepage", name="speakers"),
    ]
