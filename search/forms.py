"""The forms of what belongs to searching itself."""

from django import forms
from django.utils.translation import gettext_lazy as _

from search.models import MissingContent, Synonym, names_in


class SynonymForm(forms.ModelForm):
    class Meta:
        model = Synonym
        fields = ("words", "also", "is_both_ways")

    def clean(self):
        cleaned = super().clean() or {}
        asked, also = (names_in(cleaned.get(name, "").lower()) for name in ("words", "also"))
        for name, names in (("words", asked), ("also", also)):
            # Something is written there, but no letter or digit in it.
            if name in cleaned and not any(map(str.isalnum, "".join(names))):
                self.add_error(name, _("Write a word."))
        if set(asked) & set(also):
            self.add_error("also", _("Both fields have the same word."))
        return cleaned


class MissingForm(forms.ModelForm):
    class Meta:
        model = MissingContent
        fields = ("text", "wish")
        widgets = {"wish": forms.Textarea(attrs={"rows": 3})}
