"""What sessions leave behind: slides, recordings, texts. Shown with the released session, some from its start on."""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from django.db import transaction

from portal.conferences.enums import MaterialKind
from portal.conferences.models import Conference, Session, SessionMaterial
from portal.conferences.services.programmes import Programme

_FILM_ID = re.compile(r"[\w-]{1,20}")


class Film(NamedTuple):
    """A recording of another service that can be shown in a frame: whose it is, and the frame's address."""

    service: str
    address: str


@transaction.atomic
def save(*, session: Session, transcript: str, materials: Sequence[SessionMaterial]) -> None:
    """Make these the materials of the session, in this order, and keep what was said as text."""
    session.transcript = transcript
    session.save(update_fields=["transcript", "updated_at"])
    session.materials.all().delete()
    for position, material in enumerate(materials):
        material.pk, material.session, material.position = None, session, position
        material.save(force_insert=True)


def shown(conference: Conference, programme: Programme, now: datetime) -> dict[str, list[SessionMaterial]]:
    """What readers of the released `programme` see at `now`, by the session's id."""
    found: dict[str, list[SessionMaterial]] = defaultdict(list)
    rows = SessionMaterial.objects.filter(session__conference=conference)
    rows = rows.select_related("session", "document", "captions")
    for material in rows:
        session = programme.session(material.session.public_id)
        if session is not None and material.is_open_at(now, session.starts_at):
            found[session.id].append(material)
    return dict(found)


def film_of(material: SessionMaterial) -> Film | None:
    """The frame for a recording at YouTube (without its cookies) or Vimeo (without tracking); None for any other."""
    if material.kind != MaterialKind.RECORDING or not material.url:
        return None
    parts = urlsplit(material.url)
    host = parts.hostname or ""
    path = [piece for piece in parts.path.split("/") if piece]
    last = path[-1] if path else ""
    if host in ("www.youtube.com", "youtube.com", "m.youtube.com"):
        film = parse_qs(parts.query).get("v", [last])[0]
    elif host in ("youtu.be", "vimeo.com", "www.vimeo.com", "player.vimeo.com"):
        film = last
    else:
        return None
    if not _FILM_ID.fullmatch(film):
        return None
    if "vimeo" in host:
        return Film("Vimeo", f"https://player.vimeo.com/video/{film}?dnt=1") if film.isdigit() else None
    return Film("YouTube", f"https://www.youtube-nocookie.com/embed/{film}")
