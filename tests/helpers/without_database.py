"""What the portal answers while its database is away; a program of its own.

    DATABASE_URL=… python -m tests.helpers.without_database

Prints one line of JSON: status and text of some pages, and of a form that was sent.
"""

import json
import logging

import django


def main() -> None:
    django.setup()
    from django.test import Client

    logging.disable(logging.CRITICAL)
    client = Client(raise_request_exception=False)
    told = {address: _told(client.get(address)) for address in ("/healthz", "/readyz", "/", "/en/", "/tillfallen/")}
    sent = {"wish": "En kurs om <raketer>", "text": "raketer", "password": "hemligt", "client_secret": "hemligt"}
    client.cookies["sessionid"] = "x" * 32
    told["form"] = _told(client.post("/sok/saknas/", sent))
    print(json.dumps(told))  # noqa: T201


def _told(answer) -> dict:
    return {
        "status": answer.status_code,
        "retry": answer.headers.get("Retry-After"),
        "cache": answer.headers.get("Cache-Control"),
        "text": answer.content.decode(),
    }


if __name__ == "__main__":
    main()
