"""The parts of a course and of a method: fixed shapes, so that all of them read alike."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from cms.blocks.text import RICH_TEXT_FEATURES


class ModuleBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=120)
    minutes = blocks.IntegerBlock(label=_("Minutes"), min_value=1, max_value=2000)
    summary = blocks.TextBlock(label=_("In short"), required=False)
    text = blocks.RichTextBlock(label=_("Content"), features=RICH_TEXT_FEATURES)
    exercise = blocks.TextBlock(
        label=_("To do or discuss"), required=False, help_text=_("One concrete thing to try at work.")
    )

    class Meta:
        icon = "list-ol"
        label = _("Module")
        description = _("One part of the course, with time and an exercise")
        template = "cms/blocks/module.html"


class StepBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=120)
    minutes = blocks.IntegerBlock(label=_("Minutes"), min_value=1, max_value=2000)
    text = blocks.RichTextBlock(label=_("What you do"), features=RICH_TEXT_FEATURES)

    class Meta:
        icon = "order"
        label = _("Step")
        description = _("One step of the method and how long it takes")
        template = "cms/blocks/step.html"
