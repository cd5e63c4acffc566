"""Sending a message through apprise: one person's mail, or the e-safety address.

The settings hold passwords and tokens. Nothing of them, and nothing that apprise logs, gets
any further than this module; what went wrong is told in a few words without them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

_ADDRESS = re.compile(r"[^\s,;<>\"]+@[^\s,;<>\"]+")
_RECIPIENT = "{to}"
_LONGEST = 200
"""Characters of an error."""


class NotSent(Exception):
    """Nobody got it, or not everybody; the message says why, for the technician."""


@dataclass(frozen=True)
class Postman:
    """`mail_url` is an apprise address, by which each person is mailed; `esafety_urls` are
    complete apprise addresses separated by spaces. Either may be empty."""

    mail_url: str = field(repr=False)
    esafety_urls: str = field(repr=False)

    def mail(self, address: str, title: str, body: str) -> None:
        """To one person. Raises `NotSent`."""
        if not _ADDRESS.fullmatch(address):
            raise NotSent("The address of this person cannot be used.")
        url = self.mail_url.replace(_RECIPIENT, quote(address, safe=""))
        _send(url, title, body, "mail_url", address)

    def alert(self, title: str, body: str) -> None:
        """To every e-safety address. Raises `NotSent` when one of them did not take it."""
        failures = []
        for number, url in enumerate(self.esafety_urls.split(), start=1):
            try:
                _send(url, title, body, "esafety_urls")
            except NotSent as error:
                failures.append(f"Address {number}: {error}")
        if failures:
            raise NotSent(" ".join(failures))


def _send(url: str, title: str, body: str, setting: str, address: str = "") -> None:
    with _overheard() as lines:
        import apprise  # takes a third of a second; only the worker needs it
        from apprise.plugins.email import NotifyEmail

        asset = apprise.AppriseAsset(app_id="Gatekeeper", app_desc="Gatekeeper")
        service = apprise.Apprise.instantiate(url, asset=asset)
        if service is None:
            raise NotSent(f"The setting {setting} is not an address that apprise knows.")
        if address and isinstance(service, NotifyEmail):
            # Handed over as it is: apprise reads "o'neil@…" in an address as "neil@…".
            service.targets = [(False, address)]
        elif address and address not in unquote(url):
            raise NotSent(f"The setting {setting} has no place for the recipient ({_RECIPIENT}).")
        sender = apprise.Apprise(asset=asset)
        sender.add(service)
        sent = sender.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
    if not sent:
        raise NotSent(_reason(lines, url, address))


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """What apprise logs, and nowhere else: it may hold addresses and tokens."""
    lines: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    logger, ear = logging.getLogger("apprise"), Ear()
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    logger.addHandler(ear)
    try:
        yield lines
    finally:
        logger.removeHandler(ear)


def _reason(lines: list[str], url: str, address: str) -> str:
    """What a mail server said, without anything secret; other services' answers may quote their
    tokens, so of those nothing is told."""
    parts = urlsplit(url)
    said = [line.partition(":")[2].strip() for line in lines if "Exception:" in line]
    if not parts.scheme.startswith("mailto") or not said:
        return "It was not taken. Look at the address, and whether the service can be reached."
    text = said[-1]
    for hidden in (parts.password, unquote(parts.password or ""), address):
        text = text.replace(hidden, "…") if hidden else text
    return f"The mail server did not take it: {text[:_LONGEST]}"
