"""What production logs of some requests, whose addresses and faults hold what no log may; a program of its own.

    … DJANGO_SETTINGS_MODULE=portal.settings.production python -m tests.helpers.production_logs SECRET

Logs go where they go, to standard error; the answers' request ids are printed, a line of JSON.
"""

import json
import logging
import sys

import django


def main() -> None:
    secret = sys.argv[1]
    django.setup()
    from django.conf import settings
    from django.db import IntegrityError
    from django.test import Client

    client = Client(raise_request_exception=False, headers={"host": settings.ALLOWED_HOSTS[0]})
    asked = {"x-request-id": "0123456789abcdef0123456789abcdef"}
    answers = [
        client.get(f"/utan-konto/bekrafta/{secret}/?q={secret}", secure=True, headers=asked),
        client.post(f"/sok/saknas/?q={secret}", {"wish": secret}, secure=True),
        client.put(f"/sok/saknas/{secret}", secure=True),
    ]
    try:
        try:
            raise ValueError(secret)
        except ValueError as error:
            raise IntegrityError(f"Key (email)=({secret}) already exists.") from error
    except IntegrityError:
        logging.getLogger("portal.tests").exception("a fault")
    _failed_task(secret)
    print(json.dumps([answer.headers["X-Request-ID"] for answer in answers]))  # noqa: T201


def _failed_task(secret: str) -> None:
    """What Celery's worker says of a task that raises, and of messages that it does not know."""
    from celery import shared_task
    from celery.worker.consumer import consumer

    @shared_task(name="tests.fails")
    def fails(word: str) -> None:
        raise ValueError(word)

    fails.apply(args=[secret], kwargs={}, throw=False)
    for text in (consumer.UNKNOWN_TASK_ERROR, consumer.INVALID_TASK_ERROR, consumer.MESSAGE_DECODE_ERROR):
        consumer.error(text, *[secret] * (text.count("%") - text.count("%%")))


if __name__ == "__main__":
    main()
