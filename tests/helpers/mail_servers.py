"""Mail servers that misbehave: outside our code, so the only thing about mail that is made up."""

from collections.abc import Callable
from smtplib import SMTPDataError
from typing import ClassVar

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend as MailboxBackend

AWAY = "tests.helpers.mail_servers.AwayBackend"
ANSWERING = "tests.helpers.mail_servers.AnsweringBackend"
BROKEN = "tests.helpers.mail_servers.BrokenBackend"
FORGETFUL = "tests.helpers.mail_servers.ForgetfulBackend"
SLOW = "tests.helpers.mail_servers.SlowBackend"
WORKING = "django.core.mail.backends.locmem.EmailBackend"


class BrokenBackend(BaseEmailBackend):
    """Takes nothing and says so at length."""

    def send_messages(self, email_messages):
        raise ConnectionRefusedError("Mejlservern svarar inte. " + "x" * 500)


class AwayBackend(BaseEmailBackend):
    """Lets nobody in."""

    def open(self):
        raise TimeoutError("Inget svar.")


class AnsweringBackend(BaseEmailBackend):
    """Answers each mail with `error`."""

    error: ClassVar[Exception] = SMTPDataError(554, "Tas inte emot. " + "x" * 500)

    def send_messages(self, email_messages):
        raise AnsweringBackend.error


class ForgetfulBackend(MailboxBackend):
    """Delivers, and breaks the connection before it has said so."""

    def send_messages(self, messages):
        super().send_messages(messages)
        raise TimeoutError("Inget svar.")


class SlowBackend(MailboxBackend):
    """Delivers, and leaves time for another worker to do something meanwhile."""

    meanwhile: ClassVar[Callable[[], None]] = lambda: None

    def send_messages(self, messages):
        SlowBackend.meanwhile()
        return super().send_messages(messages)
