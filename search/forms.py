from django import forms
from django.utils.translation import gettext_lazy as _

from portal.knowledge.models import Topic
from portal.municipalities.models import Municipality
from search.entries import KIND_LABELS


class SearchForm(forms.Form):
    """The search box and its filters. Values that do not exist are left out, never an error."""

    q = forms.CharField(label=_("Search for"), required=False, strip=True)
    kind = forms.ChoiceField(required=False, choices=[("", ""), *KIND_LABELS.items()], widget=forms.HiddenInput)
    municipality = forms.ModelChoiceField(
        label=_("Municipality or organisation"),
        queryset=Municipality.objects.all(),
        to_field_name="slug",
        required=False,
        empty_label=_("All"),
    )
    topic = forms.ModelChoiceField(
        label=_("Topic"),
        queryset=Topic.objects.all(),
        to_field_name="slug",
        required=False,
        empty_label=_("All"),
    )

    def filters(self) -> dict[str, frozenset[str]]:
        """What was chosen, as `SearchQuery` takes it. The form must have been cleaned, with errors or without."""
        municipality, topic = self.cleaned_data.get("municipality"), self.cleaned_data.get("topic")
        chosen = {
            "kind": self.cleaned_data.get("kind"),
            "municipality": municipality and municipality.pk,
            "topic": topic and topic.pk,
        }
        return {name: frozenset([str(value)]) for name, value in chosen.items() if value}
