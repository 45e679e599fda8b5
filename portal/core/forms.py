"""Form fields that any area may need."""

from django import forms
from django.core.exceptions import ValidationError


class RowsField(forms.ModelMultipleChoiceField):
    """Several rows by their ids. One that is too large for the database is none of the choices, and no server error:
    SQLite cannot even be asked for it."""

    def _check_values(self, value):
        try:
            return super()._check_values(value)  # type: ignore[misc]
        except OverflowError as error:
            raise ValidationError(
                self.error_messages["invalid_pk_value"], code="invalid_pk_value", params={"pk": ""}
            ) from error
