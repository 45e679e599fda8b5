from datetime import datetime

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.conferences.enums import MaterialKind, PartRole, PlaceState, RoomKind, SessionKind, TrackColour
from portal.conferences.querysets import SpeakerQuerySet
from portal.core.models import LineField, ProseField, Timestamped
from portal.events.models import SignUp, TrainingEvent, https_only
from portal.municipalities.models import Collaboration, Municipality, new_public_id


class Conference(Timestamped):
    """The programme of one dissemination conference; what is told about it is a page in `cms`, to which it points.

    Who may read the released programme is who may read the page. Title, municipality, project and days are the page's
    as it is published, kept up to date by `services.conferences.follow`; never changed here.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    page = models.OneToOneField("wagtailcore.Page", on_delete=models.CASCADE, related_name="+", editable=False)
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="conferences", editable=False)
    # The project it belongs to: what the EU pays for says so in its mails and on its badges too.
    collaboration = models.ForeignKey(
        Collaboration, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    title = LineField(max_length=255, editable=False)
    first_day = models.DateField(editable=False)
    last_day = models.DateField(editable=False)
    # Where one signs up: seats, waiting list, needs and the door are the event's.
    registration = models.OneToOneField(
        TrainingEvent,
        verbose_name=_("sign-up"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="conference",
        help_text=_("One of your events that is not over. Its seats, waiting list and questions are the conference’s."),
    )

    # Who took part, in numbers, as `services.reports` counted them when the organiser made them public; else None.
    report = models.JSONField(null=True, editable=False)
    reported_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["first_day", "pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("programme", kwargs={"public_id": self.public_id})


class Room(models.Model):
    """Where sessions are: a room in the building, or one on the net."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="rooms")
    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    name = LineField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=8, choices=RoomKind.choices, default=RoomKind.ON_SITE)
    seats = models.PositiveIntegerField(
        _("seats"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100_000)]
    )
    directions = LineField(_("how to find it"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class Track(models.Model):
    """Sessions that belong together, wherever they are."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="tracks")
    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    name = LineField(_("name"), max_length=60)
    colour = models.CharField(_("colour"), max_length=8, choices=TrackColour.choices, default=TrackColour.BLUE)
    position = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class Speaker(Timestamped):
    """Somebody who takes part in the programme, with an account or not.

    Named in public only while `consent_at` is set (GDPR, article 6.1 a); taking it back counts at once, also in
    releases that are out. The e-mail address is for the organisers and for mails about the own slot.
    """

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="speakers")
    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    name = LineField(_("name"), max_length=120)
    occupation = LineField(_("occupation or role"), max_length=120, blank=True)
    organisation = LineField(_("organisation"), max_length=120, blank=True)
    about = ProseField(_("about"), max_length=1000, blank=True)
    picture = models.ForeignKey(
        settings.WAGTAILIMAGES_IMAGE_MODEL,
        verbose_name=_("picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    email = models.EmailField(
        _("e-mail"), blank=True, help_text=_("Never shown. Gets a mail when the own part of the programme is changed.")
    )
    consent_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SpeakerQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Session(Timestamped):
    """One thing in the programme as it is being planned; the public reads releases, never this."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="sessions")
    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    title = LineField(_("title"), max_length=160)
    kind = models.CharField(_("kind"), max_length=10, choices=SessionKind.choices, default=SessionKind.LECTURE)
    description = ProseField(_("description"), max_length=4000, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    room = models.ForeignKey(
        Room, verbose_name=_("room"), null=True, blank=True, on_delete=models.SET_NULL, related_name="sessions"
    )
    track = models.ForeignKey(
        Track, verbose_name=_("track"), null=True, blank=True, on_delete=models.SET_NULL, related_name="sessions"
    )
    transcript = ProseField(
        _("what was said, as text"),
        max_length=100_000,
        blank=True,
        help_text=_("For those who do not hear, and for searching. Shown on the session’s page at once."),
    )
    # How many have one is on this row, because its lock is what makes a booking safe. Changed by `services.places`.
    places = models.PositiveIntegerField(
        _("places to book"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
        help_text=_("Leave empty when everybody who is at the conference may come without booking."),
    )
    places_taken = models.PositiveIntegerField(default=0, editable=False)
    pages = models.ManyToManyField(
        "wagtailcore.Page",
        verbose_name=_("courses, methods, lessons and projects it is about"),
        blank=True,
        related_name="+",
    )

    class Meta:
        ordering = ["starts_at", "room__position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(starts_at__isnull=True, ends_at__isnull=True)
                # Asked for by name: "unknown" would pass a check.
                | models.Q(starts_at__isnull=False, ends_at__isnull=False, ends_at__gt=models.F("starts_at")),
                name="session_ends_after_start",
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(
                # Asked for by name: "unknown" would pass a check.
                condition=models.Q(places__isnull=True, places_taken=0)
                | models.Q(places__isnull=False, places_taken__lte=models.F("places")),
                name="session_not_overbooked",
                violation_error_message=_("More people have a place than that."),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SessionPlace(Timestamped):
    """That somebody with a seat at the conference has a place in one of its sessions, or waits for one.

    Changed by `services.places` only. Whoever leaves has no row: which places are taken is what the rows say.
    """

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="bookings")
    sign_up = models.ForeignKey(SignUp, on_delete=models.CASCADE, related_name="session_places")
    state = models.CharField(max_length=8, choices=PlaceState.choices)
    queued_at = models.DateTimeField()

    class Meta:
        ordering = ["queued_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["session", "sign_up"], name="one_place_each")]
        indexes = [models.Index(fields=["session", "state", "queued_at"], name="session_queue")]

    def __str__(self) -> str:
        return f"{self.sign_up_id} @ {self.session_id} ({self.state})"


class SessionVisit(models.Model):
    """The last thing that was decided at a session's door about somebody: here, or not. Changed by `services.visits`.

    `decided_at` is when, which may be long before the phone had a network to say so.
    """

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="visits")
    sign_up = models.ForeignKey(SignUp, on_delete=models.CASCADE, related_name="session_visits")
    is_here = models.BooleanField()
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "sign_up"], name="one_visit_each")]

    def __str__(self) -> str:
        return f"{self.sign_up_id} @ {self.session_id}"


class FollowUp(models.Model):
    """That somebody who came has been mailed what they took part in: nobody gets it twice. By `services.follow_ups`."""

    sign_up = models.OneToOneField(SignUp, on_delete=models.CASCADE, related_name="+")
    queued_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.sign_up_id}"


class SessionMaterial(models.Model):
    """What a session leaves behind: a file of the portal, or an address. Not part of a release: it comes when it comes.

    Changed by `services.materials` only. Who may read it is who may read the session, from its start on if it `waits`.
    """

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="materials")
    kind = models.CharField(_("kind"), max_length=10, choices=MaterialKind.choices, default=MaterialKind.SLIDES)
    title = LineField(_("title"), max_length=120)
    url = models.URLField(
        _("address"),
        max_length=500,
        blank=True,
        validators=[https_only],
        help_text=_("Films on YouTube and Vimeo are shown on the page, and fetched only when somebody presses play."),
    )
    document = models.ForeignKey(
        settings.WAGTAILDOCS_DOCUMENT_MODEL,
        verbose_name=_("or a file of the portal"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    captions = models.ForeignKey(
        settings.WAGTAILDOCS_DOCUMENT_MODEL,
        verbose_name=_("captions"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("What is said in a film of the portal, as a file of captions (WebVTT)."),
    )
    waits = models.BooleanField(_("hide until the session starts"), default=False)
    position = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(url="", document__isnull=False)
                | (~models.Q(url="") & models.Q(document__isnull=True)),
                name="material_is_a_file_or_an_address",
                violation_error_message=_("Give an address or a file, and not both."),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def is_open_at(self, now: datetime, starts_at: datetime | None) -> bool:
        """Whether readers see it at `now`, when the session publicly starts at `starts_at`."""
        return not self.waits or (starts_at is not None and starts_at <= now)


class Part(models.Model):
    """That somebody takes part in a session, as what."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="parts")
    speaker = models.ForeignKey(Speaker, on_delete=models.CASCADE, related_name="parts")
    role = models.CharField(_("as"), max_length=10, choices=PartRole.choices, default=PartRole.SPEAKER)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["session", "speaker"], name="one_part_each")]

    def __str__(self) -> str:
        return f"{self.speaker_id} @ {self.session_id}"


class Release(models.Model):
    """A version of the programme that was made public; never changed afterwards.

    `programme` is what `services.programmes.stored` writes: rooms, tracks and sessions whole, people as ids only, so
    that whoever takes back their consent, or is erased, is named in no version. `changes` is what
    `services.changes.between` found against the version before.
    """

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="releases")
    number = models.PositiveIntegerField()
    name = LineField(_("name of the version"), max_length=80)
    comment = ProseField(_("comment"), max_length=600, blank=True)
    programme = models.JSONField()
    changes = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["conference", "number"], name="one_release_a_number")]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"

    def get_absolute_url(self) -> str:
        return reverse("programme_version", kwargs={"public_id": self.conference.public_id, "number": self.number})


class SessionStar(models.Model):
    """That somebody with an account wants to go to a session. Changed by `services.stars` only.

    Whoever has no account keeps theirs on the device; nothing of that is stored here.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="stars")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "session"], name="one_star_each")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.session_id}"
