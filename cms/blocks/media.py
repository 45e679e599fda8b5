from django.utils.translation import gettext_lazy as _
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageBlock


class PictureBlock(ImageBlock):
    """An image with its alternative text, or marked as decoration."""

    class Meta:
        icon = "image"
        label = _("Picture")
        description = _("A picture with a text for those who do not see it")
        template = "cms/blocks/picture.html"


class DocumentBlock(DocumentChooserBlock):
    """A file to download; whoever may read the page may read the file."""

    class Meta:
        icon = "doc-full"
        label = _("File")
        description = _("A file to download, with its kind and size")
        template = "cms/blocks/document.html"
