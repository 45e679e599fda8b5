from datetime import datetime

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page

from portal.conferences.enums import PartRole, SessionKind
from portal.conferences.models import Conference, Room, Session, SessionMaterial, Speaker, Track
from portal.core.forms import RowsField
from portal.events.enums import EventState
from portal.events.models import TrainingEvent
from portal.municipalities.permissions import allowed

MOST_ROWS = 40
MOST_PARTS = 12


class RoomForm(forms.ModelForm):
    class Meta:
        model = Room
        fields = ["name", "kind", "seats", "directions"]
        widgets = {"seats": forms.NumberInput(attrs={"inputmode": "numeric"})}


class TrackForm(forms.ModelForm):
    class Meta:
        model = Track
        fields = ["name", "colour"]


class _NamesOnce(forms.BaseModelFormSet):
    """Two rooms or tracks of one name could not be told apart in the programme."""

    def clean(self):
        super().clean()
        seen: set[str] = set()
        for form in self.forms:
            # As the model keeps it, with its white space folded.
            name = form.instance.name.casefold()
            if not name or form.cleaned_data.get("DELETE"):
                continue
            if name in seen:
                form.add_error("name", _("There is one with that name already."))
            seen.add(name)

    def kept(self) -> list:
        """The rows to keep, in their order; what was left empty or is to be removed is not there."""
        return [
            form.instance
            for form in self.forms
            if form.cleaned_data.get("name") and not form.cleaned_data.get("DELETE")
        ]


_ROWS = {
    "formset": _NamesOnce,
    "extra": 1,
    "can_delete": True,
    "max_num": MOST_ROWS,
    "absolute_max": MOST_ROWS + 10,
}
RoomFormSet = forms.modelformset_factory(Room, form=RoomForm, **_ROWS)
TrackFormSet = forms.modelformset_factory(Track, form=TrackForm, **_ROWS)


class SessionForm(forms.ModelForm):
    """What a session is, when and where; times are Swedish. Day, from and to are given together, or not yet."""

    day = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    starts = forms.TimeField(
        label=_("From"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    ends = forms.TimeField(
        label=_("To"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )

    class Meta:
        model = Session
        fields = ["title", "kind", "description", "room", "track", "places", "pages"]
        field_classes = {"pages": RowsField}
        widgets = {
            "description": forms.Textarea(attrs={"rows": 5}),
            "kind": forms.RadioSelect,
            "places": forms.NumberInput(attrs={"inputmode": "numeric"}),
            "pages": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args, conference: Conference, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.conference = conference
        self.instance.conference = conference
        self.fields["kind"].choices = SessionKind.choices
        for name, rows in (("room", conference.rooms.all()), ("track", conference.tracks.all())):
            self.fields[name].queryset = rows
            self.fields[name].empty_label = _("Not decided") if name == "room" else _("None")
            if not rows:
                del self.fields[name]
        self.fields["pages"].queryset = self._pages(user)
        if not self.fields["pages"].queryset.exists():
            del self.fields["pages"]
        if self.instance.starts_at and self.instance.ends_at:
            starts_at, ends_at = timezone.localtime(self.instance.starts_at), timezone.localtime(self.instance.ends_at)
            self.initial |= {"day": starts_at.date(), "starts": starts_at.time(), "ends": ends_at.time()}
        elif not self.initial.get("day"):
            self.initial["day"] = conference.first_day

    def _pages(self, user):
        """What the organiser may say it is about, and what is chosen already, by whomever."""
        readable = allowed(user, "link from session", Page)
        if not self.instance.pk:
            return readable
        return readable | Page.objects.filter(pk__in=self.instance.pages.values("pk"))

    def clean(self):
        data = super().clean()
        day, starts, ends = (data.get(name) for name in ("day", "starts", "ends"))
        if (starts or ends) and not (starts and ends and day):
            for name, value in (("day", day), ("starts", starts), ("ends", ends)):
                if not value and name not in self.errors:
                    self.add_error(name, _("Give day, from and to, or leave the times empty for now."))
        if starts and ends and ends <= starts:
            self.add_error("ends", _("The end must be after the start."))
        is_scheduled = day and starts and ends and not self.errors
        # Before the model is checked: its own constraint would say it without naming the field.
        self.instance.starts_at = timezone.make_aware(datetime.combine(day, starts)) if is_scheduled else None
        self.instance.ends_at = timezone.make_aware(datetime.combine(day, ends)) if is_scheduled else None
        return data


class PartForm(forms.Form):
    speaker = forms.ModelChoiceField(
        label=_("Who"), queryset=Speaker.objects.none(), required=False, empty_label=_("Nobody")
    )
    role = forms.ChoiceField(label=_("As"), choices=PartRole.choices, initial=PartRole.SPEAKER)


class _PartFormSet(forms.BaseFormSet):
    def __init__(self, *args, conference: Conference, **kwargs):
        self.speakers = list(conference.speakers.all())
        self.conference = conference
        super().__init__(*args, **kwargs)

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["speaker"].queryset = self.conference.speakers.all()
        # One statement for all rows.
        form.fields["speaker"].choices = [("", _("Nobody")), *((s.pk, s.name) for s in self.speakers)]

    def parts(self) -> list[tuple[Speaker, str]]:
        return [
            (form.cleaned_data["speaker"], form.cleaned_data["role"])
            for form in self.forms
            if form.cleaned_data.get("speaker")
        ]


PartFormSet = forms.formset_factory(
    PartForm, formset=_PartFormSet, extra=2, max_num=MOST_PARTS, absolute_max=MOST_PARTS + 10
)


def part_initial(session: Session) -> list[dict]:
    """What `PartFormSet` shows for a session that exists."""
    return [{"speaker": part.speaker_id, "role": part.role} for part in session.parts.all()]


class TranscriptForm(forms.ModelForm):
    class Meta:
        model = Session
        fields = ["transcript"]
        widgets = {"transcript": forms.Textarea(attrs={"rows": 8})}


class MaterialForm(forms.ModelForm):
    class Meta:
        model = SessionMaterial
        fields = ["kind", "title", "url", "document", "captions", "waits"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["document"].empty_label = _("No file")
        self.fields["captions"].empty_label = _("No captions")

    def clean(self):
        data = super().clean()
        if not data.get("DELETE") and not self.errors and bool(data.get("url")) == bool(data.get("document")):
            self.add_error("url", _("Give an address or a file, and not both."))
        film = data.get("document")
        if data.get("captions") and not (film and film.is_film):
            self.add_error("captions", _("Captions belong to a film that is a file of the portal."))
        return data


class _MaterialFormSet(forms.BaseModelFormSet):
    def __init__(self, *args, user, **kwargs):
        self.documents = allowed(user, "link from session", get_document_model())
        super().__init__(*args, **kwargs)

    def add_fields(self, form, index):
        super().add_fields(form, index)
        files = get_document_model().objects
        for name, chosen in (("document", form.instance.document_id), ("captions", form.instance.captions_id)):
            ours = files.filter(Q(pk__in=self.documents.values("pk")) | Q(pk=chosen)).order_by("title")
            is_captions = Q(file__iendswith=".vtt")
            form.fields[name].queryset = ours.filter(is_captions if name == "captions" else ~is_captions)

    def kept(self) -> list[SessionMaterial]:
        """The rows to keep, in their order."""
        return [
            form.instance
            for form in self.forms
            if form.cleaned_data.get("title") and not form.cleaned_data.get("DELETE")
        ]


MaterialFormSet = forms.modelformset_factory(
    SessionMaterial,
    form=MaterialForm,
    formset=_MaterialFormSet,
    extra=1,
    can_delete=True,
    max_num=MOST_PARTS,
    absolute_max=MOST_PARTS + 10,
)


class SpeakerForm(forms.ModelForm):
    consents = forms.BooleanField(
        label=_("Has said yes to being named in public"),
        required=False,
        help_text=_("Name, occupation, organisation and what is said below. Without a yes nobody outside reads them."),
    )

    class Meta:
        model = Speaker
        fields = ["name", "occupation", "organisation", "about", "picture", "email"]
        widgets = {"about": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args, conference: Conference, user, **kwargs):
        super().__init__(*args, **kwargs)
        images = get_image_model().objects
        ours = allowed(user, "show with speaker", get_image_model())
        self.fields["picture"].queryset = images.filter(
            Q(pk__in=ours.values("pk")) | Q(pk=self.instance.picture_id)
        ).order_by("title")
        self.fields["picture"].empty_label = _("No picture")
        self.fields["picture"].help_text = _(
            "One of your pictures in the editor. Put it in there first, and only with the person’s yes."
        )
        self.instance.conference = conference
        self.initial["consents"] = bool(self.instance.consent_at)


class PlaceForm(forms.Form):
    """Where a session is moved to in the table: a moment by Sweden's clock and a room's id, "2026-12-03T09:15 ab12"."""

    place = forms.CharField(error_messages={"required": _("Choose a time in a room.")})

    def __init__(self, *args, conference: Conference, **kwargs):
        super().__init__(*args, **kwargs)
        self.conference = conference

    def clean_place(self) -> tuple[datetime, Room]:
        moment, _between, room_id = self.cleaned_data["place"].partition(" ")
        room = self.conference.rooms.filter(public_id=room_id).first()
        try:
            at = timezone.make_aware(datetime.strptime(moment, "%Y-%m-%dT%H:%M"))  # noqa: DTZ007 - aware at once
        except (ValueError, OverflowError):
            at = None
        if room is None or at is None:
            raise forms.ValidationError(_("That is no time in a room of this conference. Choose one of the buttons."))
        return at, room


class RegistrationForm(forms.ModelForm):
    class Meta:
        model = Conference
        fields = ["registration"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["registration"]
        ours = allowed(user, "own", TrainingEvent).filter(municipality=self.instance.municipality)
        field.queryset = ours.upcoming().exclude(state=EventState.CANCELLED) | ours.filter(
            pk=self.instance.registration_id
        )
        field.empty_label = _("No sign-up")
        field.error_messages["unique"] = _("That event is another conference’s sign-up. Choose or make another one.")


class ReleaseForm(forms.Form):
    name = forms.CharField(label=_("Name of the version"), max_length=80)
    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What is new, in a sentence or two. Everybody can read it."),
    )
    tells_people = forms.BooleanField(
        label=_("Send a mail to those whose own part is new, moved or taken out"), required=False, initial=True
    )
