"""Signed addresses that are mailed: whoever has one comes in, so all of them must be worth nothing after a restoring.

The database of before knows nothing of what was used, renewed or taken back since. So each restoring begins an epoch of
its own, and the epoch is part of every signature.
"""

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from portal.core.models import Restored


def salt(purpose: str) -> str:
    """What signatures for `purpose` are salted with: another one after each restoring of a back-up."""
    epoch = Restored.objects.values_list("epoch", flat=True).first()
    return f"{purpose}.{epoch.hex}" if epoch else purpose


def signature(purpose: str, value: str) -> str:
    """160 bits, in hexadecimal, that only this portal can make of `value`; kept nowhere."""
    return _signature(salt(purpose), value, settings.SECRET_KEY)


def is_signature(purpose: str, value: str, given: str) -> bool:
    """Whether `given` is the signature of `value`, made with the key of now or one that still holds."""
    salted = salt(purpose)
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(given, _signature(salted, value, key)) for key in keys)


def _signature(salted: str, value: str, key: str) -> str:
    return salted_hmac(salted, value, secret=key, algorithm="sha256").hexdigest()[:40]
