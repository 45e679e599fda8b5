import secrets
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.core.models import EncryptedField, LineField, ProseField, Timestamped
from portal.events.enums import (
    ACTIVE_STATES,
    UNANSWERED_STATES,
    Approval,
    Availability,
    EventFormat,
    EventState,
    Food,
    LinkState,
    SignUpState,
)
from portal.events.querysets import (
    InterestQuerySet,
    InvitationLinkQuerySet,
    SignUpQuerySet,
    TrainingEventQuerySet,
)
from portal.municipalities.models import (
    Collaboration,
    Municipality,
    SharedRecord,
    SharedWork,
    Unit,
    new_public_id,
)

ALMOST_FULL_AT = 3  # free seats and fewer
MOST_REMIND_DAYS = 10
MEETING_OPENS_BEFORE = timedelta(minutes=15)
# What somebody is sent to read or fill in is not to be read or changed on its way there.
# A code of its own, or forms would say their own "not a valid address" instead.
https_only = URLValidator(schemes=["https"], message=_("Write an address that begins with https://."), code="not_https")
# Nothing that looks like something else when it is read aloud or written by hand: no 0 O, 1 I L, U V, and of Z 2, S 5
# and B 8 only the digit.
CODE_ALPHABET = "ACDEFGHJKMNPQRTWXY23456789"
CODE_LENGTH = 6


def new_sign_up_code() -> str:
    """What a participant shows or says at the door; one of 300 million, so that nobody's is guessed."""
    return "".join(secrets.choice(CODE_ALPHABET) for _position in range(CODE_LENGTH))


def new_day_code() -> str:
    """What the organiser of an online event says aloud: six digits, for any keyboard."""
    return f"{secrets.randbelow(10**6):06d}"


def new_link_key() -> str:
    """The secret part of an invitation link: 128 bits, so that nobody finds one by trying."""
    return secrets.token_urlsafe(16)


class TrainingEvent(SharedRecord):
    """A dated training event with a number of seats, open to one or several municipalities.

    Its own fields are changed by `services.training_events`; the seat pool (from `seats_taken` to `waiting_count`)
    by `services.sign_ups` alone. All that a seat is decided by stands on this row, because its lock is what makes
    the decision safe; `services.seat_pool` reads it. Who may find it may sign up; of a public event, every member may.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    title = LineField(_("title"), max_length=120)
    summary = ProseField(
        _("in short"),
        max_length=400,
        help_text=_("One to three short sentences in plain words: what it is, for whom, what one can do afterwards."),
    )
    summary_en = ProseField(
        _("in short, in English"),
        max_length=400,
        blank=True,
        help_text=_("What those who read the portal in English see first. Needed to share with a city abroad."),
    )
    description = ProseField(_("description"), max_length=8000, blank=True)
    course = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("course"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    collaboration = models.ForeignKey(
        Collaboration,
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="events",
    )
    format = models.CharField(_("format"), max_length=8, choices=EventFormat.choices, default=EventFormat.ON_SITE)
    place = LineField(_("place"), max_length=120, blank=True)
    address = LineField(_("address"), max_length=200, blank=True)
    directions = ProseField(
        _("how to find the place"),
        max_length=400,
        blank=True,
        help_text=_("As you would say it to somebody on the phone: the stop, the entrance, the floor."),
    )
    meeting_url = models.URLField(
        _("meeting link"),
        blank=True,
        help_text=_("Shown only to those who have a seat, from 15 minutes before each start until the end."),
    )
    capacity = models.PositiveIntegerField(
        _("number of seats"), validators=[MinValueValidator(1), MaxValueValidator(5000)]
    )
    # Seats kept for a municipality, by its id as text (JSON has no other keys), until the moment below.
    kept_seats = models.JSONField(default=dict, blank=True, editable=False)
    kept_until = models.DateTimeField(
        _("seats are kept until"),
        null=True,
        blank=True,
        help_text=_("Then the seats that are left go to everybody, first to those who have waited longest."),
    )
    max_per_unit = models.PositiveSmallIntegerField(
        _("at most this many from the same unit"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(500)],
        help_text=_("So that the unit can go on working meanwhile. Leave empty for no limit."),
    )
    approval = models.CharField(_("the manager’s part"), max_length=8, choices=Approval.choices, default=Approval.NONE)
    pending_holds_seat = models.BooleanField(
        _("hold a seat while the manager decides"),
        default=True,
        help_text=_("Otherwise a seat is given, or a place in the waiting list, when the manager has said yes."),
    )
    seats_taken = models.PositiveIntegerField(default=0, editable=False)
    held_seats = models.JSONField(default=dict, editable=False)  # how many of them, by municipality
    seats_kept = models.PositiveIntegerField(default=0, editable=False)  # kept for somebody and not taken yet
    kept_released_at = models.DateTimeField(null=True, editable=False)
    # Seats held while a team's form is filled in: [municipality id, seats, until (Unix time)] by the team's id as text.
    form_holds = models.JSONField(default=dict, editable=False)
    waiting_count = models.PositiveIntegerField(default=0, editable=False)
    sign_up_opens_at = models.DateTimeField(_("sign-up opens"), null=True, blank=True)
    sign_up_closes_at = models.DateTimeField(
        _("last moment to sign up"),
        null=True,
        blank=True,
        help_text=_("Leave empty to close when the event starts."),
    )
    offer_hours = models.PositiveSmallIntegerField(
        _("hours to answer an offered seat"),
        default=48,
        validators=[MinValueValidator(1), MaxValueValidator(336)],
        help_text=_("A freed seat is offered to the first in the waiting list, who has this long to answer."),
    )
    offers_stop_hours = models.PositiveSmallIntegerField(
        _("hours before the start when offers stop"),
        default=24,
        validators=[MaxValueValidator(336)],
        help_text=_("After that a free seat goes to whoever takes it first."),
    )
    min_participants = models.PositiveIntegerField(
        _("held only if so many sign up"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5000)],
        help_text=_("Leave empty when it is held however many come."),
    )
    decide_by = models.DateField(
        _("day when you decide at the latest"),
        null=True,
        blank=True,
        help_text=_("Those who signed up see the day. You are reminded some days before."),
    )
    decided_at = models.DateTimeField(null=True, editable=False)
    remind_days = models.PositiveSmallIntegerField(
        _("working days before each date when participants are reminded"),
        default=2,
        validators=[MaxValueValidator(MOST_REMIND_DAYS)],
        help_text=_("0 for no reminder."),
    )
    takes_guests = models.BooleanField(
        _("people without an account may sign up"),
        default=False,
        help_text=_("They confirm their e-mail address first. Only for an event that everybody may read."),
    )
    asks_food = models.BooleanField(_("ask about food"), default=False)
    asks_access = models.BooleanField(_("ask what people need to be able to take part"), default=False)
    # Events of one series are the same thing given again; where `once_per_series` is set, a person comes to one of it.
    series = models.UUIDField(null=True, blank=True, editable=False, db_index=True)
    once_per_series = models.BooleanField(default=False, editable=False)
    dates_to_choose = models.PositiveSmallIntegerField(
        _("how many of the dates each person comes to"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(40)],
        help_text=_("Leave empty when everybody comes to all of them."),
    )
    contact_name = LineField(_("contact person"), max_length=120, blank=True)
    contact_email = models.EmailField(_("contact’s e-mail"), blank=True)
    state = models.CharField(max_length=10, choices=EventState.choices, default=EventState.DRAFT, editable=False)
    cancel_reason = ProseField(_("why it is cancelled"), max_length=600, blank=True, editable=False)
    # First start and last end, kept from the occasions so that lists can be sorted and filtered.
    first_starts_at = models.DateTimeField(null=True, editable=False)
    last_ends_at = models.DateTimeField(null=True, editable=False)
    # Raised with every change that participants' calendars must follow (RFC 5545, 3.8.7.4).
    calendar_sequence = models.PositiveIntegerField(default=0, editable=False)
    # What comes after; changed by `services.afterwards`.
    thanks = ProseField(
        _("thanks to those who came"),
        max_length=2000,
        blank=True,
        help_text=_("Stands first in the mail to those who came, and on the page of their sign-up."),
    )
    evaluation_url = models.URLField(
        _("link to the evaluation"),
        max_length=500,
        blank=True,
        validators=[https_only],
        help_text=_("Shown only to those who came."),
    )

    objects = TrainingEventQuerySet.as_manager()

    class Meta:
        ordering = ["first_starts_at", "pk"]
        indexes = [models.Index(fields=["state", "last_ends_at"], name="event_state_end")]
        constraints = [
            models.CheckConstraint(condition=models.Q(capacity__gte=1), name="event_has_seats"),
            models.CheckConstraint(
                condition=models.Q(seats_taken__lte=models.F("capacity") - models.F("seats_kept")),
                name="event_not_oversold",
                violation_error_message=_("There are fewer seats than are taken or kept for somebody."),
            ),
            models.CheckConstraint(
                condition=models.Q(takes_guests=False) | ~models.Q(approval=Approval.APPROVE),
                name="guests_have_no_manager",
                violation_error_message=_("Somebody without an account has no manager who could answer."),
            ),
            models.CheckConstraint(
                condition=models.Q(sign_up_opens_at__isnull=True)
                | models.Q(sign_up_closes_at__isnull=True)
                | models.Q(sign_up_closes_at__gt=models.F("sign_up_opens_at")),
                name="sign_up_closes_after_opening",
                violation_error_message=_("Sign-up cannot close before it opens."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("event_detail", kwargs={"public_id": self.public_id})

    @property
    def summary_here(self) -> str:
        """The summary in the language in use; in Swedish where there is none in English."""
        return (self.summary_en if get_language() == "en" else "") or self.summary

    @property
    def seats_free(self) -> int:
        """Seats that anybody may have whom the event is for; those kept for a municipality are none of them."""
        on_hold = sum(seats for _place, seats in self.holds_at(timezone.now())) if self.form_holds else 0
        return max(self.capacity - self.seats_taken - self.seats_still_kept - on_hold, 0)

    @property
    def seats_still_kept(self) -> int:
        """Seats kept for a municipality and not taken; none once the moment is there, before the task has run too."""
        return self.seats_kept if self.keeps_seats_at(timezone.now()) else 0

    def holds_at(self, now) -> list[tuple[int, int]]:
        """Municipality id and seats of each team whose form is being filled in."""
        return [(place, seats) for place, seats, until in self.form_holds.values() if until > now.timestamp()]

    def keeps_seats_at(self, now) -> bool:
        return bool(
            self.kept_seats and self.kept_released_at is None and (self.kept_until is None or now < self.kept_until)
        )

    @property
    def is_undecided(self) -> bool:
        """It is held only if enough people sign up, and nobody has said yet that it is."""
        return bool(
            self.min_participants
            and self.decide_by
            and self.decided_at is None
            and self.state == EventState.PUBLISHED
            and not self.has_started_at(timezone.now())
        )

    def shows_meeting_link_at(self, now) -> bool:
        """One of the dates begins within a quarter of an hour, or is going on."""
        return bool(self.meeting_url) and any(
            occasion.starts_at - MEETING_OPENS_BEFORE <= now <= occasion.ends_at for occasion in self.occasions.all()
        )

    def has_started_at(self, now) -> bool:
        return bool(self.first_starts_at and self.first_starts_at <= now)

    @property
    def may_be_postponed(self) -> bool:
        return self.state == EventState.PUBLISHED and not self.has_started_at(timezone.now())

    def offers_stop_at(self):
        """From then on nobody is offered a seat: they could not answer in time. None for an event without dates."""
        return self.first_starts_at and self.first_starts_at - timedelta(hours=self.offers_stop_hours)

    @property
    def closes_at(self):
        """When sign-up ends: as set, else when the event starts."""
        return self.sign_up_closes_at or self.first_starts_at

    def availability_at(self, now=None) -> Availability:
        """What can be done about the event at `now`; the same answer on every surface."""
        now = now or timezone.now()
        if self.state == EventState.DRAFT:
            return Availability.DRAFT
        if self.state == EventState.CANCELLED:
            return Availability.CANCELLED
        if self.last_ends_at and self.last_ends_at <= now:
            return Availability.PAST
        if self.closes_at and self.closes_at <= now:
            return Availability.CLOSED
        if self.sign_up_opens_at and self.sign_up_opens_at > now:
            return Availability.NOT_YET_OPEN
        if self.seats_free == 0:
            return Availability.FULL
        if self.seats_free <= ALMOST_FULL_AT:
            return Availability.ALMOST_FULL
        return Availability.OPEN

    @property
    def availability(self) -> Availability:
        return self.availability_at()

    @property
    def takes_sign_ups(self) -> bool:
        return self.availability in (Availability.OPEN, Availability.ALMOST_FULL, Availability.FULL)

    @property
    def is_cancelled(self) -> bool:
        return self.state == EventState.CANCELLED


class EventOccasion(models.Model):
    """One of the dates of an event."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.ForeignKey(TrainingEvent, on_delete=models.CASCADE, related_name="occasions")
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    # Where people choose dates, so many may choose this one; None for as many as the event has seats.
    capacity = models.PositiveIntegerField(null=True, blank=True)
    # Said aloud in an online meeting; whoever types it has been there.
    code = models.CharField(max_length=6, default=new_day_code, editable=False)

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="occasion_ends_after_start",
                violation_error_message=_("The end must be after the start."),
            )
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.starts_at):%Y-%m-%d %H:%M}"

    @property
    def minutes(self) -> int:
        """How long it is."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


class Team(Timestamped):
    """People whom somebody signs up in one act: all get a seat, or an offer, or wait, and none without the others.

    While the form is filled in, `people` are ids of those chosen, and the event's `form_holds` keeps their seats
    until `held_until`; afterwards the sign-ups say who they are. Changed by `services.teams` only.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.ForeignKey(TrainingEvent, on_delete=models.CASCADE, related_name="teams")
    municipality = models.ForeignKey(Municipality, on_delete=models.CASCADE, related_name="+")
    leader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    people = models.JSONField(default=list)
    held_until = models.DateTimeField(null=True, blank=True)
    signed_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.leader}: {self.event}"

    def get_absolute_url(self) -> str:
        return reverse("my_team_sign_up", kwargs={"uid": self.uid})


class InvitationLink(Timestamped):
    """A secret address: whoever has it reads one event's page and may sign up there.

    They must belong to a municipality, or the link be for guests too. What it does not open: materials,
    participants, the course, other events. Changed by `services.invitation_links` only; how many are signed up
    through it is counted from the sign-ups, never kept here.
    """

    event = models.ForeignKey(TrainingEvent, on_delete=models.CASCADE, related_name="invitation_links")
    key = models.CharField(max_length=32, unique=True, default=new_link_key, editable=False)
    label = LineField(
        _("for whom"), max_length=80, help_text=_("For instance “The cooks in Lund”. Those who open the link see it.")
    )
    max_sign_ups = models.PositiveSmallIntegerField(
        _("at most this many sign-ups"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5000)],
        help_text=_("Leave empty for no limit beside the event’s own seats."),
    )
    ends_at = models.DateTimeField(
        _("holds until"),
        null=True,
        blank=True,
        help_text=_("Leave empty to let it hold as long as people can sign up."),
    )
    for_guests = models.BooleanField(
        _("people without an account may use it"),
        default=False,
        help_text=_("For a group from outside. Each of them writes a name and confirms an e-mail address."),
    )
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    objects = InvitationLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(max_sign_ups__gte=1), name="invitation_link_is_for_somebody")
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.event_id}"  # never the key: names stand in logs

    def get_absolute_url(self) -> str:
        return reverse("event_invited", kwargs={"key": self.key})

    def state_at(self, now: datetime, used: int) -> LinkState:
        """What the link is worth at `now`, when `used` people are signed up through it; over with its event."""
        if self.ended_at is not None:
            return LinkState.ENDED
        if (self.ends_at and self.ends_at <= now) or (self.event.last_ends_at and self.event.last_ends_at <= now):
            return LinkState.PAST
        if self.max_sign_ups is not None and used >= self.max_sign_ups:
            return LinkState.FULL
        return LinkState.OPEN


class SignUp(Timestamped):
    """One person's place at an event: confirmed, waiting, offered, or what became of it.

    Every change goes through the book (`services.seat_book`) and leaves a `SignUpChange`.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.ForeignKey(TrainingEvent, on_delete=models.PROTECT, related_name="sign_ups")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sign_ups")
    # For whom they come; None for a guest, who may say where they come from.
    municipality = models.ForeignKey(Municipality, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    organisation = LineField(_("organisation"), max_length=120, blank=True)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=16, choices=SignUpState.choices)
    queued_at = models.DateTimeField(null=True, blank=True)
    takes_seat_at_once = models.BooleanField(_("take a free seat for me"), default=False)
    # The last moment to answer: for the person an offer, for the manager a request.
    answer_by = models.DateTimeField(null=True, blank=True)
    # Since then the coordinators of the person's municipality may answer for the manager.
    escalated_at = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField(max_length=300, blank=True)  # why the manager said no, or the organiser cancelled it
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="sign_ups")
    # The link without which the person's municipality could not have; None where the event is open to it anyway.
    invitation = models.ForeignKey(
        InvitationLink, null=True, blank=True, on_delete=models.SET_NULL, related_name="sign_ups", editable=False
    )
    # The form's own random token: pressing twice, or going back and pressing again, is one sign-up.
    form_token = models.UUIDField(unique=True, default=uuid.uuid4)
    # When the mail of thanks was queued: nobody gets it twice. Changed by `services.afterwards`.
    thanked_at = models.DateTimeField(null=True, blank=True, editable=False)
    code = models.CharField(max_length=CODE_LENGTH, default=new_sign_up_code, editable=False)
    # The event's, where a person comes to one of its series: the database then knows of no two.
    series = models.UUIDField(null=True, blank=True, editable=False)
    times_chosen = models.PositiveSmallIntegerField(default=0, editable=False)  # by `services.date_choices`

    objects = SignUpQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "person"],
                condition=models.Q(state__in=[state.value for state in ACTIVE_STATES]),
                name="one_active_sign_up_each",
            ),
            models.UniqueConstraint(
                fields=["series", "person"],
                condition=models.Q(state__in=[state.value for state in ACTIVE_STATES]),
                name="one_active_sign_up_in_a_series",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[state.value for state in UNANSWERED_STATES])
                | models.Q(answer_by__isnull=False),
                name="answer_has_a_deadline",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=SignUpState.WAITING) | models.Q(queued_at__isnull=False),
                name="waiting_has_a_place_in_line",
            ),
            models.UniqueConstraint(fields=["event", "code"], name="one_code_each"),
        ]
        indexes = [
            models.Index(fields=["event", "state", "queued_at"], name="sign_up_queue"),
            models.Index(fields=["event", "unit", "state"], name="sign_up_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.event} ({self.state})"

    def get_absolute_url(self) -> str:
        return reverse("my_sign_up", kwargs={"uid": self.uid})

    @property
    def comes_from(self) -> str:
        """Where the person works, in short; "Guest" for one who did not say."""
        return self.municipality.short_name if self.municipality else self.organisation or str(_("Guest"))

    @property
    def event_address(self) -> str:
        """Where the person reads about the event: whoever came by a link and is signed up no more needs it again."""
        through = self.invitation if self.invitation_id and not self.is_active else None
        return (through or self.event).get_absolute_url()

    @property
    def current_state(self) -> SignUpState:
        return SignUpState(self.state)

    @cached_property
    def dates(self) -> list[EventOccasion]:
        """Those the person comes to: all of the event's or, where one chooses, those that are chosen by now."""
        occasions = list(self.event.occasions.all())
        if self.event.dates_to_choose is None:
            return occasions
        chosen = {choice.occasion_id for choice in self.date_choices.all()}
        return [occasion for occasion in occasions if occasion.pk in chosen]

    @property
    def is_to_choose(self) -> bool:
        """Has a seat, and has not said to how many dates they were to choose which."""
        to_choose = self.event.dates_to_choose
        return bool(to_choose and self.state == SignUpState.CONFIRMED and len(self.dates) < to_choose)

    @property
    def is_active(self) -> bool:
        return self.current_state.is_active

    @property
    def was_cancelled_by_organiser(self) -> bool:
        return bool(self.state == SignUpState.CANCELLED and self.refusal)

    def get_state_display(self) -> str:
        """The state as its person reads it; in place of Django's own, which knows no more than the state."""
        return str(_("Cancelled by the organiser") if self.was_cancelled_by_organiser else self.current_state.label)


class GuestRequest(Timestamped):
    """That somebody without an account wants to come, until they confirm the address.

    Changed by `services.guests` only.
    Kept for a day, whether it is confirmed or not; of the link in the mail only the hash is kept.
    """

    event = models.ForeignKey(TrainingEvent, on_delete=models.CASCADE, related_name="+")
    invitation = models.ForeignKey(InvitationLink, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    first_name = LineField(_("first name"), max_length=80)
    last_name = LineField(_("last name"), max_length=80)
    email = models.EmailField(_("e-mail address"))
    organisation = LineField(
        _("organisation"), max_length=120, blank=True, help_text=_("Stands on your name badge. You may leave it empty.")
    )
    takes_seat_at_once = models.BooleanField(
        _("take a free seat for me"),
        default=False,
        help_text=_("If the seats are taken: the next free seat is yours when it is your turn, without a question."),
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(editable=False)
    # The same for each press of the button, so that pressing twice is one sign-up.
    form_token = models.UUIDField(default=uuid.uuid4, editable=False)

    def __str__(self) -> str:
        return f"{self.event_id}"  # never who: names stand in logs


class SignUpChange(models.Model):
    """Append-only: one row per change of a sign-up. Replaying them gives the seats taken at any moment."""

    sign_up = models.ForeignKey(SignUp, on_delete=models.PROTECT, related_name="changes")
    event = models.ForeignKey(TrainingEvent, on_delete=models.PROTECT, related_name="sign_up_changes")
    at = models.DateTimeField()
    from_state = models.CharField(max_length=16, blank=True)
    to_state = models.CharField(max_length=16, choices=SignUpState.choices)
    seats_delta = models.SmallIntegerField(default=0)
    seats_taken_after = models.PositiveIntegerField()
    capacity = models.PositiveIntegerField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=40)
    note = models.CharField(max_length=200, blank=True)  # why, in the organiser's words

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.from_state or 'new'} → {self.to_state}"


class DateChoice(models.Model):
    """That somebody with a seat comes to this one of an event's dates. Changed by `services.date_choices` only."""

    sign_up = models.ForeignKey(SignUp, on_delete=models.CASCADE, related_name="date_choices")
    occasion = models.ForeignKey(EventOccasion, on_delete=models.CASCADE, related_name="choices")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sign_up", "occasion"], name="one_choice_each")]

    def __str__(self) -> str:
        return f"{self.sign_up_id} @ {self.occasion_id}"


class Needs(models.Model):
    """What a participant eats and needs to be able to take part; encrypted, and erased two weeks after the event.

    In a table of its own, so that nothing else reads it by chance. Changed by `services.needs` only.
    """

    sign_up = models.OneToOneField(SignUp, on_delete=models.CASCADE, related_name="needs", primary_key=True)
    food = EncryptedField(blank=True)  # values of Food, one a line
    other_food = EncryptedField(blank=True)
    access = EncryptedField(blank=True)

    class Meta:
        verbose_name_plural = "needs"

    def __str__(self) -> str:
        return f"{self.sign_up_id}"  # never what it says: names stand in logs

    @property
    def food_labels(self) -> list[str]:
        chosen = self.food.split()
        return [str(food.label) for food in Food if food in chosen]


class EventQuestion(models.Model):
    """Something the organiser of one event wants to know of everybody who comes."""

    event = models.ForeignKey(TrainingEvent, on_delete=models.CASCADE, related_name="questions")
    text = LineField(_("question"), max_length=200)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text


class EventAnswer(models.Model):
    sign_up = models.ForeignKey(SignUp, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(EventQuestion, on_delete=models.CASCADE, related_name="answers")
    text = ProseField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sign_up", "question"], name="one_answer_each")]

    def __str__(self) -> str:
        return f"{self.sign_up_id}: {self.question_id}"


class Interest(Timestamped):
    """That somebody wants to do a course of which no event suits them yet; first come, first offered.

    Changed by `services.interests` only. Fulfilled by a seat at an event of the course.
    """

    course = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="interests")
    municipality = models.ForeignKey(Municipality, on_delete=models.CASCADE, related_name="+")

    objects = InterestQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["course", "person"], name="one_interest_each")]

    def __str__(self) -> str:
        return f"{self.person}: {self.course}"


class CalendarFeed(models.Model):
    """That a person subscribes to their own events; a new `key` makes a new secret address."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed")
    key = models.UUIDField(default=uuid.uuid4)

    def __str__(self) -> str:
        return f"{self.person_id}"


class SeatCheck(models.Model):
    """What one run of `services.seat_checks` found: sentences, none when every seat is where it should be."""

    at = models.DateTimeField()
    events = models.PositiveIntegerField()
    problems = models.JSONField(default=list)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {len(self.problems)}"


class CoOrganiser(SharedWork):
    """Another municipality's coordinators arrange the event together with its owner.

    Changed by `services.co_organisers` only.
    """

    event = models.ForeignKey(TrainingEvent, on_delete=models.CASCADE, related_name="co_organisers")

    class Meta(SharedWork.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["event", "municipality"],
                condition=models.Q(revoked_at__isnull=True),
                name="one_co_organiser_each",
            )
        ]


class Attendance(models.Model):
    """That somebody with a seat came to one of the dates. Changed by `services.attendance` only.

    `recorded_at` is when it was decided at the door, which may be long before the phone had a network to say so.
    """

    sign_up = models.ForeignKey(SignUp, on_delete=models.PROTECT, related_name="attendances")
    occasion = models.ForeignKey(EventOccasion, on_delete=models.CASCADE, related_name="attendances")
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)  # None: the whole date

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sign_up", "occasion"], name="one_attendance_each")]

    def __str__(self) -> str:
        return f"{self.sign_up_id} @ {self.occasion_id}"


class Certificate(models.Model):
    """That somebody came, as it was when it was issued. Changed by `services.certificates` only.

    It says what it said whatever becomes of the event's title or dates; only another attendance makes it new, with
    the same code, so that what was printed before leads to what holds.
    """

    sign_up = models.OneToOneField(SignUp, on_delete=models.PROTECT, related_name="certificate")
    code = models.CharField(max_length=14, unique=True)
    issued_at = models.DateTimeField()
    name = LineField(max_length=254)
    event_title = LineField(max_length=120)
    arranger = LineField(max_length=120)
    # [{"occasion": id, "part": minutes, or null for all of it, "starts_at": …, "ends_at": …}], earliest first.
    dates = models.JSONField()
    minutes = models.PositiveIntegerField()
    is_esf_funded = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("certificate_check", kwargs={"code": self.code})

    @property
    def moments(self) -> list[tuple[datetime, datetime]]:
        """Start and end of each date, aware."""
        return [
            (datetime.fromisoformat(row["starts_at"]), datetime.fromisoformat(row["ends_at"])) for row in self.dates
        ]


class KeptName(models.Model):
    """The name of somebody who was erased and came to events of an EU project, as evidence of who took part.

    Encrypted, in no list and no search; read by `services.evidence` only, erased when the last project's time is up
    (Regulation (EU) 2021/1060, article 82: five years after the last payment).
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="kept_name", primary_key=True
    )
    name = EncryptedField()
    kept_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.person_id}"  # never who: names stand in logs


class EventMaterial(models.Model):
    """A link to something used at an event, for those who may see the event. Changed by `services.afterwards` only."""

    event = models.ForeignKey(TrainingEvent, on_delete=models.CASCADE, related_name="materials")
    title = LineField(_("title"), max_length=120)
    url = models.URLField(_("link"), max_length=500, validators=[https_only])
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title


class AttendanceUndone(models.Model):
    """That a check-in was taken back, and when: an older one that arrives later from a phone must not undo that.

    Changed by `services.attendance` only. A row of `Attendance` is all that says that somebody came.
    """

    sign_up = models.ForeignKey(SignUp, on_delete=models.PROTECT, related_name="+")
    occasion = models.ForeignKey(EventOccasion, on_delete=models.CASCADE, related_name="+")
    undone_at = models.DateTimeField()
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sign_up", "occasion"], name="one_undoing_each")]

    def __str__(self) -> str:
        return f"{self.sign_up_id} @ {self.occasion_id}"
