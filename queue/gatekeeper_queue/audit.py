"""The audit log: every change on record, each event chained to the one before.

Each event carries an HMAC-SHA256 over itself and the previous event's, under a key that is
not in the database. A changed, deleted, inserted or reordered event breaks the chain, and
the head row shows a cut tail. Who has both the database and the key could still forge it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, select

from gatekeeper_queue.models import AuditEvent, AuditHead

SYSTEM = "gatekeeper"
"""Actor of what the software does by itself."""


@dataclass(frozen=True)
class Break:
    """Where the chain does not hold."""

    seq: int
    what: str


class AuditLog:
    """Appends to and verifies the chain. `key` is 32 bytes; `clock` gives aware UTC times."""

    def __init__(self, key: bytes, clock: Callable[[], datetime]) -> None:
        self._key = key
        self.clock = clock

    def append(
        self, session: Session, actor: str, kind: str, subject: str, data: Mapping[str, object]
    ) -> None:
        """Write one event in the caller's transaction. `data` holds ids, never names."""
        head = session.exec(select(AuditHead).with_for_update()).first()
        if head is None:
            head = AuditHead(id=1, seq=0, mac="")
        event = AuditEvent(
            seq=head.seq + 1,
            at=self.clock(),
            actor=actor,
            kind=kind,
            subject=subject,
            data=json.dumps(data, sort_keys=True, ensure_ascii=False, default=str),
            mac="",
        )
        last = session.get(AuditEvent, head.seq)
        event.mac = self._mac(event, last.mac if last else "")
        head.seq, head.mac = event.seq, self._head_mac(event.seq, event.mac)
        session.add(event)
        session.add(head)
        session.flush()

    def verify(self, session: Session) -> Iterator[Break]:
        """Every place where the chain is broken, oldest first; nothing when it holds.

        A log without any event is broken: making a school writes the first.
        """
        mac, expected = "", 1
        for event in session.exec(select(AuditEvent).order_by(AuditEvent.seq)).yield_per(500):  # type: ignore[arg-type]
            if event.seq != expected:
                yield Break(expected, f"event {expected} is missing")
            elif not hmac.compare_digest(event.mac, self._mac(event, mac)):
                yield Break(event.seq, f"event {event.seq} or its place was changed")
            mac, expected = event.mac, event.seq + 1
        head = session.exec(select(AuditHead)).first()
        whole = head is not None and head.seq == expected - 1
        if head is None or not whole or head.mac != self._head_mac(head.seq, mac):
            yield Break(expected, "the end of the log was cut off or its head was changed")

    def _head_mac(self, seq: int, mac: str) -> str:
        """Cannot be copied from an event, so a cut tail cannot be covered up."""
        return hmac.new(self._key, f"head {seq} {mac}".encode(), hashlib.sha256).hexdigest()

    def _mac(self, event: AuditEvent, previous: str) -> str:
        at = event.at.astimezone(UTC).isoformat(timespec="microseconds")
        message = json.dumps(
            [previous, event.seq, at, event.actor, event.kind, event.subject, event.data]
        )
        return hmac.new(self._key, message.encode(), hashlib.sha256).hexdigest()
