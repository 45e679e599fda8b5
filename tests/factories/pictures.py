from io import BytesIO

from django.core.files.base import ContentFile
from PIL import Image

from cms.models import MunicipalityPage, PortalImage


def picture(owner, *, title: str = "Bild", description: str = "") -> PortalImage:
    """A small real picture in the collection of `owner`, a municipality."""
    content = BytesIO()
    Image.new("RGB", (64, 48), "#1f5f5b").save(content, "JPEG")
    section = MunicipalityPage.objects.get(municipality=owner)
    return PortalImage.objects.create(
        title=title,
        description=description,
        file=ContentFile(content.getvalue(), name="bild.jpg"),
        collection=section.collection,
    )
