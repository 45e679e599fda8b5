from cryptography.fernet import InvalidToken
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction

from portal.core.models import EncryptedField, also_encrypted

AT_ONCE = 200


class Command(BaseCommand):
    help = (
        "Encrypt anew, with the first of FIELD_KEYS, everything that stands encrypted, so that a key can be taken away."
    )

    def handle(self, *args, **options):
        for model in apps.get_models():
            names = [field.name for field in model._meta.local_concrete_fields if isinstance(field, EncryptedField)]
            if names:
                self.stdout.write(f"{model._meta.label}: {self._encrypt(model, names)} rows")
        for name, again in also_encrypted():
            try:
                self.stdout.write(f"{name}: {again()} rows")
            except InvalidToken as error:
                raise self._no_key(name) from error

    def _no_key(self, name: str) -> CommandError:
        return CommandError(
            f"Some of {name} opens with none of FIELD_KEYS. Add the key of before. What was done stays done."
        )

    def _encrypt(self, model: type[models.Model], names: list[str]) -> int:
        count, last = 0, None
        while True:
            rows = model._default_manager.order_by("pk")
            with transaction.atomic():
                # Locked, so that nobody's change meanwhile is overwritten with what stood there before.
                chosen = (rows if last is None else rows.filter(pk__gt=last)).select_for_update()[:AT_ONCE]
                try:
                    found = list(chosen)
                except InvalidToken as error:
                    raise self._no_key(model._meta.label) from error
                if not found:
                    return count
                model._default_manager.bulk_update(found, names)
            count, last = count + len(found), found[-1].pk
