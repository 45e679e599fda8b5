"""A mail server on this machine, over real SMTP, that misbehaves as it is told."""

import asyncio
import time
from collections import Counter

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from tests.helpers.running import free_port

SLOW = 5.0  # seconds, for each mail


class MailServer:
    """Takes mails in the way of `manner`; it may be changed, stopped and started at any time.

    Manners: "takes", "421" (closes the service), "550" (knows nobody), "drops" (takes the mail and breaks the
    connection before it has said so), "slow", "one_each" (ends the connection after each mail).
    """

    def __init__(self) -> None:
        self.manner = "takes"
        self.port = free_port()
        self.taken: Counter[str] = Counter()  # how often each Message-ID was handed over in full
        self.asked = 0
        self.greeted = 0  # how many connections there were
        self.last_at = 0.0
        self._controller: Controller | None = None

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    # --- What aiosmtpd calls ------------------------------------------------------------------------------------

    async def handle_EHLO(self, server: SMTP, session, envelope, hostname: str, responses: list[str]) -> list[str]:
        self.greeted += 1
        session.host_name = hostname
        return responses

    async def handle_NOOP(self, server: SMTP, session, envelope, argument: str) -> str:
        if self.manner == "one_each":
            server.transport.abort()
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session, envelope, address: str, options) -> str:
        self.asked += 1
        if self.manner == "421":
            return "421 4.3.2 Closing"
        if self.manner == "550":
            return "550 5.1.1 Nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session, envelope) -> str:
        if self.manner == "slow":
            await asyncio.sleep(SLOW)
        lines = envelope.content.decode(errors="replace").splitlines()
        [number] = [line.partition(":")[2].strip() for line in lines if line.lower().startswith("message-id:")]
        self.taken[number] += 1
        self.last_at = time.monotonic()
        if self.manner == "drops":
            server.transport.abort()
        return "250 OK"
