"""What a real mail server on this computer is handed."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.policy import default

from aiosmtpd.controller import Controller


class Letters:
    """Keeps what it is handed; refuses the addresses that it is told to."""

    def __init__(self):
        self.got = []
        self.refused = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=default)
        self.got.append((envelope.rcpt_tos, message["subject"], message.get_content()))
        return "250 OK"

    def to(self, address):
        return [text for recipients, _, text in self.got if address in recipients]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def mail_server() -> Iterator[tuple[Letters, str]]:
    """A running server's letters, and the address at which apprise reaches it."""
    letters, port = Letters(), free_port()
    controller = Controller(letters, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield letters, f"mailto://127.0.0.1:{port}?from=gatekeeper@school.example"
    finally:
        controller.stop()
