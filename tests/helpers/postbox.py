"""A mail server on this machine that takes all that the portal sends over SMTP, and gives it to read."""

import re
import threading
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Self

from aiosmtpd.controller import Controller

from tests.helpers.running import free_port

SECONDS = 30.0  # a worker sends in the background, on a machine that does much else


@dataclass(frozen=True)
class Letter:
    """A mail as it came."""

    subject: str
    text: str
    files: list[str]

    def link(self, part: str) -> str:
        """The first address in the text with `part` in it. Raises AssertionError where there is none."""
        found = re.search(rf"https?://\S*{re.escape(part)}\S*", self.text)
        assert found, self.text
        return found[0]


class Postbox:
    """Takes mails from when it is entered until it is left; `url` is the EMAIL_URL of whoever is to use it."""

    def __init__(self) -> None:
        self._port = free_port()
        self.url = f"smtp://127.0.0.1:{self._port}"
        self._came = threading.Condition()
        self._letters: list[tuple[list[str], Letter]] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=self._port)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_exception) -> None:
        self._controller.stop()

    def letter(self, to: str, *, about: str) -> Letter:
        """The newest mail to this address with `about` in its subject, which may come within half a minute.

        Raises AssertionError with the subjects that came when it does not.
        """

        def newest() -> Letter | None:
            return next(
                (letter for people, letter in reversed(self._letters) if to in people and about in letter.subject), None
            )

        with self._came:
            found = self._came.wait_for(newest, SECONDS)
            assert found, [(people, letter.subject) for people, letter in self._letters]
            return found

    # What aiosmtpd calls, in a thread of its own.
    async def handle_DATA(self, _server, _session, envelope) -> str:
        message = message_from_bytes(envelope.content, _class=EmailMessage, policy=policy.default)
        text = message.get_body(("plain",))
        files = [
            str(part.get_content()) for part in message.iter_attachments() if part.get_content_maintype() == "text"
        ]
        letter = Letter(message["Subject"], text.get_content() if text else "", files)
        with self._came:
            self._letters.append((envelope.rcpt_tos, letter))
            self._came.notify_all()
        return "250 OK"
