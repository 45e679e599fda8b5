"""A world with two of everything: each thing of "here" and of "there" carries canaries in all its texts.

A canary is a word that stands nowhere else, together with the actors who may meet it. To extend the world, make the
thing in `_furnish` with `mark("what it is", who)` in every text field, and keep its id in `ids` under a name with
which `addresses.ARGUMENTS` fills addresses. What the database fingerprint guards follows from the foreign keys; only a
row that no key ties to its municipality has to be put in `things.rows`.
"""

import io
import re
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image
from taggit.models import Tag
from wagtail.admin.models import EditingSession
from wagtail.documents import get_document_model
from wagtail.models import (
    Comment,
    CommentReply,
    GroupApprovalTask,
    ModelLogEntry,
    Page,
    PageSubscription,
    Site,
    Task,
    UploadedFile,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from cms.models import CoursePage, MunicipalityPage, PortalImage
from portal.accounts.services import protected_identity
from portal.conferences.services import conferences, places
from portal.events.enums import EventFormat
from portal.events.models import Attendance, EventMaterial, InvitationLink
from portal.knowledge.models import Adoption, CoEditing, Handover, HandoverItem
from portal.municipalities.enums import AuditAct, Role, Visibility
from portal.municipalities.models import Deputy, Invitation, Unit
from portal.municipalities.services import audit, invitations
from portal.notifications.models import OutboxMessage
from portal.notifications.services.outbox import queue_rendered_mail
from search.models import MissingContent
from tests.factories.cms import (
    CollaborationPageFactory,
    ConferencePageFactory,
    CoursePageFactory,
    LessonPageFactory,
    MethodPageFactory,
    StandardPageFactory,
)
from tests.factories.conferences import (
    add_room,
    add_session,
    add_speaker,
    add_track,
    conference_of,
    release,
)
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import CollaborationFactory, MunicipalityFactory, PersonFactory

PLACES = ("here", "there")
MEMBERS = {
    "here": {"staff_here", "manager", "coordinator_here", "municipality_admin"},
    "there": {"staff_there", "coordinator_there"},
}
COORDINATORS = {"here": {"coordinator_here"}, "there": {"coordinator_there"}}
ADMINISTRATORS = {"here": {"municipality_admin"}, "there": set()}
EVERY_COORDINATOR = COORDINATORS["here"] | COORDINATORS["there"]

_CANARY = re.compile(r"zq\d{4}qz")


class Canaries:
    """The words, what each stands in, and who may meet it; the portal administrator may meet all."""

    def __init__(self):
        self.what: dict[str, str] = {}
        self.seen_by: dict[str, frozenset[str]] = {}

    def mark(self, what: str, seen_by: set[str]) -> str:
        word = f"zq{len(self.what):04}qz"
        self.what[word] = what
        self.seen_by[word] = frozenset(seen_by | {"portal_admin"})
        return word

    def hide(self, what: str) -> str:
        """A word that nobody may meet, the portal administrator neither."""
        word = self.mark(what, set())
        self.seen_by[word] = frozenset()
        return word

    @staticmethod
    def words_in(text: str) -> set[str]:
        return set(_CANARY.findall(text.lower()))

    def leaked(self, text: str, actor: str, sent: str = "") -> list[str]:
        """What `text` tells `actor` that they may not know; a word they `sent` themselves tells nothing."""
        found = self.words_in(text) - self.words_in(sent)
        return sorted(self.what[word] for word in found if actor not in self.seen_by[word])

    @staticmethod
    def without(text: str) -> str:
        return _CANARY.sub("kapad", text)


@dataclass
class Things:
    """What one municipality has: ids for addresses, and rows that only this list ties to it."""

    place: str
    municipality: object
    ids: dict[str, list] = field(default_factory=dict)
    rows: list = field(default_factory=list)

    def first(self, name: str):
        return self.ids[name][0]


@dataclass
class World:
    canaries: Canaries
    places: dict[str, Things]

    def own_and_foreign(self, actor: str) -> tuple[Things, Things]:
        own, foreign = ("here", "there") if actor in MEMBERS["here"] else ("there", "here")
        return self.places[own], self.places[foreign]


def foreign_places(actor: str) -> list[str]:
    """The municipalities of which the actor may change nothing."""
    return [] if actor == "portal_admin" else [place for place in PLACES if actor not in MEMBERS[place]]


def build(municipalities: dict) -> World:
    canaries = Canaries()
    places = {place: Things(place, municipality) for place, municipality in municipalities.items()}
    for things in places.values():
        _furnish(things, canaries)
    _link(places["here"], places["there"])
    _link(places["there"], places["here"])
    return World(canaries, places)


def _link(things: Things, other: Things) -> None:
    """A draft that points to the other municipality's public page, which may not be told so."""
    draft = CoursePage.objects.get(pk=things.ids["page"][2])
    draft.body = [("paragraph", f'<p><a linktype="page" id="{other.first("page")}">länk</a></p>')]
    draft.save()


def picture(name: str, colour: tuple[int, int, int] = (0, 0, 0)) -> ContentFile:
    data = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(data, "PNG")
    return ContentFile(data.getvalue(), name=f"{name}.png")


def _furnish(things: Things, canaries: Canaries) -> None:
    place, owner, ids = things.place, things.municipality, things.ids
    readers, editors = MEMBERS[place], COORDINATORS[place]
    people_keepers = editors | ADMINISTRATORS[place]

    def mark(what: str, seen_by: set[str]) -> str:
        return canaries.mark(f"{place}: {what}", seen_by)

    # --- people ---
    unit = Unit.objects.create(municipality=owner, name=f"Enhet {mark('unit', people_keepers)}")
    author = PersonFactory(
        member_of=owner,
        roles=[Role.COORDINATOR],
        unit=unit,
        first_name=mark("author's first name", people_keepers),
        last_name=mark("author's last name", people_keepers),
        email=f"{mark('author’s e-mail', people_keepers)}@example.org",
    )
    participant = PersonFactory(
        member_of=owner,
        unit=unit,
        first_name=mark("participant's first name", people_keepers),
        last_name=mark("participant's last name", people_keepers),
        email=f"{mark('participant’s e-mail', people_keepers)}@example.org",
    )
    invitation = invitations.invite(
        municipality=owner,
        email=f"{mark('invited e-mail', ADMINISTRATORS[place])}@example.org",
        roles=[],
        unit=unit,
        invited_by=author,
    )

    # --- pictures, documents, uploads, collections ---
    section = MunicipalityPage.objects.get(municipality=owner)
    collection = section.collection.add_child(name=f"Samling {mark('collection', editors)}")
    colour = (10, 20, 30) if place == "here" else (200, 20, 30)
    shown = PortalImage.objects.create(
        title=f"Bild {mark('title of a picture on a page', editors)}",
        description=mark("description of a picture on a page", editors | readers),
        file=picture(mark("file of a picture on a page", readers), colour),
        collection=section.collection,
        uploaded_by_user=author,
    )
    unused = PortalImage.objects.create(
        title=f"Bild {mark('title of an unused picture', editors)}",
        description=mark("description of an unused picture", editors),
        file=picture(mark("file of an unused picture", editors), colour),
        collection=collection,
        uploaded_by_user=author,
    )
    tag = Tag.objects.create(name=f"etikett {mark('tag', editors)}")
    unused.tags.add(tag)
    document = get_document_model().objects.create(
        title=f"Dokument {mark('title of a document', editors)}",
        file=ContentFile(place.encode(), name=f"{mark('file of a document', editors)}.txt"),
        collection=section.collection,
        uploaded_by_user=author,
    )
    document.tags.add(tag)
    upload = UploadedFile.objects.create(
        file=picture(mark("file of an upload", editors), colour), uploaded_by_user=author
    )

    # --- projects ---
    project = CollaborationFactory(
        lead=owner,
        title=f"Projekt {mark('project', EVERY_COORDINATOR | readers)}",
        slug=mark("slug of a project", editors | readers),
        diary_number=mark("diary number", editors | readers),
        region=mark("region", editors | readers),
        owner_name=mark("project owner", editors | readers),
        further_facts=[["Etikett", mark("further fact", editors | readers)]],
    )

    # --- pages ---
    def texts(what: str, seen_by: set[str]) -> dict:
        return {
            "title": f"Kanariefågel {mark(f'title of {what}', seen_by)}",
            "summary": mark(f"summary of {what}", seen_by),
            "contact_name": mark(f"contact of {what}", seen_by),
            "contact_email": f"{mark(f'contact e-mail of {what}', seen_by)}@example.org",
            "search_description": mark(f"search description of {what}", seen_by),
            "seo_title": mark(f"search title of {what}", seen_by),
            "owner": owner,
        }

    def module(what: str, seen_by: set[str]) -> list:
        return [
            (
                "module",
                {
                    "title": mark(f"module of {what}", seen_by),
                    "minutes": 20,
                    "summary": mark(f"module's summary of {what}", seen_by),
                    "text": f"<p>{mark(f'module’s text of {what}', seen_by)}</p>",
                    "exercise": mark(f"exercise of {what}", seen_by),
                },
            )
        ]

    internal = CoursePageFactory(
        **texts("an internal course", readers),
        audience=mark("audience of an internal course", readers),
        goals=mark("goals of an internal course", readers),
        body=[("quote", {"quote": mark("quote", readers), "who": mark("who was quoted", readers)})],
        modules=module("an internal course", readers),
        image=shown,
        collaboration=project,
    )
    draft = CoursePageFactory(
        **texts("a draft", editors),
        audience=mark("audience of a draft", editors),
        modules=module("a draft", editors),
        live=False,
    )
    # Everybody reads it; what its next version says and who works on it is the editors' alone.
    public = StandardPageFactory(title=f"Öppen sida i {place}", owner=owner, visibility=Visibility.PUBLIC)
    public.title = f"Kanariefågel {mark('next title of a public page', editors)}"
    public.summary = mark("next summary of a public page", editors)
    public.save_revision(user=author, log_action=True)
    section.title = f"Kanariefågel {mark('next title of a section', editors)}"
    section.save_revision(user=author, log_action=True)
    others = [
        MethodPageFactory(**texts("a method", readers), needed=mark("needs of a method", readers)),
        LessonPageFactory(**texts("a lesson", readers), lesson=mark("sentence of a lesson", readers)),
        (
            conference_page := ConferencePageFactory(
                **texts("a conference", readers), place=mark("place of a conference", readers)
            )
        ),
        CollaborationPageFactory(**texts("a project's page", readers), collaboration=project),
    ]
    alias = internal.create_alias(parent=section, update_slug=f"alias-{mark('slug of an alias', readers)}", user=author)
    title_of_gone = f"Kanariefågel {mark('title of a deleted page', people_keepers)}"
    gone = CoursePageFactory(title=title_of_gone, owner=owner, live=False)
    gone.save_revision(user=author, log_action=True)
    gone.delete(user=author)
    for page in (internal, draft, public, *others):
        Page.objects.filter(pk=page.pk).update(owner=author)
    Page.objects.filter(pk=draft.pk).update(locked=True, locked_by=author, locked_at=timezone.now())
    scheduled = draft.specific_class.objects.get(pk=draft.pk)
    scheduled.go_live_at = timezone.now() + timedelta(days=3)
    schedule = scheduled.save_revision(user=author, log_action=True)
    schedule.approved_go_live_at = scheduled.go_live_at
    schedule.save()

    # --- work on pages ---
    workflow = Workflow.objects.create(name=f"Flöde {mark('workflow', editors)}")
    task = GroupApprovalTask.objects.create(name=f"Granskning {mark('task', editors)}")
    task.groups.add(author.groups.get(role_group__role=Role.COORDINATOR))
    WorkflowTask.objects.create(workflow=workflow, task=task)
    WorkflowPage.objects.create(workflow=workflow, page=section)
    for page in (public, draft):
        latest = page.specific_class.objects.get(pk=page.pk)
        workflow.start(latest, author)
    task_states = []
    for page in (public, draft):
        state = page.specific_class.objects.get(pk=page.pk).current_workflow_task_state
        state.comment = mark("comment of a task", editors)
        state.save()
        task_states.append(state.pk)
    comment = Comment.objects.create(
        page=public, user=author, text=mark("comment", editors), contentpath="title", position=""
    )
    CommentReply.objects.create(comment=comment, user=author, text=mark("reply to a comment", editors))
    PageSubscription.objects.create(page=public, user=author, comment_notifications=True)
    session = EditingSession.objects.create(
        user=author, content_object=public, last_seen_at=timezone.now() + timedelta(hours=1), is_editing=True
    )
    ModelLogEntry.objects.log_action(shown, "wagtail.edit", user=author, title=mark("picture's log", editors))

    # --- events ---
    event_texts = {
        name: mark(f"event's {name}", readers)
        for name in ("title", "summary", "description", "place", "address", "contact_name")
    }
    event = TrainingEventFactory(
        municipality=owner,
        **event_texts,
        contact_email=f"{mark('event’s contact e-mail', readers)}@example.org",
        format=EventFormat.BOTH,
        meeting_url=f"https://{mark('meeting link', editors)}.example.org/",
        course=Page.objects.get(pk=internal.pk),
        collaboration=project,
        capacity=1,
        thanks=mark("thanks of an event", editors),
        evaluation_url=f"https://{mark('evaluation link', editors)}.example.org/",
    )
    EventMaterial.objects.create(
        event=event,
        title=mark("title of a material", readers),
        url=f"https://{mark('address of a material', readers)}.example.org/",
    )
    InvitationLink.objects.create(
        event=event,
        label=mark("label of an invitation link", editors),
        key=mark("key of an invitation link", editors),
    )
    event_draft = TrainingEventFactory(
        municipality=owner,
        title=mark("title of an event's draft", editors),
        summary=mark("summary of an event's draft", editors),
        published=False,
    )
    # --- a conference's programme: what is released, and what is only planned ---
    conference = conference_of(conference_page)
    speaker = add_speaker(
        conference,
        mark("name of a speaker", readers),
        organisation=mark("organisation of a speaker", readers),
        email=f"{mark('speaker’s e-mail', editors)}@example.org",
    )
    unnamed = add_speaker(conference, mark("name of a speaker who has not said yes", editors), consents=False)
    programme_session = add_session(
        conference,
        mark("title of a session", readers),
        description=mark("description of a session", readers),
        room=add_room(conference, mark("room of a session", readers)),
        track=add_track(conference, mark("track of a session", readers)),
        places=1,
        speakers=(speaker, unnamed),
    )
    release(conference, name=mark("name of a version", readers))
    conferences.open_registration(conference=conference, event=event)
    planned = add_session(conference, mark("title of a session that is only planned", editors), "13:00", "14:00")

    # --- sharing ---
    third = MunicipalityFactory()
    adoption = Adoption.objects.create(
        way="adapted",
        municipality=owner,
        copy_id=draft.pk,
        source_title=mark("title of an original", editors),
        what_changed=mark("what was changed in an own version", editors),
        why=mark("why an own version was changed", editors),
    )
    handover = Handover.objects.create(
        from_municipality=owner, to_municipality=third, note=mark("note of a handover", editors)
    )
    HandoverItem.objects.create(handover=handover, title=mark("thing handed over", editors), page_id=draft.pk)
    CoEditing.objects.create(
        page_id=draft.pk, owner=owner, municipality=third, until=timezone.localdate() + timedelta(days=9)
    )
    MissingContent.objects.create(
        municipality=owner,
        text=mark("text of what is missing", editors),
        wish=mark("wish for what is missing", editors),
    )
    audit.record(
        municipality=owner,
        actor=author,
        act=AuditAct.RETIRED,
        subject=mark("subject in the log", ADMINISTRATORS[place]),
        detail=[mark("detail in the log", ADMINISTRATORS[place])],
    )

    # --- somebody with a protected identity, who takes part in all of it: nobody meets what stands behind the alias ---
    hidden_name = canaries.hide(f"{place}: name behind an alias")
    hidden_address = f"{canaries.hide(f'{place}: address behind an alias')}@example.org"
    hidden = PersonFactory(
        member_of=owner,
        roles=[Role.COORDINATOR, Role.ADMINISTRATOR, Role.MANAGER],
        unit=unit,
        first_name=hidden_name,
        last_name=f"{hidden_name}son",
        email=hidden_address,
    )
    full_name = str(hidden)
    add_speaker(conference, full_name, email=hidden_address)
    asks_them = TrainingEventFactory(municipality=owner, contact_name=full_name, contact_email=hidden_address)
    StandardPageFactory(
        title=f"Fråga mig i {place}",
        owner=owner,
        visibility=Visibility.PUBLIC,
        contact_name=full_name,
        contact_email=hidden_address,
    ).save_revision(user=hidden, log_action=True)
    Comment.objects.create(page=public, user=hidden, text="Fin sida", contentpath="title", position="")
    sign_up(asks_them, hidden)
    protected_identity.protect(person=hidden, actor=hidden)
    hidden.refresh_from_db()
    # And what comes afterwards.
    MethodPageFactory(owner=owner, title=f"Metod från någon i {place}").save_revision(user=hidden, log_action=True)
    EditingSession.objects.create(
        user=hidden, content_object=public, last_seen_at=timezone.now() + timedelta(hours=1), is_editing=True
    )
    Deputy.objects.create(
        unit=unit,
        person=hidden,
        starts_on=timezone.localdate(),
        ends_on=timezone.localdate() + timedelta(days=9),
        chosen_by=author,
    )
    Attendance.objects.create(sign_up=asks_them.sign_ups.get(), occasion=asks_them.occasions.get(), recorded_by=author)
    audit.record(municipality=owner, actor=hidden, act=AuditAct.SEAT_GIVEN, subject=asks_them.title, detail=[hidden])
    invited = invitations.invite(municipality=owner, email="nagon@example.org", roles=[], invited_by=author)
    # Invited under the address, and accepted: the log knows the invitation by its number.
    Invitation.objects.filter(pk=invited.pk).update(email=hidden_address, accepted_at=timezone.now())
    parked = queue_rendered_mail(
        message="m", to_email=hidden_address, subject="Din plats", text="Välkommen", recipient=hidden
    )
    OutboxMessage.objects.filter(pk=parked.pk).update(state="parked")

    entry = sign_up(event, participant)
    waiting = sign_up(event, author)
    also_waiting = sign_up(event, hidden)
    places.book(session_id=programme_session.pk, sign_up_id=entry.pk)

    ids.update(
        page=[public.pk, internal.pk, draft.pk],
        any_page=[public.pk, internal.pk, draft.pk, section.pk, alias.pk],
        alias=[alias.pk],
        section=[section.pk],
        parent=[section.pk, public.pk, draft.pk],
        path=[page.get_url_parts()[2].lstrip("/") for page in (internal, alias, draft, *others)],
        revision=[Page.objects.get(pk=pk).latest_revision_id for pk in (public.pk, internal.pk, draft.pk)],
        workflow=[workflow.pk],
        task=[task.pk],
        task_state=task_states,
        workflow_state=[
            page.specific_class.objects.get(pk=page.pk).current_workflow_state.pk for page in (public, draft)
        ],
        editing_session=[session.pk],
        collection=[section.collection_id, collection.pk],
        image=[shown.pk, unused.pk],
        image_file=[shown.file.name, unused.file.name],
        document=[document.pk],
        document_folder=[document.folder],
        course=[internal.pk, draft.pk],
        adoption=[adoption.public_id],
        handover=[handover.public_id],
        occasion=[event.occasions.get().uid],
        upload=[upload.pk],
        person=[participant.pk, author.pk, hidden.pk],
        shown_person=[participant.pk],
        group=[group.group_id for group in owner.role_groups.all()][-2:],
        municipality=[owner.slug],
        municipality_pk=[owner.pk],
        unit=[unit.pk],
        membership=[participant.memberships.get().pk, author.memberships.get().pk, hidden.memberships.get().pk],
        invitation=[invitation.pk],
        project=[project.slug],
        project_pk=[project.pk],
        event=[event.public_id, event_draft.public_id, asks_them.public_id],
        event_pk=[event.pk],
        conference=[conference.public_id],
        session=[programme_session.public_id, planned.public_id],
        speaker=[speaker.public_id, unnamed.public_id],
        sign_up=[entry.uid, waiting.uid, also_waiting.uid],
        site=[Site.objects.get().pk],
    )
    things.rows += [
        author,
        participant,
        hidden,
        unused,
        document,
        upload,
        tag,
        workflow,
        task,
        Task.objects.get(pk=task.pk),
        section.collection,
        collection,
        *(group.group for group in owner.role_groups.all()),
        *Page.objects.descendant_of(section, inclusive=True),
    ]
