"""The demo content: from the files in management/demo to municipalities, people, pages and events.

Everything goes through the same services as in real use. Loading again adds only what is missing.
"""

import tomllib
import uuid
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.html import escape
from wagtail.models import Page

from cms.management.demo.pictures import draw_picture
from cms.models import (
    AccessibilityStatementPage,
    CollaborationPage,
    ConferencePage,
    CoursePage,
    GlossaryPage,
    HomePage,
    LessonPage,
    MethodPage,
    MunicipalityPage,
    PortalImage,
    SharedPage,
    StandardPage,
)
from cms.models.base import CARD_PICTURE
from cms.models.images import PeopleShown
from cms.services import adoptions, translations
from portal.conferences.enums import PartRole
from portal.conferences.models import Conference, Room, Session, SessionMaterial, Speaker, Track
from portal.conferences.services import conferences, materials, planning, releases, reports
from portal.conferences.services import places as session_places
from portal.events.models import SignUp, TrainingEvent
from portal.events.permissions import municipalities_to_sign_up_for
from portal.events.services import needs, series, sign_ups, training_events
from portal.knowledge.enums import AdoptionWay, StillInUse
from portal.knowledge.models import Adoption, Topic
from portal.municipalities.enums import Role, Visibility
from portal.municipalities.models import Collaboration, Membership, Municipality, OccupationalGroup, Unit
from portal.municipalities.services import memberships, municipalities
from portal.notifications.services.outbox import muted

FOLDER = Path(__file__).resolve().parents[1] / "management" / "demo"
PASSWORD = "samlarande-demo"  # noqa: S105 - printed at every start; the accounts exist in the demo only
PORTAL_ADMINISTRATOR = "portal@samlarande.example"
CANCEL_REASON = "Kursledaren är sjuk. Vi återkommer med en ny dag så snart vi kan."


def load() -> None:
    """Load what is missing of the demo content. All or nothing: a broken load leaves the database as it was."""
    pictures = _draw_missing_pictures()
    with transaction.atomic(), muted():
        loader = _Loader(pictures)
        loader.load_people_and_places()
        loader.load_pages()
        loader.load_events()
        loader.load_adoptions()


def accounts() -> list[tuple[str, str, str]]:
    """Municipality, role and address of the demo accounts: one per role and municipality."""
    rows = [("", "Portaladministratör", PORTAL_ADMINISTRATOR)]
    names = {
        "staff": "Medarbetare",
        "manager": "Chef",
        "coordinator": "Samordnare",
        "administrator": "Kommunadministratör",
    }
    towns = {row["slug"]: row["short_name"] for row in _read("municipalities", "municipality")}
    for person in _read("people", "person"):
        town, _dash, role = person["key"].rpartition("-")
        if role in names and town in towns:
            rows.append((towns[town], names[role], person["email"]))
    return rows


def _toml(name: str) -> dict:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _read(name: str, table: str) -> list[dict]:
    return _toml(name)[table]


def _draw_missing_pictures() -> dict[str, bytes]:
    """Picture files by title; drawn outside the transaction, on all cores, since drawing is what takes time."""
    wanted = [(row["title"], "course") for row in _read("courses", "course")]
    wanted += [(row["title"], "method") for row in _read("methods", "method")]
    wanted += [(row["title"], "conference") for row in _read("conferences", "conference")]
    there = set(PortalImage.objects.values_list("title", flat=True))
    missing = [(title, kind) for title, kind in wanted if title not in there]
    if not missing:
        return {}
    with ProcessPoolExecutor() as pool:
        drawn = pool.map(_draw, missing)
    return {title: picture for (title, _kind), picture in zip(missing, drawn, strict=True)}


def _draw(what: tuple[str, str]) -> bytes:
    return draw_picture(what[0], what[1], (1280, 720))


class _Loader:
    def __init__(self, pictures: dict[str, bytes]) -> None:
        self.pictures = pictures
        self.today = timezone.localdate()
        self.municipalities: dict[str, Municipality] = {}
        self.collaborations: dict[str, Collaboration] = {}
        self.people: dict[str, Any] = {}
        self.pages: dict[str, SharedPage] = {}
        self.english: dict[str, str] = _toml("english")
        self.plain: dict[str, str] = _toml("plain")
        self.topics: dict[str, Topic] = {}
        self.groups: dict[str, OccupationalGroup] = {}

    # --- People and places -----------------------------------------------------------------------------------

    def load_people_and_places(self) -> None:
        for row in _read("topics", "topic"):
            self.topics[row["slug"]], _new = Topic.objects.get_or_create(
                slug=row["slug"], defaults={"name": row["name"]}
            )
        for row in _read("occupational_groups", "occupational_group"):
            self.groups[row["slug"]], _new = OccupationalGroup.objects.get_or_create(
                slug=row["slug"], defaults={"name": row["name"]}
            )
        for row in _read("municipalities", "municipality"):
            self._load_municipality(row)
        for row in _read("collaborations", "collaboration"):
            self._load_collaboration(row)
        self._load_people()

    def _load_municipality(self, row: dict) -> None:
        units, summary = row.pop("units"), row.pop("summary")
        municipality = Municipality.objects.filter(slug=row["slug"]).first()
        if municipality is None:
            municipality = municipalities.create(**row)
            section = MunicipalityPage.objects.get(municipality=municipality)
            section.summary, section.summary_en = summary, self.english.get(row["slug"], "")
            section.save_revision().publish()
        for name in units:
            Unit.objects.get_or_create(municipality=municipality, name=name)
        self.municipalities[row["slug"]] = municipality

    def _load_collaboration(self, row: dict) -> None:
        partners, lead = row.pop("partners"), row.pop("lead")
        row.pop("summary"), row.pop("body")
        collaboration, created = Collaboration.objects.get_or_create(
            slug=row["slug"], defaults={**row, "lead": self.municipalities[lead]}
        )
        if created:
            collaboration.partners.set(self.municipalities[slug] for slug in partners)
        self.collaborations[row["slug"]] = collaboration

    def _load_people(self) -> None:
        users = get_user_model().objects
        password = make_password(PASSWORD)  # once: hashing is slow by design
        administrator, _new = users.get_or_create(
            email=PORTAL_ADMINISTRATOR,
            defaults={
                "first_name": "Portal",
                "last_name": "Administratör",
                "password": password,
                "is_superuser": True,
                "is_staff": True,
            },
        )
        self._confirm_address(administrator)
        for row in _read("people", "person"):
            person, _new = users.get_or_create(
                email=row["email"],
                defaults={
                    "first_name": row["first_name"],
                    "last_name": row["last_name"],
                    "password": password,
                },
            )
            self._confirm_address(person)
            home = self.municipalities[row["municipality"]]
            memberships.join(
                person=person,
                municipality=home,
                roles=[Role(role) for role in row["roles"]],
                unit=Unit.objects.get(municipality=home, name=row["unit"]),
                occupational_group=self.groups.get(row.get("occupational_group", "")),
            )
            if extra := row.get("extra_municipality"):
                memberships.join(person=person, municipality=self.municipalities[extra])
            self.people[row["key"]] = person

    def _confirm_address(self, person) -> None:
        person.emailaddress_set.get_or_create(email=person.email, defaults={"verified": True, "primary": True})

    # --- Pages -----------------------------------------------------------------------------------------------

    def load_pages(self) -> None:
        home = HomePage.objects.get()
        for row in _read("standard_pages", "page"):
            page = StandardPage(
                title=row["title"],
                slug=row["slug"],
                summary=row["summary"],
                visibility=Visibility.PUBLIC,
                body=_story(row["body"]),
            )
            self._publish(home, page, row)
        statement = _toml("accessibility")
        page = AccessibilityStatementPage(
            **{name: statement[name] for name in ("title", "slug", "summary", "summary_en", "conformance")},
            shortcomings=_html(statement["shortcomings"]),
            how_tested=_html(statement["how_tested"]),
            reviewed_on=timezone.localdate(),
            feedback_email=statement["feedback_email"],
            feedback_phone=statement["feedback_phone"],
            visibility=Visibility.PUBLIC,
        )
        self._publish(home, page, {"key": "tillganglighet"})
        glossary = _toml("glossary")
        page = GlossaryPage(
            **{name: glossary[name] for name in ("title", "summary", "summary_en")},
            slug="ordlista",
            visibility=Visibility.PUBLIC,
            terms=[("term", {**word, "forms": ", ".join(word["forms"])}) for word in glossary["term"]],
        )
        self._publish(home, page, {"key": "ordlista"})
        for row in _read("collaborations", "collaboration"):
            page = CollaborationPage(
                title=row["title"],
                summary=row["summary"],
                body=_story(row["body"]),
                collaboration=self.collaborations[row["slug"]],
                visibility=Visibility.PUBLIC,
            )
            contact = f"{row['lead']}-coordinator"
            self._publish(self._section(row["lead"]), page, {"key": f"project-{row['slug']}", "contact": contact})
        for row in _read("courses", "course"):
            self._publish(self._section(row["municipality"]), self._course(row), row)
        for row in _read("methods", "method"):
            self._publish(self._section(row["municipality"]), self._method(row), row)
        for row in _read("lessons", "lesson"):
            self._publish(self._section(row["municipality"]), self._lesson(row), row)
        for row in _read("conferences", "conference"):
            self._publish(self._section(row["municipality"]), self._conference(row), row)
            conference = Conference.objects.get(page=self.pages[row["key"]].pk)
            if not conference.releases.exists():
                self._plan(conference, row)
                if "registration" in row:
                    self._open_registration(conference, row)
                    self._book(conference, row)
                if "took_part" in row:
                    conference.report = asdict(reports.hidden(row["took_part"], row["guests_who_came"]))
                    conference.reported_at = timezone.now()
                    conference.save()

        self._translate()

    def _translate(self) -> None:
        for key, row in _toml("translations").items():
            page = self.pages[key]
            if page.in_other_languages().exists():
                continue
            content = self._method({**row, "visibility": page.visibility, "collaboration": ""})
            actor = self.people[f"{page.owning_municipality.slug}-coordinator"]
            english = translations.begin(page=page, actor=actor)
            for name in MethodPage.adopted_fields:
                setattr(english, name, getattr(content, name))
            english.save_revision(user=actor).publish(user=actor)

    def _section(self, slug: str) -> MunicipalityPage:
        return MunicipalityPage.objects.get(municipality__slug=slug)

    def _publish(self, parent: SharedPage, page: SharedPage, row: dict) -> None:
        """Publish `page` under `parent` unless a page of its kind and title is there already."""
        key = row.get("key") or row["slug"]
        existing = type(page).objects.child_of(parent).filter(title=page.title).first()
        if existing is not None:
            self.pages[key] = existing
            return
        contact = self.people.get(row.get("contact", ""))
        if contact is not None:
            page.contact_name, page.contact_email = str(contact), contact.email
        page.summary_en = page.summary_en or self.english.get(key, "")
        page.plain = self.plain.get(key, "")
        page.topics = [self.topics[slug] for slug in row.get("topics", [])]
        page.occupational_groups = [self.groups[slug] for slug in row.get("occupational_groups", [])]
        page.shared_with = [self.municipalities[slug] for slug in row.get("shared_with", [])]
        page.shared_with_collaborations = [
            self.collaborations[slug] for slug in row.get("shared_with_collaborations", [])
        ]
        if page.title in self.pictures:
            page.image = self._picture(page.title, parent)
        parent.add_child(instance=page)
        page.save_revision().publish()
        self.pages[key] = page

    def _picture(self, title: str, section: SharedPage) -> PortalImage:
        picture = PortalImage(
            title=title,
            description=f"Tecknad bild till {title}",
            people=PeopleShown.NOBODY,
            collection=section.collection,
            file=ContentFile(self.pictures[title], name=f"{uuid5(NAMESPACE_URL, title).hex[:12]}.jpg"),
        )
        picture.save()
        # Made now rather than by the first visitor.
        picture.get_renditions(CARD_PICTURE, "fill-780x364", "fill-1200x560")
        return picture

    def _course(self, row: dict) -> CoursePage:
        return CoursePage(
            title=row["title"],
            summary=row["summary"],
            visibility=row["visibility"],
            collaboration=self.collaborations.get(row["collaboration"]),
            audience=row["audience"],
            goals="\n".join(row["goals"]),
            format=row["format"],
            body=_story(row["body"]),
            modules=[
                (
                    "module",
                    {
                        "title": module["title"],
                        "minutes": module["minutes"],
                        "summary": module["summary"],
                        "text": _html(module["text"]),
                        "exercise": module["exercise"],
                    },
                )
                for module in row["module"]
            ],
        )

    def _method(self, row: dict) -> MethodPage:
        return MethodPage(
            title=row["title"],
            summary=row["summary"],
            visibility=row["visibility"],
            collaboration=self.collaborations.get(row["collaboration"]),
            when_to_use=row["when_to_use"],
            needed="\n".join(row["needed"]),
            result=row["result"],
            body=_story(row["body"]),
            steps=[
                ("step", {"title": step["title"], "minutes": step["minutes"], "text": _html(step["text"])})
                for step in row["step"]
            ],
        )

    def _lesson(self, row: dict) -> LessonPage:
        parts = ("context", "what_we_did", "what_happened", "do_differently", "advice")
        return LessonPage(
            title=row["title"],
            summary=row["summary"],
            visibility=row["visibility"],
            lesson=row["lesson"],
            collaboration=self.collaborations.get(row["collaboration"]),
            describes_failure=row["describes_failure"],
            review_date=self.today + timedelta(days=30 * row["valid_months"]),
            **{part: _html(row[part]) for part in parts},
        )

    def _conference(self, row: dict) -> ConferencePage:
        first = self.today + timedelta(days=row["start_days"])
        first += timedelta(days=-first.weekday() % 7 if first.weekday() > 3 else 0)
        return ConferencePage(
            title=row["title"],
            summary=row["summary"],
            visibility=Visibility.PUBLIC,
            body=_story(row["body"]),
            collaboration=self.collaborations.get(row["collaboration"]),
            start_date=first,
            end_date=first + timedelta(days=row["end_days"] - row["start_days"]),
            place=row["place"],
            address=row["address"],
            accessibility=row["accessibility"],
            **{name: row.get(name, "") for name in ("travel", "audience", "live_url", "learned", "next_steps")},
        )

    def _open_registration(self, conference: Conference, row: dict) -> None:
        """One signs up to it as to any event, on all of its days."""
        fields, contact = row["registration"], self.people[row["contact"]]
        days = (conference.last_day - conference.first_day).days + 1
        starts, ends = time.fromisoformat(fields["start"]), time.fromisoformat(fields["end"])
        dates = [conference.first_day + timedelta(days=day) for day in range(days)]
        occasions = [
            (timezone.make_aware(datetime.combine(day, starts)), timezone.make_aware(datetime.combine(day, ends)))
            for day in dates
        ]
        event = training_events.save(
            event=TrainingEvent(
                municipality=conference.municipality,
                title=fields["title"],
                summary=fields["summary"],
                place=row["place"],
                address=row["address"],
                capacity=fields["capacity"],
                collaboration=self.collaborations.get(row["collaboration"]),
                visibility=Visibility.PUBLIC,
                takes_guests=True,
                contact_name=str(contact),
                contact_email=contact.email,
            ),
            occasions=occasions,
            shared_with=[],
            shared_with_collaborations=[],
        )
        training_events.publish(event_id=event.pk)
        needs.ask(event_id=event.pk, food=True, access=True, questions=[])
        self._ask(event, fields["signed_up"])
        for guest in fields.get("guests", []):
            self._sign_up_guest(event, **guest)
        conferences.open_registration(conference=conference, event=event)

    def _sign_up_guest(self, event: TrainingEvent, *, name: str, email: str, organisation: str) -> None:
        first_name, _space, last_name = name.partition(" ")
        person = get_user_model().objects.create_user(
            email, None, first_name=first_name, last_name=last_name, is_guest=True
        )
        sign_ups.sign_up(
            event_id=event.pk,
            person=person,
            municipality_id=None,
            organisation=organisation,
            form_token=uuid.uuid4(),
        )

    def _book(self, conference: Conference, row: dict) -> None:
        """The places that its participants have booked, in the order of the programme."""
        booked = {fields["title"]: fields["booked_by"] for fields in row["session"] if "booked_by" in fields}
        for session in conference.sessions.filter(title__in=booked).order_by("starts_at", "pk"):
            for key in booked[session.title]:
                entry = SignUp.objects.get(event=conference.registration, person=self.people[key])
                session_places.book(session_id=session.pk, sign_up_id=entry.pk)

    def _plan(self, conference: Conference, row: dict) -> None:
        """Its programme, in two versions where something was moved or came later."""
        actor = self.people[row["contact"]]
        rooms = [Room(**fields) for fields in row["room"]]
        tracks = [Track(**fields) for fields in row.get("track", [])]
        planning.save_frame(conference=conference, rooms=rooms, tracks=tracks)
        places = {room.name: room for room in rooms}
        threads = {track.name: track for track in tracks}
        people = {}
        for fields in row["speaker"]:
            consents = fields.pop("consents", True)
            speaker = Speaker(conference=conference, **fields)
            people[speaker.name] = planning.save_speaker(speaker=speaker, consents=consents)

        def moment(day: int, at: str) -> datetime:
            return timezone.make_aware(
                datetime.combine(conference.first_day + timedelta(days=day - 1), time.fromisoformat(at))
            )

        def write(fields: dict) -> Session:
            session = Session(
                conference=conference,
                title=fields["title"],
                kind=fields["kind"],
                description=fields.get("description", ""),
                starts_at=moment(fields["day"], fields.get("start_first") or fields["start"]),
                ends_at=moment(fields["day"], fields.get("end_first") or fields["end"]),
                room=places[fields["room"]],
                places=fields.get("places"),
                track=threads.get(fields.get("track", "")),
            )
            roles = [PartRole.MODERATOR, *[PartRole.PANELLIST] * 9] if fields["kind"] == "panel" else []
            parts = [
                (people[name], roles[number] if roles else PartRole.SPEAKER)
                for number, name in enumerate(fields.get("speakers", []))
            ]
            about = [self.pages[key] for key in fields.get("about", [])]
            planning.save_session(session=session, parts=parts, pages=about)
            left = [SessionMaterial(**material) for material in fields.get("materials", [])]
            materials.save(session=session, transcript=fields.get("transcript", ""), materials=left)
            return session

        early = [fields for fields in row["session"] if not fields.get("came_later")]
        late = [fields for fields in row["session"] if fields.get("came_later")]
        written = [(fields, write(fields)) for fields in early]
        first, *rest = row["version"]
        releases.release(conference_id=conference.pk, **first, tells_people=False, actor=actor)
        for version in rest:
            for fields, session in written:
                if "start_first" in fields:
                    starts_at = moment(fields["day"], fields["start"])
                    planning.place(session_id=session.pk, starts_at=starts_at, room=session.room)
            for fields in late:
                write(fields)
            releases.release(conference_id=conference.pk, **version, tells_people=False, actor=actor)

    # --- Who uses what --------------------------------------------------------------------------------------------

    def load_adoptions(self) -> None:
        for row in _read("adoptions", "adoption"):
            source = SharedPage.objects.get(pk=self.pages[row["of"]].pk)
            municipality = self.municipalities[row["municipality"]]
            adoption = Adoption.objects.filter(municipality=municipality, source=source.pk, way=row["way"]).first()
            if adoption is None:
                adoption = self._adopt(row, source, municipality)
            if adoption.copy_id:
                self.pages[f"{row['municipality']}/{row['of'].rpartition('/')[2]}"] = SharedPage.objects.get(
                    pk=adoption.copy_id
                )

    def _adopt(self, row: dict, source: SharedPage, municipality: Municipality) -> Adoption:
        coordinator = self.people[f"{row['municipality']}-coordinator"]
        now = timezone.now() - timedelta(days=30 * row["months_ago"])
        common: dict[str, Any] = {"page": source, "municipality": municipality, "actor": coordinator, "now": now}
        if row["way"] == AdoptionWay.SHOWN:
            adoption = adoptions.show(**common)
        else:
            adoption = adoptions.adapt(**common, what_changed=row["what_changed"], why=row["why"])
            self._publish_copy(row, adoption, coordinator)
        if "outcome" in row:
            asked = now + timedelta(days=183)
            Adoption.objects.filter(pk=adoption.pk).update(asked_at=asked)
            answer = {"still_in_use": StillInUse(row["still_in_use"]), "outcome": row["outcome"]}
            adoptions.answer(adoption=adoption, actor=coordinator, now=asked, **answer)
        if "ended_reason" in row:
            ended = timezone.now() - timedelta(days=30 * row["ended_months_ago"])
            adoptions.end(adoption=adoption, reason=row["ended_reason"], actor=coordinator, now=ended)
        if "news" in row:
            page = source.specific
            page.body.append(("paragraph", _html(row["news"])))
            page.save_revision().publish()
        return adoption

    def _publish_copy(self, row: dict, adoption: Adoption, coordinator) -> None:
        copy = Page.objects.get(pk=adoption.copy_id).specific
        copy.title = row["title"]
        copy.visibility = row.get("publish", Visibility.INTERNAL)
        copy.shared_with = [self.municipalities[slug] for slug in row.get("shared_with", [])]
        copy.save_revision(user=coordinator).publish(user=coordinator)

    # --- Events ----------------------------------------------------------------------------------------------

    def load_events(self) -> None:
        for number, row in enumerate(_read("events", "event")):
            owner = self.municipalities[row["municipality"]]
            if not TrainingEvent.objects.filter(municipality=owner, title=row["title"]).exists():
                self._load_event(row, owner, number)

    def _load_event(self, row: dict, owner: Municipality, number: int) -> None:
        occasions = self._moments(row["occasions"])
        contact = self.people[row["contact"]]
        # Signed up while it was open, whatever it is by now.
        then = min(timezone.now(), occasions[0][0] - timedelta(days=5))
        event = training_events.save(
            event=TrainingEvent(
                municipality=owner,
                title=row["title"],
                summary=row["summary"],
                summary_en=self.english.get(f"event-{row['key']}", ""),
                description=row["description"],
                course=self.pages.get(row["course"]),
                collaboration=self.collaborations.get(row["collaboration"]),
                format=row["format"],
                place=row["place"],
                address=row["address"],
                meeting_url=row["meeting_url"],
                capacity=row["capacity"],
                max_per_unit=row.get("max_per_unit"),
                min_participants=row.get("min_participants"),
                decide_by=self._days_before(occasions[0][0], row.get("decide_days_before")),
                dates_to_choose=row.get("dates_to_choose"),
                visibility=row["visibility"],
                contact_name=str(contact),
                contact_email=contact.email,
            ),
            occasions=occasions,
            seats_on={
                starts_at: date["seats"]
                for (starts_at, _ends_at), date in zip(occasions, row["occasions"], strict=True)
                if "seats" in date
            },
            shared_with=[self.municipalities[slug] for slug in row["shared_with"]],
            shared_with_collaborations=[self.collaborations[slug] for slug in row["shared_with_collaborations"]],
        )
        training_events.publish(event_id=event.pk)
        if "kept" in row:
            training_events.keep_seats(
                event_id=event.pk,
                kept={self.municipalities[slug].pk: seats for slug, seats in row["kept"].items()},
                until=occasions[0][0] - timedelta(days=row["kept_days_before"]),
                actor=contact,
            )
        self._fill(event, row["confirmed"] + row["waiting"], number, then)
        if "approval" in row:
            TrainingEvent.objects.filter(pk=event.pk).update(approval=row["approval"])
            self._ask(event, row["asks"])
        if "questions" in row:
            needs.ask(event_id=event.pk, food=True, access=True, questions=[(None, text) for text in row["questions"]])
            self._tell(event, row["told"], then)
        if "again_after_days" in row:
            first = timezone.localdate(occasions[0][0])
            days = [first + timedelta(days=number) for number in row["again_after_days"]]
            series.repeat(event_id=event.pk, days=days, once=True, publish=True, actor=contact)
        if row["state"] == "closed":
            TrainingEvent.objects.filter(pk=event.pk).update(sign_up_closes_at=timezone.now() - timedelta(days=1))
        if row["state"] == "cancelled":
            training_events.cancel(event_id=event.pk, actor=contact, reason=CANCEL_REASON)

    def _tell(self, event: TrainingEvent, told: list[dict], then: datetime) -> None:
        """The first who signed up tell what they eat and need."""
        for entry, row in zip(event.sign_ups.order_by("pk"), told, strict=False):
            needs.tell(sign_up_id=entry.pk, **row, now=then)

    def _ask(self, event: TrainingEvent, keys: list[str]) -> None:
        """Sign up people whose managers have not answered yet."""
        signed_up = sign_ups.signed_up_among(event, [self.people[key].pk for key in keys])
        for key in (key for key in keys if self.people[key].pk not in signed_up):
            home = self.people[key].memberships.order_by("pk").first()
            sign_ups.sign_up(
                event_id=event.pk,
                person=self.people[key],
                municipality_id=home.municipality_id,
                form_token=uuid5(NAMESPACE_URL, f"demo/{event.public_id}/{key}"),
            )

    def _days_before(self, moment: datetime, days: int | None) -> date | None:
        return timezone.localdate(moment) - timedelta(days=days) if days else None

    def _moments(self, occasions: list[dict]) -> list[tuple[datetime, datetime]]:
        first = self.today + timedelta(days=occasions[0]["days"])
        shift = timedelta(days=7 - first.weekday()) if first.weekday() > 4 else timedelta()

        def moment(days: int, clock: str) -> datetime:
            day: date = self.today + timedelta(days=days) + shift
            return timezone.make_aware(datetime.combine(day, time.fromisoformat(clock)))

        return [(moment(row["days"], row["start"]), moment(row["days"], row["end"])) for row in occasions]

    def _fill(self, event: TrainingEvent, wanted: int, number: int, then: datetime) -> None:
        """Sign up `wanted` people, beginning with another one for each event; the demo accounts come last."""
        everybody = list(Membership.objects.select_related("person").order_by("pk"))
        start = (number * 7) % len(everybody)
        ordered = everybody[start:] + everybody[:start]
        demo = {email for _town, _role, email in accounts()}
        ordered.sort(key=lambda membership: membership.person.email in demo)
        taken: set[int] = set()
        for place, membership in enumerate(ordered):
            if len(taken) >= wanted:
                return
            person = membership.person
            if person.pk in taken or membership.municipality_id not in municipalities_to_sign_up_for(person, event):
                continue
            entry = sign_ups.sign_up(
                event_id=event.pk,
                person=person,
                municipality_id=membership.municipality_id,
                form_token=uuid5(NAMESPACE_URL, f"demo/{event.public_id}/{person.pk}"),
                now=then - timedelta(hours=200 - place),
            )
            SignUp.objects.filter(pk=entry.pk).update(created_at=then - timedelta(hours=200 - place))
            taken.add(person.pk)


def _html(text: str) -> str:
    paragraphs = [part.strip() for part in text.strip().split("\n\n") if part.strip()]
    return "".join(f"<p>{escape(part)}</p>" for part in paragraphs)


def _story(text: str) -> list[tuple[str, str]]:
    return [("paragraph", _html(text))] if text.strip() else []
