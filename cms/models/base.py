from django import forms
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db import models
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, TabbedInterface
from wagtail.fields import StreamField
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet

from cms.models.images import PortalImage
from portal.core.models import LineField, ProseField, normalise_text
from portal.knowledge.models import Topic
from portal.municipalities.enums import Visibility
from portal.municipalities.models import Collaboration, Municipality, OccupationalGroup
from portal.municipalities.permissions import may_read, visible_to

CARD_PICTURE = "fill-640x360"


class SharedPageQuerySet(PageQuerySet):
    def readable_by(self, user):
        """Published pages that `user` may read."""
        return visible_to(user, self.live())

    def for_listing(self):
        """With everything that a card shows: constant in queries."""
        pictures = PortalImage.objects.prefetch_renditions(CARD_PICTURE)
        return self.select_related("municipality").prefetch_related(models.Prefetch("image", queryset=pictures))


SharedPageManager = PageManager.from_queryset(SharedPageQuerySet)


class SharedPageForm(WagtailAdminPageForm):
    """What holds between fields. Asked of the form: the model's own `clean` runs before lists are in place."""

    def clean(self):
        data = super().clean()
        if data.get("visibility") == Visibility.SELECTED and not (
            data.get("shared_with") or data.get("shared_with_collaborations")
        ):
            self.add_error("shared_with", _("Choose at least one municipality or collaboration."))
        self._refuse_foreign_files()
        return data

    def _refuse_foreign_files(self) -> None:
        """A chooser offers only one's own files, but a form can be sent with any id in it.

        Such a page would open another municipality's file to its readers, and even a form shown again because of
        some other fault would tell the file's title. So no error beside the field: the whole form is refused.
        Looks at what was sent, not at `cleaned_data`, where a field with another fault is missing. What the page
        refers to already stays.
        """
        from cms.permissions import files_not_for

        if self.for_user is None:
            return
        sent, kept = set(), set()
        for name in self.fields:
            try:
                field = self._meta.model._meta.get_field(name)
            except FieldDoesNotExist:
                continue
            sent |= _references(field, self[name].data)
            kept |= _references(field, field.value_from_object(self.instance))
        if files_not_for(self.for_user, sent - kept):
            raise PermissionDenied


def _references(field: models.Field, value) -> set[tuple[type[models.Model], str]]:
    """Model and id of everything that a field's value points to."""
    if value in (None, ""):
        return set()
    if isinstance(field, models.ForeignKey):
        return {(field.related_model, str(value))}
    if isinstance(field, StreamField):
        return {(model, str(pk)) for model, pk, *_path in field.extract_references(value)}
    return set()


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

    objects = SharedPageManager()

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")

    is_creatable = False
    base_form_class = SharedPageForm
    # Visibility takes the place of Wagtail's own privacy setting: two walls would mean two answers.
    private_page_options = []
    content_panels = [*Page.content_panels, FieldPanel("summary"), FieldPanel("image")]
    about_panels = [
        FieldPanel("topics", widget=forms.CheckboxSelectMultiple),
        FieldPanel("occupational_groups", widget=forms.CheckboxSelectMultiple),
        MultiFieldPanel([FieldPanel("contact_name"), FieldPanel("contact_email")], heading=_("Contact")),
    ]
    sharing_panels = [
        FieldPanel("visibility", widget=forms.RadioSelect),
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

    def serve(self, request, *args, **kwargs):
        if not may_read(request.user, self):
            raise Http404
        response = super().serve(request, *args, **kwargs)
        if self.visibility != Visibility.PUBLIC or request.user.is_authenticated:
            response["Cache-Control"] = "private, no-store"
        return response

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        context["trail"] = self._trail(request)
        return context

    def _trail(self, request) -> list[tuple[str, str]]:
        """Breadcrumbs: the way down to this page, leaving out what the reader may not open."""
        ancestors = (
            SharedPage.objects.ancestor_of(self).filter(depth__gte=2).readable_by(request.user).order_by("depth")
        )
        return [(page.title, page.get_url(request)) for page in ancestors] + [(self.title, "")]

    @property
    def kind_label(self) -> str:
        """What the reader calls this kind of page."""
        return str(self.specific_class._meta.verbose_name).capitalize() if self.specific_class else ""


def tabs(content_panels, *, about: bool = True) -> TabbedInterface:
    """The editor's tabs, alike for all kinds of pages: content, about, for whom, settings."""
    parts = [ObjectList(content_panels, heading=_("Content"))]
    if about:
        parts.append(ObjectList(SharedPage.about_panels, heading=_("About")))
    parts.append(ObjectList(SharedPage.sharing_panels, heading=_("For whom")))
    parts.append(ObjectList(Page.promote_panels, heading=_("Address and search engines")))
    parts.append(ObjectList(Page.settings_panels, heading=_("Settings")))
    return TabbedInterface(parts)
