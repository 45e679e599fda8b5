"""Faults, searches and background work whose every part holds a secret, in a portal that Sentry and a collector watch.

    … SENTRY_DSN=… OTEL_EXPORTER_OTLP_ENDPOINT=… python -m tests.helpers.watched_program SECRET

Without either of them it prints which of their modules were loaded all the same, a line of JSON.
"""

import json
import logging
import sys

import django


def main() -> None:
    secret = sys.argv[1]
    django.setup()
    from celery import shared_task
    from django.conf import settings
    from django.test import Client

    if not settings.SENTRY_DSN:
        # The SDK itself is loaded by Redis' client wherever it is installed, and told nothing.
        watching = ("sentry_sdk", "opentelemetry.exporter.otlp", "opentelemetry.instrumentation.django")
        print(json.dumps([name for name in watching if name in sys.modules]))  # noqa: T201
        return

    client = Client(raise_request_exception=False, REMOTE_ADDR="198.51.100.77")
    client.cookies["reading"] = secret
    headers = {
        "user-agent": secret,
        "referer": f"https://{secret}.example/",
        "authorization": f"Basic {secret}",
        "baggage": f"who={secret}",
    }
    # The database has no tables, so each of these is a fault.
    client.get(f"/utan-konto/bekrafta/{secret}/?q={secret}", headers=headers)
    client.post(f"/{secret}/", {"wish": secret}, headers=headers)

    @shared_task(name="tests.fails")
    def fails(word: str) -> None:
        local = word  # noqa: F841 - a variable that must not be sent
        raise ValueError(f"Key (email)=({word}) already exists.")

    fails.apply(args=[secret], kwargs={}, throw=False)
    logger = logging.getLogger("portal.tests")
    logger.error("%s is wrong", secret)
    try:
        raise KeyError(secret)
    except KeyError:
        logger.exception("of %s", secret, extra={"more": secret})

    import sentry_sdk
    from opentelemetry import trace

    sentry_sdk.flush(10)
    trace.get_tracer_provider().force_flush(10_000)  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
