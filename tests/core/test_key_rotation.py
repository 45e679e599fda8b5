"""A key is replaced while the portal is in use."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import InvalidToken
from django.core.management import CommandError, call_command
from django.db import connection

from portal.core import links
from portal.core.models import decrypted
from portal.events.models import KeptName
from tests.factories.municipalities import PersonFactory

OLD, NEW, FOREIGN = "old" * 20, "new" * 20, "foreign" * 10

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(settings):
    """Names that were encrypted with the old key, more of them than are encrypted anew at once."""
    settings.FIELD_KEYS = [OLD]
    return KeptName.objects.bulk_create(
        KeptName(person=PersonFactory(email=f"{number}@utanfor.example"), name=f"Åsa {number}") for number in range(205)
    )


def stored() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM events_keptname")
        return {text for (text,) in cursor.fetchall()}


def test_what_is_encrypted_is_encrypted_anew_and_the_old_key_can_go(settings, kept, capsys):
    before = stored()
    settings.FIELD_KEYS = [NEW, OLD]

    call_command("encrypt_again")

    settings.FIELD_KEYS = [NEW]
    assert sorted(KeptName.objects.values_list("name", flat=True)) == sorted(row.name for row in kept)
    assert before & stored() == set()
    assert "events.KeptName: 205 rows" in capsys.readouterr().out


def test_second_steps_go_on_with_the_new_key_alone(settings):
    settings.FIELD_KEYS = [OLD]
    person = PersonFactory()
    TOTP.activate(person, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(person)
    codes = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()
    settings.FIELD_KEYS = [NEW, OLD]

    call_command("encrypt_again")

    settings.FIELD_KEYS = [NEW]
    app, kept_codes = Authenticator.objects.get(type="totp"), Authenticator.objects.get(type="recovery_codes")
    assert decrypted(app.data["secret"]) == "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    assert RecoveryCodes(kept_codes).get_unused_codes() == codes
    settings.FIELD_KEYS = [FOREIGN]
    with pytest.raises(CommandError, match="second steps opens with none of FIELD_KEYS"):
        call_command("encrypt_again")


def test_what_no_key_opens_is_said_and_stays(settings, kept):
    before = stored()
    settings.FIELD_KEYS = [FOREIGN]

    with pytest.raises(CommandError, match="KeptName opens with none of FIELD_KEYS"):
        call_command("encrypt_again")

    assert stored() == before
    with pytest.raises(InvalidToken):
        list(KeptName.objects.all())


def test_a_mailed_link_holds_while_its_key_does(settings):
    settings.SECRET_KEY = OLD
    given = links.signature("a purpose", "a value")

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    assert links.is_signature("a purpose", "a value", given)
    assert links.signature("a purpose", "a value") != given
    assert not links.is_signature("another purpose", "a value", given)
    assert not links.is_signature("a purpose", "another value", given)

    settings.SECRET_KEY_FALLBACKS = []
    assert not links.is_signature("a purpose", "a value", given)
