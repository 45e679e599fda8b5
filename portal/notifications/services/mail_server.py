"""Handing a mail over to the mail server, and what its answer means: taken, refused, or "later"."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from django.core.mail import EmailMultiAlternatives, get_connection

from portal.core.breakers import Breaker

_away = Breaker(60)
_kept: ContextVar[list[Any] | None] = ContextVar("mail_connection", default=None)


class Later(Exception):
    """Nothing was said of the mail itself: the server is away, lets nobody in, or says "later" (4yz in RFC 5321)."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


@contextmanager
def kept_open() -> Iterator[None]:
    """Mails that are handed over inside the block go by one connection, while it holds: greeting and letting in take
    a mail server longer than a mail."""
    connections: list[Any] = []
    token = _kept.set(connections)
    try:
        yield
    finally:
        _kept.reset(token)
        for connection in connections:
            with suppress(OSError):  # all it was to take it has taken
                connection.close()


def hand_over(mail: EmailMultiAlternatives) -> None:
    """Give `mail` to the mail server. Raises Later, or whatever says that this mail cannot be sent.

    A connection that ends while the mail is handed over is not "later": the server may have taken it, and would
    take it again each time.
    """
    kept = _kept.get()
    connection = kept.pop() if kept else None
    if connection is None or not _still_answers(connection):
        connection = _opened()
    is_sent = False
    try:
        mail.connection = connection
        mail.send()
        is_sent = True
    except OSError as error:
        if not _says_later(error):
            raise
        raise Later(error) from error
    finally:
        if is_sent and kept is not None:
            kept.append(connection)
        else:
            connection.close()


def _opened() -> Any:
    """A connection of its own. Raises Later where there is none to be had."""
    connection = get_connection()
    try:
        connection.open()
    except OSError as error:  # smtplib's own are among them; a password that is wrong is no mail's fault either
        _away.open()
        raise Later(error) from error
    return connection


def _still_answers(connection: Any) -> bool:
    """Asked before each mail but the first: a server ends a connection after some time, or after so many mails. One
    that does not answer is closed."""
    with suppress(AttributeError, OSError):  # no SMTP, or it has ended
        if connection.connection.noop()[0] == 250:
            return True
    with suppress(OSError):
        connection.close()
    return False


def is_away() -> bool:
    """Whether the server could not be reached since `ask_again`."""
    return _away.is_open


def ask_again() -> None:
    _away.close()


def _says_later(error: OSError) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(400 <= code < 500 for code, _words in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return 400 <= error.smtp_code < 500
    return isinstance(error, ConnectionRefusedError)
