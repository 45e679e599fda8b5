from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django import forms
from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from portal.core.forms import RowsField
from portal.events.enums import Food
from portal.events.models import EventMaterial, EventOccasion, GuestRequest, InvitationLink, SignUp, TrainingEvent
from portal.events.permissions import may_own
from portal.events.services import certificates
from portal.municipalities.enums import Right, Visibility
from portal.municipalities.forms import AudienceSelect
from portal.municipalities.models import Collaboration, Membership, Municipality, Unit
from portal.municipalities.permissions import allowed, deputies_for, municipalities_with
from portal.municipalities.services import audiences


class SignUpForm(forms.Form):
    """Three taps: open the event, choose for which municipality (only if there are two), sign up."""

    municipality = forms.TypedChoiceField(label=_("I take part for"), coerce=int, widget=forms.RadioSelect)
    takes_seat_at_once = forms.BooleanField(
        label=_("If a seat gets free: take it for me, without asking"),
        required=False,
        help_text=_("Otherwise we hold the seat and ask you first."),
    )
    form_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, municipality_ids: list[int], **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["municipality"]
        field.error_messages["invalid_choice"] = _(
            "The event is not open to that municipality, or you do not belong to it."
        )
        if len(municipality_ids) == 1:
            field.widget = forms.HiddenInput()
            field.initial = municipality_ids[0]
            field.choices = [(municipality_ids[0], "")]  # its name is not shown, and not asked for
        else:
            field.choices = [(row.pk, str(row)) for row in Municipality.objects.filter(pk__in=municipality_ids)]


class TrainingEventForm(forms.ModelForm):
    class Meta:
        model = TrainingEvent
        fields = [
            "municipality",
            "title",
            "summary",
            "summary_en",
            "description",
            "course",
            "collaboration",
            "format",
            "place",
            "address",
            "directions",
            "meeting_url",
            "capacity",
            "visibility",
            "shared_with",
            "shared_with_collaborations",
            "takes_guests",
            "sign_up_opens_at",
            "sign_up_closes_at",
            "offer_hours",
            "offers_stop_hours",
            "max_per_unit",
            "approval",
            "pending_holds_seat",
            "min_participants",
            "decide_by",
            "remind_days",
            "dates_to_choose",
            "contact_name",
            "contact_email",
        ]
        field_classes = {"shared_with": RowsField, "shared_with_collaborations": RowsField}
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 3}),
            "summary_en": forms.Textarea(attrs={"rows": 3}),
            "description": forms.Textarea(attrs={"rows": 8}),
            "directions": forms.Textarea(attrs={"rows": 2}),
            "format": forms.RadioSelect,
            "approval": forms.RadioSelect,
            "visibility": AudienceSelect,
            "shared_with": forms.CheckboxSelectMultiple,
            "shared_with_collaborations": forms.CheckboxSelectMultiple,
            "sign_up_opens_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "sign_up_closes_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "capacity": forms.NumberInput(attrs={"inputmode": "numeric"}),
            "decide_by": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        own = municipalities_with(user, Right.MANAGE_EVENTS)
        self.fields["municipality"].queryset = own
        self.fields["municipality"].empty_label = None
        if self.instance.pk:
            # Handing an event to another municipality is an act of its own, not a field.
            self.fields["municipality"].disabled = True
            self.fields["municipality"].queryset = Municipality.objects.filter(pk=self.instance.municipality_id)
        self.fields["course"].queryset = allowed(user, "link from event", Page)
        self.fields["course"].empty_label = _("No course")
        self.fields["collaboration"].queryset = Collaboration.objects.all()
        self.fields["collaboration"].empty_label = _("No project")
        if not self.instance.pk:
            # On the form, not on the field: what the empty instance says would come before the field's own.
            self.initial["contact_name"] = self.initial.get("contact_name") or user.get_full_name()
            self.initial["contact_email"] = self.initial.get("contact_email") or user.shown_email
        if self.instance.pk and not may_own(user, self.instance):
            for name in ("visibility", "shared_with", "shared_with_collaborations", "takes_guests"):
                del self.fields[name]
            return
        self.fields["visibility"].choices = [
            (Visibility.INTERNAL, _("Only my own municipality")),
            (Visibility.SELECTED, _("My own and selected municipalities or collaborations")),
            (Visibility.MEMBERS, _("All members of the portal")),
            (Visibility.PUBLIC, _("Everyone may read about it, all members may sign up")),
        ]
        self.fields["visibility"].widget.tell_of(
            self.instance.municipality if self.instance.municipality_id else own.first(),
            self["shared_with"].value() or (),
            self["shared_with_collaborations"].value() or (),
        )

    def clean(self):
        data = super().clean()
        if (
            "visibility" in self.fields
            and data.get("visibility") == Visibility.SELECTED
            and not (data.get("shared_with") or data.get("shared_with_collaborations"))
        ):
            self.add_error("shared_with", _("Choose at least one municipality or collaboration."))
        if data.get("visibility", Visibility.INTERNAL) != Visibility.INTERNAL and not data.get("contact_email"):
            self.add_error("contact_email", _("Before you share: give somebody to ask, with an e-mail address."))
        abroad = audiences.reaches_abroad(
            data.get("visibility"), data.get("shared_with") or (), data.get("shared_with_collaborations") or ()
        )
        if abroad and not data.get("summary_en"):
            self.add_error(
                "summary_en", _("Before you share with a city abroad: say in short, in English, what it is.")
            )
        if data.get("takes_guests") and data.get("visibility") != Visibility.PUBLIC:
            self.add_error("takes_guests", _("Only an event that everyone may read can be open to people without one."))
        least = data.get("min_participants")
        if least and not data.get("decide_by"):
            self.add_error("decide_by", _("Say until when you decide whether it is held."))
        if least and data.get("capacity") and least > data["capacity"]:
            self.add_error("min_participants", _("That is more than there are seats."))
        if data.get("format") in ("online", "both") and not data.get("meeting_url"):
            self.add_error("meeting_url", _("An online event needs a meeting link."))
        if data.get("format") in ("on_site", "both") and not data.get("place"):
            self.add_error("place", _("An event on site needs a place."))
        return data


class OccasionForm(forms.Form):
    """One date as people write it: a day, from, to. Times are Swedish."""

    date = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    starts = forms.TimeField(label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(label=_("To"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    seats = forms.IntegerField(
        label=_("Seats, if fewer"),
        required=False,
        min_value=1,
        max_value=5000,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def clean(self):
        data = super().clean()
        if data.get("starts") and data.get("ends") and data["ends"] <= data["starts"]:
            self.add_error("ends", _("The end must be after the start."))
        return data

    @property
    def moments(self) -> tuple[datetime, datetime] | None:
        """Start and end as aware datetimes, or None for a row left empty or to be removed."""
        data = self.cleaned_data
        if not data.get("date") or data.get("DELETE"):
            return None
        return (
            timezone.make_aware(datetime.combine(data["date"], data["starts"])),
            timezone.make_aware(datetime.combine(data["date"], data["ends"])),
        )


class BaseOccasionFormSet(forms.BaseFormSet):
    default_error_messages = {
        **forms.BaseFormSet.default_error_messages,
        "too_few_forms": _("Give at least one date."),
    }


OccasionFormSet = forms.formset_factory(
    OccasionForm,
    formset=BaseOccasionFormSet,
    extra=0,
    min_num=1,
    validate_min=True,
    can_delete=True,
    max_num=40,
    absolute_max=60,
)


def moments_in(dates) -> list[tuple[datetime, datetime]]:
    """Start and end of each date in a valid `OccasionFormSet`, without rows that are empty or to be removed."""
    return [moments for row in dates.forms if (moments := row.moments)]


def seats_in(dates) -> dict[datetime, int]:
    """The seats of each date that says how many, by its start."""
    rows = [(row.moments, row.cleaned_data.get("seats")) for row in dates.forms]
    return {moments[0]: seats for moments, seats in rows if moments and seats}


def occasion_initial(occasions: list[EventOccasion]) -> list[dict]:
    """What `OccasionFormSet` shows for dates that exist."""
    rows = []
    for occasion in occasions:
        starts_at, ends_at = timezone.localtime(occasion.starts_at), timezone.localtime(occasion.ends_at)
        times = {"starts": starts_at.time(), "ends": ends_at.time()}
        rows.append({"date": starts_at.date(), **times, "seats": occasion.capacity})
    return rows


class RepeatForm(forms.Form):
    """How the same event is given again."""

    once = forms.ChoiceField(
        label=_("Who comes?"),
        choices=[
            ("once", _("Each person comes to one of the dates: it is the same each time")),
            ("several", _("People may come to several: it goes on, or differs each time")),
        ],
        initial="once",
        widget=forms.RadioSelect,
    )
    publish = forms.BooleanField(
        label=_("Publish the new ones at once"), required=False, help_text=_("Otherwise they are drafts.")
    )

    def __init__(self, *args, event: TrainingEvent, **kwargs):
        super().__init__(*args, **kwargs)
        if event.series is not None:
            del self.fields["once"]  # decided when the series began

    @property
    def is_once(self) -> bool:
        return self.cleaned_data.get("once") != "several"


class DayForm(forms.Form):
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


MOST_DAYS = 20
DayFormSet = forms.formset_factory(
    DayForm, extra=0, min_num=1, validate_min=True, can_delete=True, max_num=MOST_DAYS, absolute_max=MOST_DAYS + 10
)


class KeepSeatsForm(forms.Form):
    """How many seats are kept for each municipality that the event is for, and until when."""

    kept_until = forms.DateTimeField(
        label=_("Keep them until"),
        help_text=TrainingEvent._meta.get_field("kept_until").help_text,
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args, event: TrainingEvent, municipalities: list[Municipality], **kwargs):
        kept = {f"kept_{m.pk}": event.kept_seats.get(str(m.pk), 0) for m in municipalities}
        super().__init__(*args, initial={**kept, "kept_until": event.kept_until or event.closes_at}, **kwargs)
        self.municipalities = municipalities
        for municipality in municipalities:
            self.fields[f"kept_{municipality.pk}"] = forms.IntegerField(
                label=municipality.name,
                # An empty form would take back what is promised: nought has to be said.
                error_messages={"required": _("Write 0 where no seats are kept.")},
                min_value=0,
                max_value=5000,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )

    @property
    def seat_fields(self) -> list[forms.BoundField]:
        return [self[f"kept_{municipality.pk}"] for municipality in self.municipalities]

    @property
    def kept(self) -> dict[int, int]:
        """Seats by municipality id, of those with any."""
        given = {m.pk: self.cleaned_data.get(f"kept_{m.pk}") for m in self.municipalities}
        return {pk: seats for pk, seats in given.items() if seats}


class GiveSeatsForm(forms.Form):
    """Who on the waiting list gets a seat before their turn, and why."""

    chosen = RowsField(
        queryset=SignUp.objects.none(),
        error_messages={"required": _("Choose at least one person on the waiting list.")},
    )
    reason = forms.CharField(
        label=_("Why before the others?"),
        max_length=200,
        help_text=_("Kept with the sign-up and in the log of the municipality."),
    )

    def __init__(self, *args, waiting, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["chosen"].queryset = waiting


class CancelSignUpsForm(forms.Form):
    """Whose sign-ups the organiser cancels, and why."""

    chosen = RowsField(
        queryset=SignUp.objects.none(),
        error_messages={
            "required": _("Choose at least one person."),
            "invalid_choice": _("Choose people who are signed up now. The list may have changed: look again."),
            "invalid_pk_value": _("Choose people who are signed up now. The list may have changed: look again."),
        },
    )
    # In an area, Enter makes a new line: in a short field it would press the form's first button, whichever that is.
    why = forms.CharField(
        label=_("Why do you cancel?"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("They read it in the mail. It is kept with the sign-up and in the log of the municipality."),
    )

    def __init__(self, *args, active, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["chosen"].queryset = active

    def clean_why(self) -> str:
        return " ".join(self.cleaned_data["why"].split())


class UndoForm(forms.Form):
    """Which act to take back: the moment of it, as the page has said it."""

    at = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def clean_at(self) -> datetime:
        try:
            at = datetime.fromisoformat(self.cleaned_data["at"])
            is_recent = abs(timezone.now() - at) < timedelta(days=1)
        except (ValueError, TypeError):  # no moment, or one of no place
            is_recent = False
        if not is_recent:
            raise forms.ValidationError(_("There is nothing to undo."))
        return at


class ParticipantFilterForm(forms.Form):
    """Which participants to show."""

    q = forms.CharField(label=_("Name, e-mail or unit"), max_length=100, required=False, widget=forms.SearchInput)
    municipality = forms.ChoiceField(label=_("Municipality"), required=False)

    def __init__(self, *args, municipalities: Iterable[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["municipality"].choices = [("", _("All")), *municipalities]

    @property
    def chosen(self) -> dict[str, str]:
        """What is asked for, by field; what cannot be is left out."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class TeamForm(forms.Form):
    """Whom to sign up together."""

    people = RowsField(
        label=_("People"),
        queryset=Membership.objects.none(),
        error_messages={
            "required": _("Choose at least one person."),
            "invalid_choice": _("Somebody you chose is not among those you may sign up. Choose again."),
            "invalid_pk_value": _("Somebody you chose is not among those you may sign up. Choose again."),
        },
    )

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = people.select_related("municipality", "person")

    def clean_people(self):
        return list(self.cleaned_data["people"])


class PersonWithoutAddressForm(forms.Form):
    """Somebody who has no e-mail address, to be signed up by their coordinator."""

    municipality = forms.ModelChoiceField(
        label=_("Municipality"), queryset=Municipality.objects.none(), empty_label=None
    )
    first_name = forms.CharField(label=_("First name"), max_length=80)
    last_name = forms.CharField(label=_("Last name"), max_length=80)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), required=False, empty_label=_("None"))

    def __init__(self, *args, municipalities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["municipality"].queryset = municipalities
        self.fields["unit"].queryset = Unit.objects.filter(municipality__in=municipalities.values("pk"))
        if len(municipalities) == 1:
            self.fields["municipality"].widget = forms.HiddenInput()
            self.fields["municipality"].initial = municipalities[0].pk


class DeputyForm(forms.Form):
    """Who answers for me, and on which days."""

    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), empty_label=None)
    person = forms.ModelChoiceField(
        label=_("Who answers for you"),
        queryset=get_user_model().objects.none(),
        help_text=_("Somebody of the unit, or another manager or coordinator of your municipality."),
    )
    starts_on = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ends_on = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args, units, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units
        self.fields["person"].queryset = deputies_for(units)
        if len(units) == 1:
            self.fields["unit"].widget = forms.HiddenInput()
            self.fields["unit"].initial = units[0].pk


class NoteForm(forms.Form):
    """What the organiser wants to say in the mail that tells of another time or place."""

    note = forms.CharField(
        label=_("Do you want to say something about it?"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands in the mail. At most 200 characters."),
    )


class PostponeForm(forms.Form):
    reason = forms.CharField(
        label=_("Why is it postponed?"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Those who signed up read this in the mail."),
    )


class CancelEventForm(forms.Form):
    reason = forms.CharField(
        label=_("Why is it cancelled?"),
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Those who signed up read this in the mail."),
    )
    to_queue = forms.BooleanField(
        label=_("Put them in the queue for the course"),
        required=False,
        help_text=_("When there is another event you can offer them seats first. The mail says so."),
    )

    def __init__(self, *args, event: TrainingEvent, **kwargs):
        super().__init__(*args, **kwargs)
        if event.course_id is None:
            del self.fields["to_queue"]


class EventFilterForm(forms.Form):
    """Filters of the public list; wrong values are ignored rather than answered with an error page."""

    municipality = forms.ModelChoiceField(
        label=_("Arranged by"),
        queryset=Municipality.objects.all(),
        to_field_name="slug",
        required=False,
        empty_label=_("All"),
    )
    format = forms.ChoiceField(label=_("Format"), required=False)
    free = forms.BooleanField(label=_("Only with free seats"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = [("", _("All")), *TrainingEvent._meta.get_field("format").choices]


class CertificateCodeForm(forms.Form):
    """The code on a certificate, as somebody types it from paper."""

    kod = forms.CharField(
        label=_("Code on the certificate"),
        max_length=60,
        help_text=_("Twelve letters and digits. Small or capital letters, with or without dashes: all is fine."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_kod(self) -> str:
        code = certificates.normalised(self.cleaned_data["kod"])
        if not code:
            raise forms.ValidationError(_("A code has twelve letters and digits, such as 7KQ2-M4XT-9RBC."))
        return code


class AfterwardsForm(forms.ModelForm):
    class Meta:
        model = TrainingEvent
        fields = ["thanks", "evaluation_url"]
        widgets = {"thanks": forms.Textarea(attrs={"rows": 4})}

    # The model's own field would take an address without a scheme for http.
    evaluation_url = forms.URLField(
        label=_("Link to the evaluation"),
        help_text=TrainingEvent._meta.get_field("evaluation_url").help_text,
        max_length=500,
        required=False,
        assume_scheme="https",
    )


class MaterialForm(forms.ModelForm):
    """One link; both of its fields, or neither."""

    class Meta:
        model = EventMaterial
        fields = ["title", "url"]

    url = forms.URLField(label=_("The link’s address"), max_length=500, assume_scheme="https")


MOST_MATERIALS = 30
MaterialFormSet = forms.formset_factory(
    MaterialForm, extra=1, can_delete=True, max_num=MOST_MATERIALS, absolute_max=MOST_MATERIALS + 10, validate_max=True
)


class InvitationLinkForm(forms.ModelForm):
    """A new link: for whom, for how many, until when."""

    class Meta:
        model = InvitationLink
        fields = ["label", "max_sign_ups", "ends_at", "for_guests"]
        widgets = {
            "max_sign_ups": forms.NumberInput(attrs={"inputmode": "numeric"}),
            "ends_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        }


class GuestForm(forms.ModelForm):
    """Somebody without an account who wants to come: who they are, and where the link is to be mailed."""

    class Meta:
        model = GuestRequest
        fields = ["first_name", "last_name", "email", "organisation", "takes_seat_at_once"]
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "last_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "organisation": forms.TextInput(attrs={"autocomplete": "organization"}),
        }

    def __init__(self, *args, person=None, gets_seat: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if gets_seat:
            del self.fields["takes_seat_at_once"]
        if person is not None:
            # Who they are was confirmed before.
            for name in ("first_name", "last_name", "email"):
                del self.fields[name]


class GuestDetailsForm(forms.ModelForm):
    """How a guest is called, and where they come from."""

    class Meta:
        model = GuestRequest
        fields = ["first_name", "last_name", "organisation"]
        widgets = {name: GuestForm.Meta.widgets[name] for name in fields}


class AddressForm(forms.Form):
    """To whom the links are mailed again."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class NeedsForm(forms.Form):
    """What one eats and needs, and the organiser's own questions: only what the event asks. Nothing is required."""

    food = forms.MultipleChoiceField(
        label=_("Food"), choices=Food.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    other_food = forms.CharField(
        label=_("Something else about food"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    access = forms.CharField(
        label=_("What do you need to be able to take part?"),
        help_text=_("For example a ramp, a hearing loop, large print, a seat in front, an interpreter."),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args, event: TrainingEvent, **kwargs):
        super().__init__(*args, **kwargs)
        if not event.asks_food:
            del self.fields["food"], self.fields["other_food"]
        if not event.asks_access:
            del self.fields["access"]
        self.questions = list(event.questions.all())
        for question in self.questions:
            self.fields[f"question_{question.pk}"] = forms.CharField(
                label=question.text, max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
            )

    @property
    def question_fields(self) -> list[forms.BoundField]:
        return [self[f"question_{question.pk}"] for question in self.questions]

    @property
    def told(self) -> dict:
        """What `services.needs.tell` takes."""
        data = self.cleaned_data
        return {
            "food": data.get("food", []),
            "other_food": data.get("other_food", ""),
            "access": data.get("access", ""),
            "answers": {question.pk: data[f"question_{question.pk}"] for question in self.questions},
        }


class AskForm(forms.ModelForm):
    class Meta:
        model = TrainingEvent
        fields = ["asks_food", "asks_access"]
        help_texts = {
            "asks_food": _("The kitchen gets counts without names. Erased 14 days after the event."),
            "asks_access": _("Only you who arrange the event read it. Erased 14 days after the event."),
        }


class QuestionForm(forms.Form):
    pk = forms.IntegerField(widget=forms.HiddenInput(), required=False)
    text = forms.CharField(label=_("Question"), max_length=200, required=False)


MOST_QUESTIONS = 8
QuestionFormSet = forms.formset_factory(
    QuestionForm, extra=2, max_num=MOST_QUESTIONS, absolute_max=MOST_QUESTIONS + 2, validate_max=True
)


class OfferToInterestedForm(forms.Form):
    """How many of those in the course's queue are offered a seat."""

    number = forms.IntegerField(
        label=_("How many?"), min_value=1, max_value=500, widget=forms.NumberInput(attrs={"inputmode": "numeric"})
    )


class DoorCodeForm(forms.Form):
    """A participant's code, typed or read by a camera, in which case it may be the address of the check-in page."""

    code = forms.CharField(
        label=_("Code"),
        max_length=300,
        error_messages={"required": _("Write the code that the participant shows.")},
        widget=forms.TextInput(
            attrs={
                "autocapitalize": "characters",
                "autocomplete": "off",
                "autocorrect": "off",
                "spellcheck": "false",
                "enterkeyhint": "go",
            }
        ),
    )


class WalkInForm(forms.Form):
    """Somebody at the door who is not on the list, by the address they sign in with."""

    email = forms.EmailField(
        label=_("Their e-mail address"),
        help_text=_("The one they sign in to the portal with."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )


class DayCodeForm(forms.Form):
    """The code of the day, typed by a participant of an online meeting."""

    code = forms.CharField(
        label=_("Code of the day"),
        max_length=40,
        help_text=_("Six digits, said and shown in the meeting."),
        error_messages={"required": _("Write the code of the day.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class DoorDecisionForm(forms.Form):
    """One tap at the door: who, whether they are here, for how long, and when that was decided.

    `at` is in milliseconds of the server's clock: the phone counts on from what the page said when it was loaded, so
    that a clock that is wrong does not matter, and what is tapped on one phone keeps its order.
    """

    sign_up = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    present = forms.ChoiceField(choices=[("true", ""), ("false", "")])
    minutes = forms.IntegerField(required=False, min_value=-(10**6), max_value=10**6)
    at = forms.IntegerField(required=False, min_value=0, max_value=10**14)

    @property
    def decided_at(self) -> datetime | None:
        """None for a decision without a moment of its own: it holds from now."""
        at = self.cleaned_data["at"]
        return None if at is None else datetime.fromtimestamp(at / 1000, tz=UTC)


class HoldForm(forms.Form):
    """Why nothing of somebody may be erased, and for how long."""

    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("Nothing about health or the like."))
    until = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Leave it empty, and it holds until it is lifted."),
    )


class RequestedErasureForm(forms.Form):
    """The word of an administrator that it is the person who asks."""

    understood = forms.BooleanField(
        label=_("I have made sure that the person asks for it. What is erased cannot be brought back."),
        error_messages={"required": _("Tick the box to erase.")},
    )
