"""Made-up data for the gallery of components, so that its view needs no context of its own."""

from types import SimpleNamespace
from typing import Any

from django import forms, template
from django.core.paginator import Paginator
from django.utils.safestring import mark_safe

from portal.core.templatetags.components import ICONS, NOTICE_ICONS, TAG_KINDS

register = template.Library()


class SampleForm(forms.Form):
    """One field of every kind that the pages use."""

    title = forms.CharField(label="Title", help_text="A few words that say what it is about.")
    email = forms.EmailField(label="E-mail address")
    note = forms.CharField(label="Anything we should know", widget=forms.Textarea, required=False)
    day = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    group = forms.ChoiceField(
        label="Occupational group", choices=[("", "Choose"), ("cook", "Cook"), ("cleaner", "Cleaner")]
    )
    way = forms.ChoiceField(
        label="How will you take part?",
        choices=[("room", "On site"), ("remote", "From a distance")],
        widget=forms.RadioSelect,
    )
    modules = forms.MultipleChoiceField(
        label="Modules",
        help_text="Choose one or more.",
        choices=[("1", "Weigh the waste"), ("2", "Plan the menu"), ("3", "Serve smaller portions")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    file = forms.FileField(label="Attachment", required=False)
    consent = forms.BooleanField(label="I have read how my data is used.")


def _sample_form() -> SampleForm:
    return SampleForm({"title": "", "email": "amina.holm", "group": "cook", "modules": ["2"]})


@register.simple_tag
def component_samples() -> dict[str, Any]:
    """Everything that ``styleguide.html`` shows."""
    return {
        "tag_kinds": TAG_KINDS,
        "notice_kinds": list(NOTICE_ICONS),
        "icons": list(ICONS),
        "breadcrumbs": [("Start", "/"), ("For developers", "/"), ("Style guide", "")],
        "municipality": SimpleNamespace(slug="trelleborg", short_name="Trelleborg"),
        "meta": ["12 March 2027", "Söderslättsgymnasiet", "45 minutes"],
        "facts": [
            ("When", "12 March 2027, 13.00–16.00"),
            ("Where", "Söderslättsgymnasiet, Trelleborg"),
            ("Left out, having no value", ""),
            ("For", "Cooks, kitchen assistants and their managers"),
        ],
        "steps": [
            {"title": "Weigh what is thrown away", "minutes": 15, "text": "Use one bin for each kind."},
            {
                "title": "Talk about it in the team",
                "minutes": 30,
                "text": mark_safe("<p>Ask <strong>why</strong> it was left.</p>"),
                "extra": "Bring the scale and the paper form.",
            },
            {"title": "Try one change for a week"},
        ],
        "tabs": [
            ("Upcoming", "#tabs", True, 4),
            ("Earlier", "#tabs", False, 12),
            ("All", "#tabs", False, None),
        ],
        "page_obj": Paginator(range(95), 10).page(4),
        "form": _sample_form(),
    }
