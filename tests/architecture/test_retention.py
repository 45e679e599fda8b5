"""Every field of every model says how long it is kept."""

import pytest
from django.apps import apps

from portal.core.retention import Retention, classes_of, declared_models

MODELS = [model for model in apps.get_models() if not model.__module__.startswith("tests.")]

# Its models and their fields are others on SQLite than on PostgreSQL; the table has those of both.
AS_THE_DATABASE_IS = "wagtailsearch"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_each_field_has_one_retention_class(model) -> None:
    fields = {field.name for field in (*model._meta.local_concrete_fields, *model._meta.local_many_to_many)}
    declared = classes_of(model)

    assert fields - set(declared) == set(), "not classified in the area's module `retention`"
    if model._meta.app_label != AS_THE_DATABASE_IS:
        assert set(declared) - fields == set(), "declared, and no field of the model"
    assert {name: found for name, found in declared.items() if len(found) != 1} == {}


def test_tables_name_no_model_that_is_not_there() -> None:
    unknown = declared_models() - {model._meta.label for model in MODELS}
    assert {label for label in unknown if not label.startswith(f"{AS_THE_DATABASE_IS}.")} == set()


def test_a_key_to_a_person_is_never_about_nobody() -> None:
    people = [
        f"{model._meta.label}.{field.name}"
        for model in MODELS
        for field in model._meta.local_concrete_fields
        if field.related_model is not None
        and field.related_model._meta.label == "accounts.User"
        and classes_of(model)[field.name] == [Retention.NOBODY]
    ]
    assert people == []
