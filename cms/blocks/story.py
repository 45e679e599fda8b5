"""The choices per kind of page."""

from wagtail import blocks

from cms.blocks.learning import ModuleBlock, StepBlock
from cms.blocks.media import DocumentBlock, PictureBlock
from cms.blocks.text import HeadingBlock, ParagraphBlock, QuoteBlock, TipBlock


class StoryBlock(blocks.StreamBlock):
    """The running text of any page."""

    heading = HeadingBlock()
    paragraph = ParagraphBlock()
    picture = PictureBlock()
    document = DocumentBlock()
    quote = QuoteBlock()
    tip = TipBlock()


class ModulesBlock(blocks.StreamBlock):
    module = ModuleBlock()


class StepsBlock(blocks.StreamBlock):
    step = StepBlock()
