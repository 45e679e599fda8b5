"""Handing a mail over to the mail server, and what its answer means: taken, refused, or "later"."""

import smtplib

from django.core.mail import EmailMultiAlternatives, get_connection

from portal.core.breakers import Breaker

_away = Breaker(60)


class Later(Exception):
    """Nothing was said of the mail itself: the server is away, lets nobody in, or says "later" (4yz in RFC 5321)."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def hand_over(mail: EmailMultiAlternatives) -> None:
    """Give `mail` to the mail server. Raises Later, or whatever says that this mail cannot be sent.

    A connection that ends while the mail is handed over is not "later": the server may have taken it, and would
    take it again each time.
    """
    connection = get_connection()
    try:
        connection.open()
    except OSError as error:  # smtplib's own are among them; a password that is wrong is no mail's fault either
        _away.open()
        raise Later(error) from error
    try:
        mail.connection = connection
        mail.send()
    except OSError as error:
        if not _says_later(error):
            raise
        raise Later(error) from error
    finally:
        connection.close()


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
