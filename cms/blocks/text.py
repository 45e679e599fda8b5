from django.utils.translation import gettext_lazy as _
from wagtail import blocks

# What the design can show well; nothing more is offered to editors.
RICH_TEXT_FEATURES = ["bold", "italic", "ol", "ul", "link"]


class HeadingBlock(blocks.CharBlock):
    class Meta:
        icon = "title"
        label = _("Heading")
        description = _("A heading between parts of the text")
        template = "cms/blocks/heading.html"


class ParagraphBlock(blocks.RichTextBlock):
    def __init__(self, **kwargs):
        super().__init__(**{"features": RICH_TEXT_FEATURES, **kwargs})

    class Meta:
        icon = "pilcrow"
        label = _("Text")
        description = _("Running text with lists and links")
        template = "cms/blocks/paragraph.html"


class QuoteBlock(blocks.StructBlock):
    quote = blocks.TextBlock(label=_("Quote"))
    who = blocks.CharBlock(label=_("Who said it"), required=False)

    class Meta:
        icon = "openquote"
        label = _("Quote")
        description = _("What somebody said, and who")
        template = "cms/blocks/quote.html"


class TipBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Heading"))
    text = blocks.TextBlock(label=_("Text"))

    class Meta:
        icon = "help"
        label = _("Good to know")
        description = _("A short fact or piece of advice in a box")
        template = "cms/blocks/tip.html"


class TermBlock(blocks.StructBlock):
    term = blocks.CharBlock(label=_("Word"), max_length=60)
    forms = blocks.CharBlock(
        label=_("Other forms"),
        max_length=250,
        required=False,
        default="",
        help_text=_("As it is written in texts, with commas between: svinnet, svinnets."),
    )
    explanation = blocks.TextBlock(
        label=_("What it means"), max_length=300, help_text=_("One or two short sentences in plain words.")
    )

    class Meta:
        icon = "help"
        label = _("Word")
