from django import forms
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, TabbedInterface
from wagtail.documents.models import AbstractDocument
from wagtail.images.models import AbstractImage
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet

from cms.models.images import PortalImage
from portal.core.models import LineField, ProseField, normalise_text
from portal.knowledge.models import Topic
from portal.municipalities.enums import Right, Visibility
from portal.municipalities.models import Collaboration, Municipality, OccupationalGroup
from portal.municipalities.permissions import may_read, municipalities_with, viewer_for, visible_to

CARD_PICTURE = "fill-640x360"


class SharedPageQuerySet(PageQuerySet):
    def readable_by(self, user):
        """Published pages that `user` may read."""
        return visible_to(user, self.live())

    def for_listing(self):
        """With everything that a card shows: constant in queries."""
        pictures = PortalImage.objects.prefetch_renditions(CARD_PICTURE)
        return self.select_related("municipality").prefetch_related(models.Prefetch("image", queryset=pictures))


def _media_and_pages_in(field, value) -> set[tuple[type[models.Model], str]]:
    """The pictures, documents and pages that a value of the field points to, however deep they stand in it."""
    if isinstance(field, models.ForeignKey):
        found = [(field.related_model, value)] if value else []
    elif hasattr(field, "extract_references") and value is not None:
        found = [(model, pk) for model, pk, *_paths in field.extract_references(value)]
    else:
        found = []
    return {(model, str(pk)) for model, pk in found if issubclass(model, Page | AbstractImage | AbstractDocument)}


SharedPageManager = PageManager.from_queryset(SharedPageQuerySet)


class SharedPageForm(WagtailAdminPageForm):
    """What holds between fields. Asked of the form: the model's own `clean` runs before lists are in place."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "collaboration" in self.fields and self.for_user and not viewer_for(self.for_user).is_portal_administrator:
            own = municipalities_with(self.for_user, Right.EDIT_CONTENT)
            self.fields["collaboration"].queryset = Collaboration.objects.filter(
                models.Q(lead__in=own) | models.Q(partners__in=own) | models.Q(pk=self.instance.collaboration_id)
            ).distinct()

    def clean(self):
        data = super().clean()
        self._refuse_what_is_not_theirs_to_take()
        if data.get("visibility") == Visibility.SELECTED and not (
            data.get("shared_with") or data.get("shared_with_collaborations")
        ):
            self.add_error("shared_with", _("Choose at least one municipality or collaboration."))
        return data

    def _refuse_what_is_not_theirs_to_take(self) -> None:
        """The choosers offer only what the editor may take, but Wagtail believes whatever id comes back.

        No error at the field: showing the form again, as the preview does too, would show what was not theirs.
        """
        from cms.permissions import may_take

        if self.for_user is None:
            return
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
