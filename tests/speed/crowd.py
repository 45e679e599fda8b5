"""People who are signed in and want to come, and an event with a seat for each; a program of its own.

python -m tests.speed.crowd 400

Says the event's address, and a line of cookie and form for each of them.
"""

import argparse
import json
import secrets
import sys
import uuid

import django


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("number", type=int)
    number = parser.parse_args().number
    django.setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils.http import urlencode

    from portal.municipalities.models import Membership, Municipality
    from tests.factories.events import TrainingEventFactory

    host = Municipality.objects.order_by("pk").first()
    event = TrainingEventFactory(municipality=host, visibility="public", capacity=number, title="Alla ska med")
    homes = dict(
        Membership.objects.filter(person__email__endswith="@mat.example").values_list("person", "municipality")
    )
    people = get_user_model().objects.filter(pk__in=homes).order_by("?")[:number]
    sys.stdout.write(f"{event.get_absolute_url()}\n")
    for person in people:
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.save()
        token = secrets.token_hex(16)
        fields = {"municipality": homes[person.pk], "form_token": uuid.uuid4(), "csrfmiddlewaretoken": token}
        cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={token}"
        sys.stdout.write(json.dumps({"cookie": cookie, "form": urlencode(fields)}) + "\n")


if __name__ == "__main__":
    main()
