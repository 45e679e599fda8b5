from django.utils.translation import gettext_lazy as _
from wagtail import blocks

SESSION_KINDS = [
    ("lecture", _("Lecture")),
    ("panel", _("Panel")),
    ("workshop", _("Workshop")),
    ("exhibition", _("Exhibition")),
    ("break", _("Break")),
]


class SessionBlock(blocks.StructBlock):
    date = blocks.DateBlock(label=_("Day"))
    starts = blocks.TimeBlock(label=_("From"))
    ends = blocks.TimeBlock(label=_("To"))
    kind = blocks.ChoiceBlock(label=_("Kind"), choices=SESSION_KINDS, default="lecture")
    title = blocks.CharBlock(label=_("Title"), max_length=160)
    description = blocks.TextBlock(label=_("Description"), required=False)
    room = blocks.CharBlock(label=_("Room"), required=False, max_length=80)
    speakers = blocks.ListBlock(blocks.CharBlock(label=_("Name")), label=_("Taking part"), default=[])

    def clean(self, value):
        cleaned = super().clean(value)
        if cleaned["ends"] <= cleaned["starts"]:
            raise blocks.StructBlockValidationError(
                block_errors={"ends": blocks.struct_block.ValidationError(_("The end must be after the start."))}
            )
        return cleaned

    class Meta:
        icon = "date"
        label = _("Programme item")
        description = _("What happens when, where and with whom")


class SpeakerBlock(blocks.StructBlock):
    name = blocks.CharBlock(label=_("Name"), max_length=120)
    role = blocks.CharBlock(label=_("Role"), required=False, max_length=120)
    organisation = blocks.CharBlock(label=_("Organisation"), required=False, max_length=120)
    bio = blocks.TextBlock(label=_("About"), required=False)

    class Meta:
        icon = "user"
        label = _("Speaker")
        description = _("Somebody who takes part in the programme")
