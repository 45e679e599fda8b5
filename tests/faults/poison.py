"""Mails that the program which sends them does not survive: as a fault of a library's in C would be."""

import os
import signal

from django.core.mail.backends.smtp import EmailBackend


class Backend(EmailBackend):
    """SMTP; by the mail's subject it raises or kills its process."""

    def send_messages(self, email_messages):
        for message in email_messages:
            if message.subject == "poison: kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if message.subject == "poison: raise":
                raise ZeroDivisionError
        return super().send_messages(email_messages)
