"""Abstract ground that every area may stand on. No table of its own."""

import re
import unicodedata

from django.db import models

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def normalise_text(value: str) -> str:
    """Return `value` in Unicode NFC without control characters (line breaks and tabs stay).

    Phones and macOS send "Åsa" as A + ring; stored as it comes, the same name would be two.
    """
    return _CONTROL.sub("", unicodedata.normalize("NFC", value))


class LineField(models.CharField):
    """One line of text: NFC, white space folded, no control characters, trimmed."""

    def to_python(self, value):
        value = super().to_python(value)
        return value if value is None else " ".join(normalise_text(value).split())

    def get_prep_value(self, value):
        return self.to_python(super().get_prep_value(value))

    def pre_save(self, model_instance, add):
        value = self.to_python(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value


class ProseField(models.TextField):
    """Several lines of plain text: NFC, newlines as \\n, no control characters, trimmed."""

    def to_python(self, value):
        value = super().to_python(value)
        if value is None:
            return None
        return normalise_text(value.replace("\r\n", "\n").replace("\r", "\n")).strip()

    def get_prep_value(self, value):
        return self.to_python(super().get_prep_value(value))

    def pre_save(self, model_instance, add):
        value = self.to_python(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value


class Timestamped(models.Model):
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
