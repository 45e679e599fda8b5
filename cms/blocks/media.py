from django.utils.translation import gettext_lazy as _
from wagtail.images.blocks import ImageBlock


class PictureBlock(ImageBlock):
    """An image with its alternative text, or marked as decoration."""

    class Meta:
        icon = "image"
        label = _("Picture")
        description = _("A picture with a text for those who do not see it")
        template = "cms/blocks/picture.html"
