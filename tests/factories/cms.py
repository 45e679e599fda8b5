from datetime import timedelta
from io import BytesIO

import factory
import wagtail_factories
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from cms.models import (
    CollaborationPage,
    ConferencePage,
    CoursePage,
    LessonPage,
    MethodPage,
    MunicipalityPage,
    PortalDocument,
    PortalImage,
    SharedPage,
    StandardPage,
)
from portal.municipalities.enums import Visibility
from tests.factories.municipalities import CollaborationFactory


def picture_file(name: str = "bild.jpg", *, size=(80, 60), kind: str = "JPEG", **options) -> ContentFile:
    written = BytesIO()
    Image.new("RGB", size, "teal").save(written, format=kind, **options)
    return ContentFile(written.getvalue(), name=name)


class FileFactory(factory.django.DjangoModelFactory):
    """In the collection of `owner`, a municipality."""

    class Meta:
        abstract = True
        exclude = ["owner"]

    title = factory.Sequence(lambda number: f"Fil {number}")
    collection = factory.LazyAttribute(lambda self: MunicipalityPage.objects.get(municipality=self.owner).collection)


class PictureFactory(FileFactory):
    class Meta:
        model = PortalImage

    file = factory.LazyFunction(picture_file)


class DocumentFactory(FileFactory):
    class Meta:
        model = PortalDocument

    file = factory.LazyFunction(lambda: ContentFile(b"%PDF-1.7\nRutin", name="rutin.pdf"))
    file_size = 14


class SharedPageFactory(wagtail_factories.PageFactory):
    """A published page in the section of `owner`, a municipality; `live=False` keeps the draft."""

    class Meta:
        model = SharedPage
        abstract = True

    title = factory.Sequence(lambda number: f"Sida {number}")
    slug = None
    summary = "Kort sagt."
    visibility = Visibility.INTERNAL

    @classmethod
    def _create(cls, model_class, *args, **fields):
        fields.pop("parent", None)
        section = MunicipalityPage.objects.get(municipality=fields.pop("owner"))
        many = {
            name: fields.pop(name)
            for name in ("shared_with", "shared_with_collaborations", "topics", "occupational_groups")
            if name in fields
        }
        live = fields.pop("live", True)
        fields.pop("slug", None)
        page = model_class(live=live, **fields)
        for name, values in many.items():
            setattr(page, name, values)
        section.add_child(instance=page)
        revision = page.save_revision()
        if live:
            revision.publish()
        return page


class CoursePageFactory(SharedPageFactory):
    class Meta:
        model = CoursePage

    modules = [
        ("module", {"title": "Väg", "minutes": 20, "summary": "", "text": "<p>Väg svinnet.</p>", "exercise": ""})
    ]


class MethodPageFactory(SharedPageFactory):
    class Meta:
        model = MethodPage

    steps = [("step", {"title": "Samla laget", "minutes": 10, "text": "<p>Ställ er i ring.</p>"})]


class LessonPageFactory(SharedPageFactory):
    class Meta:
        model = LessonPage

    lesson = "Låt alla i köket väga."
    context = what_we_did = what_happened = do_differently = advice = "<p>Vi vägde svinnet.</p>"


class CollaborationPageFactory(SharedPageFactory):
    class Meta:
        model = CollaborationPage

    collaboration = factory.SubFactory(CollaborationFactory, lead=factory.SelfAttribute("..owner"))


class StandardPageFactory(SharedPageFactory):
    class Meta:
        model = StandardPage


class ConferencePageFactory(SharedPageFactory):
    class Meta:
        model = ConferencePage

    start_date = end_date = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=40))
    place = "Folkets hus"


# Every kind of page that stands in a municipality's section; rules over all page types run through it.
SECTION_PAGE_FACTORIES = [
    CoursePageFactory,
    MethodPageFactory,
    LessonPageFactory,
    CollaborationPageFactory,
    ConferencePageFactory,
    StandardPageFactory,
]
