from functools import cache
from functools import cache as once
from typing import ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.forms.models import register_form_field_override
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, TabbedInterface
from wagtail.admin.widgets import AdminAutoHeightTextInput
from wagtail.documents.models import AbstractDocument
from wagtail.fields import RichTextField
from wagtail.images.models import AbstractImage
from wagtail.models import Locale, Page, PageManager, PageViewRestriction
from wagtail.query import PageQuerySet

from cms.blocks.text import RICH_TEXT_FEATURES
from cms.models.images import PortalImage
from portal.core.kept import when_shown
from portal.core.models import LineField, ProseField, normalise_text
from portal.knowledge.models import CoEditing, Topic
from portal.municipalities.enums import Right, Visibility
from portal.municipalities.forms import AudienceSelect
from portal.municipalities.models import Collaboration, Municipality, OccupationalGroup
from portal.municipalities.permissions import (
    has_right,
    listed_for,
    may_read,
    municipalities_with,
    shared_with_members_of,
    viewer_for,
    viewer_may_read,
    visible_to,
)
from portal.municipalities.services.audiences import imagined_reader, reaches_abroad, readers_to_try

# Wagtail gives fields that grow with their text to Django's own TextField alone.
register_form_field_override(ProseField, override={"widget": AdminAutoHeightTextInput})

CARD_PICTURE = "fill-640x360"
PLAIN_PARAMETER = "lattlast"
SECTION_DEPTH = 3  # root, front page, municipality's page


class SharedPageQuerySet(PageQuerySet):
    def readable_by(self, user):
        """Published pages that `user` may read."""
        return visible_to(user, self.live())

    def listed_for(self, user):
        """Published pages that `user` may read and whose municipality has not hidden from its lists, in one language
        each."""
        return listed_for(user, self.readable_by(user).in_language())

    def in_language(self, language: str | None = None):
        """Of a page that is published in several languages, the one in `language` (the one in use, unless given)."""
        here = language or get_language() or settings.LANGUAGE_CODE
        same = Page.objects.filter(
            translation_key=models.OuterRef("translation_key"), locale__language_code=here, live=True
        )
        return self.exclude(~models.Q(locale__language_code=here) & models.Exists(same))

    def received_by(self, municipality):
        """Published pages of others that are shared with `municipality`, whole sections and front page aside."""
        pages = shared_with_members_of(municipality, self.live()).filter(municipality__isnull=False)
        return pages.exclude(depth__lte=SECTION_DEPTH)

    def for_listing(self):
        """With everything that a card shows: constant in queries."""
        pictures = PortalImage.objects.prefetch_renditions(CARD_PICTURE)
        shown = self.select_related("municipality")
        return shown.prefetch_related(models.Prefetch("image", queryset=pictures))


def _media_and_pages_in(field, value) -> set[tuple[type[models.Model], str]]:
    """The pictures, documents and pages that a value of the field points to, however deep they stand in it."""
    if isinstance(field, models.ForeignKey):
        found = [(field.related_model, value)] if value else []
    elif hasattr(field, "extract_references") and value is not None:
        found = [(model, pk) for model, pk, *_paths in field.extract_references(value)]
    else:
        found = []
    return {(model, str(pk)) for model, pk in found if issubclass(model, Page | AbstractImage | AbstractDocument)}


@cache
def _language_of(locale_id: int) -> str:
    """Asked for once in a process: a locale never becomes another language."""
    return Locale.objects.get(pk=locale_id).language_code


SharedPageManager = PageManager.from_queryset(SharedPageQuerySet)


class SharedPageForm(WagtailAdminPageForm):
    """What holds between fields. Asked of the form: the model's own `clean` runs before lists are in place."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        owner = self._owner()
        if self.for_user is not None and not self.instance.pk:
            # Whoever writes a page is the one to ask, until somebody else is named.
            self.initial["contact_name"] = self.initial.get("contact_name") or str(self.for_user)
            self.initial["contact_email"] = self.initial.get("contact_email") or self.for_user.shown_email
        if "collaboration" in self.fields and self.for_user and not viewer_for(self.for_user).is_portal_administrator:
            own = municipalities_with(self.for_user, Right.WRITE_CONTENT)
            self.fields["collaboration"].queryset = Collaboration.objects.filter(
                models.Q(lead__in=own) | models.Q(partners__in=own) | models.Q(pk=self.instance.collaboration_id)
            ).distinct()
        if "visibility" not in self.fields:
            return
        if self.instance.pk and self.instance.language != settings.LANGUAGE_CODE:
            # Who may read a translation is as for what it translates (cms.services.translations).
            for name in (*SHARING_FIELDS, "summary_en"):
                self.fields.pop(name, None)
            return
        if self.for_user is not None and not has_right(self.for_user, Right.EDIT_CONTENT, owner and owner.pk):
            # Who may read it is for the owner's coordinators to say, not for those who write with them.
            for name in SHARING_FIELDS:
                self.fields.pop(name, None)
            return
        self.fields["visibility"].widget.tell_of(
            owner,
            self["shared_with"].value() or (),
            self["shared_with_collaborations"].value() or (),
        )

    def _owner(self) -> Municipality | None:
        if self.instance.municipality_id:
            return self.instance.municipality
        parent = self.parent_page.specific if self.parent_page is not None else None
        return getattr(parent, "municipality", None)

    def clean(self):
        data = super().clean()
        self._refuse_what_is_not_theirs_to_take()
        visibility = data.get("visibility", self.instance.visibility)
        if (
            "visibility" in self.fields
            and visibility == Visibility.SELECTED
            and not (data.get("shared_with") or data.get("shared_with_collaborations"))
        ):
            self.add_error("shared_with", _("Choose at least one municipality or collaboration."))
        # A draft may be unfinished: what sharing asks for is asked when it would be shared.
        if not self.is_deferred_validation and visibility != Visibility.INTERNAL:
            chosen = {
                name: data.get(name, getattr(self.instance, name))
                for name in ("summary", "summary_en", "contact_email", "image")
            }
            chosen["body"] = data.get("body", getattr(self.instance, "body", None))
            abroad = reaches_abroad(
                visibility, data.get("shared_with") or (), data.get("shared_with_collaborations") or ()
            )
            for name, sentence in self.instance.missing_for_sharing(**chosen, is_shared_abroad=abroad):
                self.add_error(name if name in self.fields else None, sentence)
        return data

    def _refuse_what_is_not_theirs_to_take(self) -> None:
        """The choosers offer only what the editor may take, but Wagtail believes whatever id comes back.

        Such a page would open another municipality's file to its readers. No error at the field: showing the form
        again, as the preview does too, would show what was not theirs. What the page refers to already stays.
        """
        from cms.permissions import may_take

        for field in self.instance._meta.fields:
            if (form_field := self.fields.get(field.name)) is None:
                continue
            prefixed = self.add_prefix(field.name)
            given = form_field.widget.value_from_datadict(self.data, self.files, prefixed)
            for model, pk in _media_and_pages_in(field, given) - _media_and_pages_in(
                field, field.value_from_object(self.instance)
            ):
                if not may_take(self.for_user, model, pk):
                    raise PermissionDenied


SHARING_FIELDS = ("visibility", "shared_with", "shared_with_collaborations")


class SharedPage(Page):
    """Every page of the portal: owned by a municipality, shown to a chosen audience.

    One concrete table, so that one queryset and one guard cover all page types. The guard stands in `serve`,
    where the response is made: a hook is skipped when another page's route serves the page.
    """

    municipality = models.ForeignKey(
        Municipality, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="pages"
    )
    visibility = models.CharField(
        _("visibility"),
        max_length=10,
        choices=Visibility.choices,
        default=Visibility.INTERNAL,
        help_text=_("Who may read the page once it is published."),
    )
    shared_with = ParentalManyToManyField(
        Municipality, verbose_name=_("selected municipalities"), blank=True, related_name="+"
    )
    shared_with_collaborations = ParentalManyToManyField(
        Collaboration, verbose_name=_("selected collaborations"), blank=True, related_name="+"
    )
    summary = ProseField(
        _("in short"),
        max_length=400,
        help_text=_("One to three short sentences in plain words. Shown first on the page and in lists."),
    )
    summary_en = ProseField(
        _("in short, in English"),
        max_length=400,
        blank=True,
        help_text=_("What those who read the portal in English see first. Needed to share with a city abroad."),
    )
    plain = RichTextField(
        _("in plain language"),
        blank=True,
        features=RICH_TEXT_FEATURES,
        help_text=_(
            "The same in few, short sentences with common words, for those who find the text hard. "
            "Readers choose between the two."
        ),
    )
    image = models.ForeignKey(
        PortalImage,
        verbose_name=_("picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    topics = ParentalManyToManyField(Topic, verbose_name=_("topics"), blank=True, related_name="pages")
    occupational_groups = ParentalManyToManyField(
        OccupationalGroup, verbose_name=_("occupational groups"), blank=True, related_name="+"
    )
    contact_name = LineField(_("contact person"), max_length=120, blank=True)
    contact_email = models.EmailField(_("contact’s e-mail"), blank=True)
    review_date = models.DateField(
        _("look at it again"),
        null=True,
        blank=True,
        help_text=_("On that day you get a mail and confirm, rewrite or retire the page. Empty means in a year."),
    )
    # Whose lists it is kept out of, by their own wish. A plain relation: not part of the page's revisions.
    hidden_in = models.ManyToManyField(Municipality, blank=True, editable=False, related_name="+")

    objects = SharedPageManager()

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")

    is_creatable = False
    exclude_fields_in_copy = ["hidden_in"]
    # Kinds that others can take over name here what is taken over and compared; see cms.services.parts.
    adopted_fields: ClassVar[tuple[str, ...]] = ()
    # Kinds that grow old and are looked at again by their owner.
    grows_old = False
    # Kinds that stand for a municipality or the portal itself are shared without a contact of their own.
    asks_for_contact = True
    base_form_class = SharedPageForm
    # Visibility takes the place of Wagtail's own privacy setting: two walls would mean two answers.
    private_page_options = []
    content_panels = [*Page.content_panels, FieldPanel("summary"), FieldPanel("summary_en"), FieldPanel("image")]
    # For kinds that are read as a text; the last of their content.
    plain_panels = [FieldPanel("plain")]
    about_panels = [
        FieldPanel("topics", widget=forms.CheckboxSelectMultiple),
        FieldPanel("occupational_groups", widget=forms.CheckboxSelectMultiple),
        MultiFieldPanel([FieldPanel("contact_name"), FieldPanel("contact_email")], heading=_("Contact")),
    ]
    sharing_panels = [
        FieldPanel("visibility", widget=AudienceSelect),
        FieldPanel("shared_with", widget=forms.CheckboxSelectMultiple),
        FieldPanel("shared_with_collaborations", widget=forms.CheckboxSelectMultiple),
    ]

    def clean(self):
        super().clean()
        self.title = " ".join(normalise_text(self.title).split())

    def save(self, *args, **kwargs):
        # Derived from the tree every time: a page that was moved or copied belongs where it stands.
        self.municipality_id = self._municipality_id_of_section()
        super().save(*args, **kwargs)

    def _municipality_id_of_section(self) -> int | None:
        from cms.models.municipality import MunicipalityPage

        if not self.path:
            return self.municipality_id
        paths = [self.path[:end] for end in range(self.steplen, len(self.path), self.steplen)]
        return MunicipalityPage.objects.filter(path__in=paths).values_list("municipality_id", flat=True).first()

    @cached_property
    def topics_shown(self) -> list[Topic]:
        """Its topics, asked for once, however many parts of the page show them."""
        return list(self.topics.all())

    @cached_property
    def groups_shown(self) -> list[OccupationalGroup]:
        return list(self.occupational_groups.all())

    @property
    def language(self) -> str:
        """What it is written in: "sv" or "en"."""
        return _language_of(self.locale_id)

    def in_other_languages(self):
        """The same page in other languages, drafts too: a queryset."""
        return SharedPage.objects.filter(translation_key=self.translation_key).exclude(pk=self.pk)

    @cached_property
    def published_translation(self) -> "SharedPage | None":
        """The same page in the other language, where it is published."""
        return self.in_other_languages().live().first() if self.depth > SECTION_DEPTH else None

    def translation_for(self, user) -> "SharedPage | None":
        """`published_translation`, where `user` may read it: should the two ever have other readers."""
        other = self.published_translation
        return other if other is not None and may_read(user, other) else None

    @property
    def own_address(self) -> str:
        """The whole address in the language the page is written in: the one that others are to know it by."""
        with override(self.language):
            return settings.BASE_URL + (self.get_url() or "")

    @property
    def summary_here(self) -> str:
        """The summary in the language in use; in the page's own language where there is none in English."""
        return (self.summary_en if get_language() == "en" else "") or self.summary

    def missing_for_sharing(
        self, *, summary=None, summary_en="", contact_email=None, image=None, body=None, is_shared_abroad=False
    ) -> list[tuple[str, str]]:
        """(field, sentence) for each thing that sharing beyond the own municipality asks for and the page lacks.

        `body` is the page's text, for those kinds of page that ask something of what stands in it.
        """
        missing = []
        if is_shared_abroad and not summary_en:
            missing.append(
                ("summary_en", _("Before you share with a city abroad: say in short, in English, what it is."))
            )
        if not summary:
            missing.append(("summary", _("Before you share: say in short, in plain words, what it is.")))
        if self.asks_for_contact and not contact_email:
            missing.append(("contact_email", _("Before you share: give somebody to ask, with an e-mail address.")))
        if image is not None and not image.description.strip():
            missing.append(
                ("image", _("Before you share: the picture “%(title)s” needs a description.") % {"title": image.title})
            )
        return missing

    @property
    def lacks_for_sharing(self) -> list[str]:
        """What would have to be written before the page may be shared; empty for a page that may."""
        found = self.missing_for_sharing(
            summary=self.summary,
            summary_en=self.summary_en,
            contact_email=self.contact_email,
            image=self.image,
            body=getattr(self, "body", None),
            is_shared_abroad=reaches_abroad(
                self.visibility, self.shared_with.all(), self.shared_with_collaborations.all()
            ),
        )
        return [str(sentence) for _name, sentence in found]

    @property
    def owning_municipality(self) -> Municipality:
        """Whose page it is. Raises ValueError for the portal's own pages, which nobody shares or hands over."""
        if self.municipality is None:
            raise ValueError(f"page {self.pk} belongs to no municipality")
        return self.municipality

    @property
    def is_overdue(self) -> bool:
        return bool(self.grows_old and self.review_date and self.review_date < timezone.localdate())

    def serve(self, request, *args, **kwargs):
        if not may_read(request.user, self) and not self._is_written_by(request.user):
            raise Http404
        here = get_language()
        if self.language != here and request.method in ("GET", "HEAD"):
            other = self.translation_for(request.user)
            if other is not None and other.language == here:
                return redirect(other.get_url(request))
        return super().serve(request, *args, **kwargs)

    def get_view_restrictions(self):
        """None: `private_page_options` offers none, so there is nothing to ask the database for at each page."""
        return PageViewRestriction.objects.none()

    def _is_written_by(self, user) -> bool:
        """Those who write on the page with its owner see it where it stands, also while it is not shared with them."""
        return self.permissions_for_user(user).can_edit()

    # --- "View as": the preview for each audience ---

    @property
    def preview_modes(self) -> list[tuple[str, str]]:
        own = [("", _("As we see it"))]
        return [*own, *readers_to_try(self)]

    def is_previewable(self) -> bool:
        """Always; Wagtail would ask for the modes, and so for whom it is shared with, of each page in a list."""
        return True

    def serve_preview(self, request, mode_name):
        reader = imagined_reader(mode_name)
        if reader is None:
            return super().serve_preview(request, mode_name)
        request.user = reader
        if not viewer_may_read(viewer_for(reader), self):
            label = dict(self.preview_modes).get(mode_name, _("As staff in any other municipality"))
            return render(request, "not_for_reader.html", {"page": self, "mode_label": label})
        return super().serve_preview(request, mode_name)

    # --- What stands around the text ---

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        context["trail"] = once(lambda: self._trail(request, kwargs.get("shown_by")))
        context["content_language"] = self.language
        context["translation"] = once(lambda: self.translation_for(request.user))
        context["shows_plain"] = bool(self.plain) and PLAIN_PARAMETER in request.GET
        if self.municipality_id:
            context["together"] = CoEditing.objects.active().filter(page=self.pk).select_related("municipality")
        if self.adopted_fields:
            from cms.services.adoptions import USES, uses_of, ways_to_use

            context.update(when_shown(USES, lambda: uses_of(self, request.user)))
            context.update(ways_to_use(self, request.user))
        return context

    def _trail(self, request, shown_by=None) -> list[tuple[str, str]]:
        """Breadcrumbs: the way down to this page, leaving out what the reader may not open.

        `shown_by` is the section that shows another municipality's page: the way then leads through it.
        """
        if shown_by is not None:
            return [*shown_by._trail(request)[:-1], (shown_by.title, shown_by.get_url(request)), (self.title, "")]
        ancestors = (
            SharedPage.objects.ancestor_of(self).filter(depth__gte=2).readable_by(request.user).order_by("depth")
        )
        return [(page.title, page.get_url(request)) for page in ancestors] + [(self.title, "")]

    @property
    def kind_label(self) -> str:
        """What the reader calls this kind of page."""
        return str(self.specific_class._meta.verbose_name).capitalize() if self.specific_class else ""


def tabs(content_panels, *, about: bool = True, grows_old: bool = False) -> TabbedInterface:
    """The editor's tabs, alike for all kinds of pages: content, about, for whom, settings."""
    parts = [ObjectList(content_panels, heading=_("Content"))]
    if about:
        panels = [*SharedPage.about_panels, FieldPanel("review_date")] if grows_old else SharedPage.about_panels
        parts.append(ObjectList(panels, heading=_("About")))
    parts.append(ObjectList(SharedPage.sharing_panels, heading=_("For whom")))
    parts.append(ObjectList(Page.promote_panels, heading=_("Address and search engines")))
    parts.append(ObjectList(Page.settings_panels, heading=_("Settings")))
    return TabbedInterface(parts)
