"""A person goes through everything, and is found nowhere once they are erased."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from wagtail.models import Comment
from wagtail.users.models import UserProfile

from portal.accounts.services import erasure_log, legal_holds, personal_data, privacy_run
from portal.conferences.models import Speaker
from portal.core.services import ActionRefused
from portal.events.models import (
    Attendance,
    Certificate,
    EventAnswer,
    EventQuestion,
    GuestRequest,
    KeptName,
    Needs,
    SignUp,
)
from portal.events.services import evidence
from portal.municipalities.enums import AuditAct, Role
from portal.municipalities.models import AuditEntry
from portal.municipalities.services import audit, invitations
from portal.notifications.models import OutboxMessage
from portal.notifications.services.outbox import queue_rendered_mail
from search.models import AskedSearch, SavedSearch
from tests.factories.cms import ConferencePageFactory, MethodPageFactory
from tests.factories.conferences import add_speaker, conference_of
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import CollaborationFactory, PersonFactory

FIRST, LAST, EMAIL = "Zqfirstqz", "Zqlastqz", "zqaddressqz@example.org"
WORDS = ("zqfirstqz", "zqlastqz", "zqaddressqz", "zqwordsqz")
SAID = "Zqwordsqz"

pytestmark = pytest.mark.django_db


def everything_written() -> dict[str, str]:
    """Every value of every row of every table, as text, by where it stands; encrypted ones as they are read."""
    return {
        f"{model._meta.label}.{field.name}:{row.pk}": json.dumps(
            getattr(row, field.attname), default=str, ensure_ascii=False
        ).lower()
        for model in apps.get_models()
        if model._meta.managed and not model.__module__.startswith("tests.")
        for row in model._base_manager.all()
        for field in model._meta.local_concrete_fields
    }


def where_found() -> list[str]:
    found = [place for place, text in everything_written().items() if any(word in text for word in WORDS)]
    folder = Path(settings.MEDIA_ROOT)
    files = [path.name for path in folder.rglob("*") if any(word in path.name.lower() for word in WORDS)]
    return found + files + [word for word in WORDS if word in log_of_erasures()]


def log_of_erasures() -> str:
    path = Path(settings.ERASURE_LOG)
    return path.read_text().lower() if path.exists() else ""


@pytest.fixture(autouse=True)
def own_log(settings, tmp_path) -> None:
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def person(cast):
    made = PersonFactory(email=EMAIL, first_name=FIRST, last_name=LAST, member_of=cast.here, roles=(Role.MANAGER,))
    made.emailaddress_set.get_or_create(email=EMAIL, defaults={"verified": True, "primary": True})
    return made


def go_through_everything(person, cast, *, fund: str = "") -> dict[str, SignUp]:
    """Leave a trace in each kind of place; return the sign-ups to what is over and to what is ahead."""
    now = timezone.now()
    collaboration = CollaborationFactory(lead=cast.here, fund=fund or "Region")
    over = TrainingEventFactory(municipality=cast.here, collaboration=collaboration, capacity=5)
    ahead = TrainingEventFactory(municipality=cast.here, capacity=1, asks_food=True, asks_access=True)
    came, comes = sign_up(over, person), sign_up(ahead, person)
    waits = sign_up(ahead, cast.staff_here)
    assert waits.state == "waiting"
    question = EventQuestion.objects.create(event=ahead, text="Vad vill du lära dig?")
    EventAnswer.objects.create(sign_up=comes, question=question, text=f"{SAID} svar")
    Needs.objects.create(sign_up=comes, other_food=f"{SAID} mat")
    SignUp.objects.filter(pk=came.pk).update(organisation=SAID, refusal=f"{SAID} nej")
    came.changes.update(note=f"{FIRST} {LAST} ringde")
    Attendance.objects.create(sign_up=came, occasion=over.occasions.first(), recorded_by=cast.coordinator_here)
    Certificate.objects.create(
        sign_up=came,
        code="AAAA-BBBB-CCCC",
        issued_at=now,
        name=f"{FIRST} {LAST}",
        event_title=over.title,
        arranger="Trelleborgs kommun",
        dates=[],
        minutes=60,
    )
    over.occasions.update(starts_at=now - timedelta(days=30), ends_at=now - timedelta(days=30) + timedelta(hours=2))
    over.first_starts_at = over.last_ends_at = now - timedelta(days=30)
    over.contact_name, over.contact_email = f"{FIRST} {LAST}", EMAIL
    over.save()
    GuestRequest.objects.create(
        event=over, first_name=FIRST, last_name=LAST, email=EMAIL, token_hash="x" * 64, expires_at=now
    )
    page = MethodPageFactory(owner=cast.here, contact_name=f"{FIRST} {LAST}", contact_email=EMAIL)
    page.save_revision(user=person)
    Comment.objects.create(page=page, user=person, text=f"{SAID} kommentar", contentpath="title")
    UserProfile.objects.create(user=person, avatar=ContentFile(b"bild", name="zqwordsqz.png"))
    conference = conference_of(ConferencePageFactory(owner=cast.here))
    add_speaker(conference, name=f"{FIRST} {LAST}", email=EMAIL)
    Speaker.objects.filter(email=EMAIL).update(about=f"{SAID} om mig", organisation=SAID)
    invitations.invite(municipality=cast.there, email=EMAIL, roles=[], invited_by=cast.portal_admin)
    SavedSearch.objects.create(person=person, address=f"q={SAID}")
    AskedSearch.objects.create(
        uid="7b0b2a52-6a9b-4c4f-9a54-3f3f1f6f0a01",
        day=timezone.localdate(),
        text=f"{FIRST} {LAST}",
        hits=0,
        engine="database",
        milliseconds=1,
    )
    queue_rendered_mail(message="m", to_email=EMAIL, subject=f"Hej {FIRST} {LAST}", text=SAID, recipient=person)
    queue_rendered_mail(
        message="m",
        to_email="chef@example.org",
        subject=f"{FIRST} {LAST} vill komma",
        text=f"Skriv till {EMAIL}.",
        html=f"<p>{FIRST} {LAST}</p>",
        attachments=[{"name": "a.ics", "type": "text/calendar", "text": f"ORGANIZER:{EMAIL}"}],
    )
    audit.record(
        municipality=cast.here,
        actor=cast.coordinator_here,
        act=AuditAct.SEAT_GIVEN,
        subject=over.title,
        detail=[person],
    )
    client = Client()
    client.force_login(person)
    return {"came": came, "comes": comes, "waits": waits}


def test_who_is_erased_is_found_nowhere_and_the_seat_is_the_next_ones(cast, person) -> None:
    left = go_through_everything(person, cast)
    assert len(where_found()) > 15  # what could be left behind is there

    assert personal_data.erase(person=person) is True

    assert where_found() == []
    person.refresh_from_db()
    assert (str(person), person.email, person.is_active, person.has_usable_password()) == (
        "Raderad person",
        None,
        False,
        False,
    )
    assert not person.groups.exists()
    left["waits"].refresh_from_db()
    left["comes"].refresh_from_db()
    assert (left["waits"].state, left["comes"].state) == ("offered", "cancelled")
    # What happened stays: how many came, and who did what in the log, by nobody's name.
    assert Attendance.objects.filter(sign_up=left["came"]).count() == 1
    line = audit.named(AuditEntry.objects.filter(act=AuditAct.SEAT_GIVEN, detail__gt=""))[0]
    assert line.detail == "Raderad person"
    assert not Session.objects.filter(pk__in=[row.pk for row in Session.objects.all() if _is_of(row, person)]).exists()
    assert personal_data.erase(person=person) is True  # twice is once


def _is_of(row: Session, person) -> bool:
    return row.get_decoded().get("_auth_user_id") == str(person.pk)


def test_the_export_tells_everything_that_erasing_would_take(cast, person) -> None:
    go_through_everything(person, cast)

    sections = {section.key: section for section in personal_data.export(person)}

    assert {
        "account",
        "addresses",
        "sessions",
        "mails",
        "sign_ups",
        "sign_up_changes",
        "answers",
        "attendance",
        "certificates",
        "contact",
        "memberships",
        "invitations",
        "contact_pages",
        "pages",
        "comments",
        "speaker",
        "saved_searches",
    } <= set(sections)
    told = json.dumps([section.rows for section in sections.values()], ensure_ascii=False)
    assert all(word in told for word in (FIRST, LAST, EMAIL, f"{SAID} svar", f"{SAID} kommentar", f"{SAID} om mig"))
    # Of others nothing: who waits behind them is not theirs to know.
    assert str(cast.staff_here) not in told


def test_who_came_to_an_eu_project_is_kept_by_name_until_five_years_after_its_last_payment(cast, person) -> None:
    left = go_through_everything(person, cast, fund="ESF+")
    project = left["came"].event.collaboration
    assert [project.title in sentence for sentence in personal_data.kept_after(person)] == [True]

    personal_data.erase(person=person)

    assert where_found() == [f"events.KeptName.name:{person.pk}"]
    raw = KeptName.objects.raw("SELECT person_id, name || '' AS sealed FROM events_keptname")[0].sealed
    assert LAST not in raw  # encrypted where it lies
    assert [row.name for row in evidence.of(project)] == [f"{FIRST} {LAST}"]
    # Nobody has written when the last payment was: kept. Then its year, and the years go by.
    evidence.let_go(timezone.now() + timedelta(days=3650))
    assert KeptName.objects.exists()
    project.last_payment_year, project.diary_number = timezone.localdate().year, "23-071-S09"
    project.save()
    evidence.let_go(timezone.now() + timedelta(days=5 * 365))
    assert KeptName.objects.exists()
    evidence.let_go(timezone.now() + timedelta(days=6 * 366))
    assert not KeptName.objects.exists()
    assert where_found() == []


def test_a_hold_closes_the_account_and_erases_nothing_until_it_is_lifted(cast, person) -> None:
    hold = legal_holds.place(person=person, reason="Tvist", actor=cast.portal_admin)
    with pytest.raises(ActionRefused):
        legal_holds.place(person=person, reason="Igen", actor=cast.portal_admin)

    assert personal_data.erase(person=person) is False

    person.refresh_from_db()
    assert (person.last_name, person.is_active, person.erased_at) == (LAST, False, None)
    privacy_run.run()
    person.refresh_from_db()
    assert person.last_name == LAST
    legal_holds.lift(hold=hold)
    protocol = privacy_run.run()
    person.refresh_from_db()
    assert person.erased_at is not None
    assert ("personer som bad om det medan ett stopp förbjöd det", 1) in privacy_run.lines_of(protocol)


def test_nobody_is_erased_whom_a_municipality_cannot_do_without(cast) -> None:
    with pytest.raises(ActionRefused):
        personal_data.erase(person=cast.municipality_admin)
    with pytest.raises(ActionRefused):
        personal_data.erase(person=cast.portal_admin)

    assert get_user_model().objects.filter(erased_at=None, is_active=True, pk=cast.municipality_admin.pk).exists()


def test_a_restored_back_up_erases_again_whom_it_brings_back(cast, person) -> None:
    before = timezone.now() - timedelta(minutes=1)
    joined_at, pk = person.date_joined, person.pk
    personal_data.erase(person=person)
    # The row as the back-up has it, and somebody new who was given a number that the log knows.
    get_user_model().objects.filter(pk=pk).update(
        first_name=FIRST, last_name=LAST, email=EMAIL, is_active=True, erased_at=None
    )
    other = PersonFactory(email="annan@example.org")
    erasure_log.write(type("Row", (), {"pk": other.pk, "date_joined": joined_at})(), timezone.now())

    assert personal_data.erase_again(before) == 1

    assert where_found() == []
    other.refresh_from_db()
    assert other.erased_at is None
    assert personal_data.erase_again(timezone.now()) == 0


def test_old_sign_ups_are_tied_to_nobody_and_old_mails_say_nothing(cast, person) -> None:
    event = TrainingEventFactory(municipality=cast.here, capacity=5)
    entry = sign_up(event, person)
    queue_rendered_mail(message="m", to_email=EMAIL, subject=FIRST, text=SAID, recipient=person)
    OutboxMessage.objects.update(state="sent", updated_at=timezone.now() - timedelta(days=91))
    SignUp.objects.filter(pk=entry.pk).update(organisation=SAID)
    at = timezone.now() - timedelta(days=2 * 365 + 1)
    type(event).objects.filter(pk=event.pk).update(first_starts_at=at, last_ends_at=at)

    protocol = privacy_run.run()

    entry.refresh_from_db()
    person.refresh_from_db()
    assert (str(entry.person), entry.organisation, entry.state) == ("Raderad person", "", "confirmed")
    assert person.last_name == LAST  # who is a member stays one
    assert not OutboxMessage.objects.exclude(subject="", text="", to_email="").exists()
    counts = dict(privacy_run.lines_of(protocol))
    assert counts["anmälningar som inte längre hör till någon"] == 1
    assert not any(word in json.dumps(protocol.lines).lower() for word in WORDS)
    assert privacy_run.lines_of(privacy_run.run()) == []  # nothing is left to do


def test_accounts_that_nobody_uses_are_told_a_month_before_and_guests_go_after_their_last_event(cast) -> None:
    # Longer than the month in which one is told: a portal's first run must not erase whom nobody has told.
    long_ago = timezone.now() - timedelta(days=4 * 365)
    users = get_user_model().objects
    users.filter(pk=cast.outsider.pk).update(date_joined=long_ago, last_login=None)
    users.filter(pk=cast.staff_here.pk).update(date_joined=long_ago, last_login=None)  # a member
    guest = users.create_user("gast@example.org", None, is_guest=True, first_name="G", last_name="Äst")
    users.filter(pk=guest.pk).update(date_joined=long_ago)

    privacy_run.run()
    privacy_run.run()

    assert list(users.exclude(erased_at=None)) == [guest]
    assert [mail.recipient for mail in OutboxMessage.objects.filter(message="accounts/unused")] == [cast.outsider]
    privacy_run.run(now=timezone.now() + timedelta(days=30))
    assert set(users.exclude(erased_at=None)) == {guest, cast.outsider}


def test_lines_of_the_log_end_after_five_years_and_not_before(cast) -> None:
    now = timezone.now()
    for years in (4, 6):
        audit.record(
            municipality=cast.here,
            actor=None,
            act=AuditAct.LOG_EXPORTED,
            subject=f"{years} år",
            now=now - timedelta(days=366 * years),
        )

    privacy_run.run(now=now)

    left = AuditEntry.objects.filter(act=AuditAct.LOG_EXPORTED)
    assert [line.subject for line in left] == ["4 år"]


def test_what_somebody_writes_never_passes_for_a_number_in_the_log(cast) -> None:
    """A title that looks like the log's own sign for a person would show the reader that person's name."""
    sign = AuditEntry.mark("p", cast.staff_there.pk)
    line = audit.record(municipality=cast.here, actor=None, act=AuditAct.EVENT_SHARED, subject=sign, detail=[sign])

    shown = audit.named([AuditEntry.objects.get(pk=line.pk)])[0]

    assert str(cast.staff_there) not in f"{shown.subject} {shown.detail}"


def test_an_address_is_enough_to_fetch_hold_and_erase_somebody(cast, person, capsys) -> None:
    """What a municipality's privacy officer asks for, by `manage.py person`."""
    call_command("person", EMAIL, "--export")
    sections = {section["key"]: section["rows"] for section in json.loads(capsys.readouterr().out)}
    assert EMAIL in sections["account"][0].values()
    call_command("person", EMAIL, "--hold", "Tvist")
    call_command("person", EMAIL, "--erase", "--yes")
    person.refresh_from_db()
    assert person.last_name == LAST
    call_command("person", EMAIL, "--lift")
    call_command("person", EMAIL, "--erase")  # says, and does not
    person.refresh_from_db()
    assert person.erased_at is None
    call_command("person", EMAIL, "--erase", "--yes")
    person.refresh_from_db()
    assert person.erased_at is not None
    with pytest.raises(CommandError):
        call_command("person", EMAIL, "--export")


def test_a_part_that_fails_keeps_no_other_from_its_work(cast, person, monkeypatch) -> None:
    def broken(now):
        raise OSError(EMAIL)
        yield

    monkeypatch.setattr(personal_data, "_holders", [personal_data.Holder(sweep=broken), *personal_data.holders()])
    queue_rendered_mail(message="m", to_email=EMAIL, subject=FIRST, text=SAID, recipient=person)
    OutboxMessage.objects.update(state="sent", updated_at=timezone.now() - timedelta(days=91))

    protocol = privacy_run.run()

    assert protocol.problem == "OSError"  # its words may hold anybody's data
    assert [sign.is_fine for sign in privacy_run.signs()] == [False]
    assert not OutboxMessage.objects.filter(text=SAID).exists()
